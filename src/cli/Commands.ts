/**
 * What a person can type: names, flags and help. No service is imported here, so that help is fast; each command loads
 * its handler when it runs.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Option } from "effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { VERSION } from "../core/Version.ts"
import { DIALECTS } from "../sandbox/Dialect.ts"
import { kindOf } from "./Ending.ts"
import { common, json, root, toggle } from "./Flags.ts"
import { run } from "./Run.ts"
import type { Signals } from "./Signals.ts"
import { workflow } from "./WorkflowCommands.ts"

const serve = Command.make("serve", {}, () =>
  Effect.flatMap(common, (args) =>
    Effect.flatMap(
      Effect.promise(() => import("./handlers/serve.ts")),
      ({ serve }) => serve(args),
    ),
  ),
).pipe(Command.withDescription("Serve MCP on stdin and stdout (what an MCP client starts)"))

const agents = Command.make(
  "agents",
  {
    json: toggle("json", "a line of JSON for each result, for programs"),
    stopOnError: toggle("stop-on-error", "end a script with the first line that does not go well"),
  },
  Effect.fnUntraced(function* (options) {
    const shared = yield* common
    const { runAgents } = yield* Effect.promise(() => import("./handlers/agents.ts"))
    yield* runAgents(shared, options)
  }),
).pipe(Command.withDescription("Speak with the agents: a prompt on a terminal, a script from a pipe"))

const call = Command.make(
  "call",
  {
    tool: Argument.String("tool").pipe(Argument.withDescription("name of a tool, see `tools`")),
    args: Argument.String("json").pipe(Argument.withDescription("arguments as a JSON object"), Argument.optional),
    json,
  },
  Effect.fnUntraced(function* ({ args, json, tool }) {
    const shared = yield* common
    const { callTool } = yield* Effect.promise(() => import("./handlers/call.ts"))
    yield* callTool(
      shared,
      tool,
      Option.getOrElse(args, () => "{}"),
      json,
    )
  }),
).pipe(Command.withDescription("Call one tool with leased credentials, and give them back"))

const tools = Command.make(
  "tools",
  { name: Argument.String("name").pipe(Argument.optional), json },
  Effect.fnUntraced(function* ({ json, name }) {
    const shared = yield* common
    const { showTools } = yield* Effect.promise(() => import("./handlers/tools.ts"))
    yield* showTools(shared, Option.getOrUndefined(name), json)
  }),
).pipe(Command.withDescription("List the tools, or show one with its arguments"))

const status = Command.make(
  "status",
  { json },
  Effect.fnUntraced(function* ({ json }) {
    const shared = yield* common
    const { showStatus } = yield* Effect.promise(() => import("./handlers/status.ts"))
    yield* showStatus(shared, json)
  }),
).pipe(Command.withDescription("Show the settings, Vault's health and the token this program would use"))

const revokeLeases = Command.make(
  "revoke",
  {
    ids: Argument.String("lease").pipe(
      Argument.withDescription("id of a lease as `leases` shows it"),
      Argument.variadic(),
    ),
    dead: toggle("dead", "all leases of processes that were killed"),
    all: toggle("all", "all leases, also of running processes"),
  },
  Effect.fnUntraced(function* (args) {
    const shared = yield* common
    const { revokeLeases } = yield* Effect.promise(() => import("./handlers/leases.ts"))
    yield* revokeLeases(shared, args)
  }),
).pipe(Command.withDescription("Close leases in Vault, and say when AWS access ends"))

const leases = Command.make(
  "leases",
  { json },
  Effect.fnUntraced(function* ({ json }) {
    const shared = yield* common
    const { showLeases } = yield* Effect.promise(() => import("./handlers/leases.ts"))
    yield* showLeases(shared, json)
  }),
).pipe(
  Command.withDescription("List the leases that processes on this machine have out in Vault, killed ones' too"),
  Command.withSubcommands([revokeLeases]),
)

const doctor = Command.make(
  "doctor",
  { json },
  Effect.fnUntraced(function* ({ json }) {
    const shared = yield* common
    const { runDoctor } = yield* Effect.promise(() => import("./handlers/doctor.ts"))
    yield* runDoctor(shared, json)
  }),
).pipe(Command.withDescription("Check each link from here to AWS, and say how to mend what is broken"))

const sandbox = Command.make(
  "sandbox",
  {
    empty: toggle("empty", "a new Vault and a new account, nothing set up"),
    dialect: Flag.Literals("dialect", DIALECTS).pipe(
      Flag.withDescription("the version of Vault, or OpenBao, that it answers as"),
      Flag.withDefault("1.14" as const),
    ),
    fault: Flag.String("fault").pipe(
      Flag.withDescription("misbehave as NAME[=ARG][@SCOPE][xTIMES]; may be repeated; `--fault help` lists the names"),
      Flag.atLeast(0),
    ),
    json,
  },
  Effect.fnUntraced(function* (options) {
    const { runSandbox } = yield* Effect.promise(() => import("./handlers/sandbox.ts"))
    return yield* runSandbox(options)
  }),
).pipe(Command.withDescription("Run an embedded Vault and AWS until Ctrl-C, and print the environment to copy"))

const demo = Command.make("demo", {}, () =>
  Effect.flatMap(
    Effect.promise(() => import("./handlers/demo.ts")),
    ({ runDemo }) => runDemo,
  ),
).pipe(Command.withDescription("A guided tour in the sandbox: lease, use, refresh, revoke"))

const all = root.pipe(
  Command.withSubcommands([serve, agents, call, tools, workflow, status, leases, doctor, sandbox, demo]),
)

/** Parses and runs the words; ends the process. A server with unusual flags comes this way too, and ends as servers do. */
export const runCommands = (words: ReadonlyArray<string>, signals: Signals): void => {
  const program = Command.runWith(all, { version: VERSION })(words)
  const kind = kindOf(words, () => false)
  run(program.pipe(Effect.provide(NodeServices.layer)), kind, signals)
}
