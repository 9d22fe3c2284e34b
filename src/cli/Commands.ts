/**
 * What a person can type: names, flags and help. No service is imported here, so that help is fast; each command loads
 * its handler when it runs.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Option } from "effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { SETTINGS } from "../config/Settings.ts"
import { VERSION } from "../core/Version.ts"
import { DIALECTS } from "../sandbox/Dialect.ts"
import type { CommonArgs } from "./CommonArgs.ts"
import { kindOf } from "./Ending.ts"
import { run } from "./Run.ts"
import type { Signals } from "./Signals.ts"

const optional = (name: string, says: string) => Flag.String(name).pipe(Flag.withDescription(says), Flag.optional)

/** A flag that is off unless it is given. */
const toggle = (name: string, says: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(says), Flag.withDefault(false))

/** One flag for each setting that is no secret, by its key. */
const settingFlags = Object.fromEntries(
  Object.values(SETTINGS).flatMap((one) =>
    one.secret || one.key === "log_level" ? [] : [[one.key, optional(one.key.replaceAll("_", "-"), one.says)] as const],
  ),
)

const root = Command.make("vault-aws-mcp").pipe(
  Command.withDescription(
    "AWS for AI agents on credentials leased from Vault. Without a command: the agents on a terminal, the MCP server on a pipe.",
  ),
  Command.withSharedFlags({
    ...settingFlags,
    config: optional("config", "config file (JSON or YAML)"),
    sandbox: toggle("sandbox", "work in an embedded Vault and AWS instead of the real ones"),
  }),
)

const common = Effect.map(root, (shared): CommonArgs => {
  const { sandbox, ...rest } = shared as Record<string, unknown> & { readonly sandbox: boolean } // the flags above
  const flags: Record<string, string> = {}
  for (const [key, value] of Object.entries(rest)) {
    if (Option.isOption(value) && Option.isSome(value) && typeof value.value === "string") flags[key] = value.value
  }
  return { flags, sandbox }
})

const json = toggle("json", "print JSON for programs")

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

const workflowRun = Command.make(
  "run",
  {
    what: Argument.String("workflow").pipe(
      Argument.withDescription("a shipped workflow, or a file; see `workflow list`"),
      Argument.optional,
    ),
    input: Flag.String("input").pipe(Flag.withDescription("an input as NAME=VALUE; may be repeated"), Flag.atLeast(0)),
    concurrency: Flag.Int("concurrency").pipe(Flag.withDescription("units at once, 1-256 (20)"), Flag.optional),
    keep: Flag.Int("keep").pipe(Flag.withDescription("runs that stay on record (100)"), Flag.optional),
    ephemeral: toggle("ephemeral", "keep no record; the run cannot be resumed"),
    resume: optional("resume", "go on with this run"),
    redo: Flag.String("redo").pipe(
      Flag.withDescription("with --resume: do the unknown writes of this step again; may be repeated"),
      Flag.atLeast(0),
    ),
    json,
  },
  Effect.fnUntraced(function* (options) {
    const shared = yield* common
    const { runWorkflow } = yield* Effect.promise(() => import("./handlers/workflow.ts"))
    yield* runWorkflow(shared, {
      ...options,
      what: Option.getOrUndefined(options.what),
      concurrency: Option.getOrUndefined(options.concurrency),
      keep: Option.getOrUndefined(options.keep),
      resume: Option.getOrUndefined(options.resume),
    })
  }),
).pipe(Command.withDescription("Run a workflow over accounts and regions, or go on with a run"))

const workflowList = Command.make(
  "list",
  { json },
  Effect.fnUntraced(function* ({ json }) {
    const shared = yield* common
    const { listRuns } = yield* Effect.promise(() => import("./handlers/workflowRuns.ts"))
    yield* listRuns(shared, json)
  }),
).pipe(Command.withDescription("List the shipped workflows and the recorded runs"))

const runArgument = Argument.String("run").pipe(Argument.withDescription("id of a run, see `workflow list`"))

const workflowShow = Command.make(
  "show",
  { run: runArgument, json },
  Effect.fnUntraced(function* ({ json, run }) {
    const shared = yield* common
    const { showRun } = yield* Effect.promise(() => import("./handlers/workflowRuns.ts"))
    yield* showRun(shared, run, json)
  }),
).pipe(Command.withDescription("Show a run with its units, also while it goes on"))

const workflowCancel = Command.make(
  "cancel",
  { run: runArgument },
  Effect.fnUntraced(function* ({ run }) {
    const shared = yield* common
    const { cancelRun } = yield* Effect.promise(() => import("./handlers/workflowRuns.ts"))
    yield* cancelRun(shared, run)
  }),
).pipe(Command.withDescription("End a run that goes on in another process, and undo what its file says"))

const workflow = Command.make("workflow").pipe(
  Command.withDescription("Steps run in parallel over accounts and regions, with a record of each unit"),
  Command.withSubcommands([workflowRun, workflowList, workflowShow, workflowCancel]),
)

const all = root.pipe(
  Command.withSubcommands([serve, agents, call, tools, workflow, status, leases, doctor, sandbox, demo]),
)

/** Parses and runs the words; ends the process. A server with unusual flags comes this way too, and ends as servers do. */
export const runCommands = (words: ReadonlyArray<string>, signals: Signals): void => {
  const program = Command.runWith(all, { version: VERSION })(words)
  const kind = kindOf(words, () => false)
  run(program.pipe(Effect.provide(NodeServices.layer)), kind, signals)
}
