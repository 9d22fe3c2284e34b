/** The shell over the whole world in a sandbox of two accounts, with a person who is played. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, type Scope } from "effect"
import { TEAM } from "../../../src/app/Team.ts"
import { COMMANDS } from "../../../src/cli/shell/Commands.ts"
import { COMMAND_NAMES } from "../../../src/cli/shell/CommandNames.ts"
import { runShell } from "../../../src/cli/shell/Shell.ts"
import { surfaceOf } from "../../../src/cli/shell/Surface.ts"
import { AppConfig, type AppConfigShape } from "../../../src/config/AppConfig.ts"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { LeaseManager } from "../../../src/lease/LeaseManager.ts"
import { parseFault } from "../../../src/sandbox/faults/Grammar.ts"
import { type FakeTerminal, fakeTerminal } from "../../kit/FakeTerminal.ts"
import { makeToolWorld, type ToolWorld } from "../../kit/ToolWorld.ts"

const ACCOUNTS: AppConfigShape["accounts"] = {
  main: { role: "mcp-agent-role", regions: ["us-east-1", "eu-west-1"] },
  partner: { role: "partner-agent-role", regions: ["us-east-1"] },
}

interface Session extends FakeTerminal {
  readonly world: ToolWorld
  readonly kept: Array<string>
  /** The end of the shell, after what was typed and the end of input. */
  readonly end: Effect.Effect<"well" | "partial" | "failed">
}

interface Options {
  readonly interactive?: boolean
  readonly json?: boolean
  readonly stopOnError?: boolean
  readonly accounts?: AppConfigShape["accounts"]
  /** Where runs are said to be on record; the world keeps them in memory. */
  readonly stateDir?: string
}

/** A shell that waits for its first line. */
const opened = Effect.fnUntraced(function* (options: Options = {}): Effect.fn.Return<Session, unknown, Scope.Scope> {
  const world = yield* makeToolWorld({ empty: false }, { accounts: options.accounts ?? ACCOUNTS })
  const fake = yield* fakeTerminal(options.interactive ?? true)
  const config = { ...Context.get(world.context, AppConfig), stateDir: options.stateDir }
  const kept: Array<string> = []
  const shell = yield* Effect.forkScoped(
    runShell({
      terminal: fake.terminal,
      redactor: Context.get(world.context, Redactor),
      surface: surfaceOf(TEAM, config),
      config,
      place: "sandbox",
      json: options.json ?? false,
      world: Effect.succeed(world.context),
      stopOnError: options.stopOnError ?? false,
      keep: (line) => Effect.sync(() => void kept.push(line)),
      active: () => {},
    }),
  )
  return { ...fake, world, kept, end: Effect.andThen(fake.hear({ kind: "end" }), Fiber.join(shell)) }
})

/** Types lines, and gives all that was said when the shell has ended. */
const typed = (options: Options, ...lines: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const session = yield* opened(options)
    yield* session.type(...lines)
    const went = yield* session.end
    return { ...session, went, out: session.out.join("\n"), notes: session.notes.join("\n") }
  })

const plain = (prompts: ReadonlyArray<string>) => prompts.map(stripVTControlCharacters)

describe("the shell", () => {
  it.live("speaks with an agent after another, and its prompt says with whom", () =>
    Effect.gen(function* () {
      const { kept, notes, out, prompts, went } = yield* typed(
        {},
        "/switch aws",
        "list_objects bucket=acme-app-logs max_keys=2",
        "/switch vault",
        "health",
        "/switch all",
        "/switch nobody",
      )
      assert.deepStrictEqual(plain(prompts), ["all> ", "aws> ", "aws> ", "vault> ", "vault> ", "all> ", "all> "])
      assert.match(notes, /sandbox: an emulated Vault and AWS[\s\S]*\/help/)
      assert.match(out, /README\.txt/)
      assert.match(out, /state +active/)
      assert.match(notes, /There is no agent nobody/)
      assert.strictEqual(went, "failed")
      assert.lengthOf(kept, 6)
    }).pipe(Effect.scoped),
  )

  it.live("runs what is between & at once, each result under its heading, and tells failures apart", () =>
    Effect.gen(function* () {
      const { notes, out, went } = yield* typed(
        {},
        "aws: list_buckets & vault: health & aws: list_objects none-such-bucket",
      )
      assert.match(out, /── aws s3_list_buckets[\s\S]*acme-config/)
      assert.match(out, /── vault health/)
      assert.match(notes, /NoSuchBucket[\s\S]*code=NoSuchBucket/)
      assert.strictEqual(went, "failed")
    }).pipe(Effect.scoped),
  )

  it.live("tells results of one tool apart: by what was typed, and for programs by number and place", () =>
    Effect.gen(function* () {
      const line =
        "aws: get_caller_identity account=main & aws: get_caller_identity account=partner & aws: list_objects none-such"
      const { notes, out } = yield* typed({}, line)
      assert.match(out, /── aws aws_get_caller_identity account=main\n[^─]*123456789012/)
      assert.match(out, /── aws aws_get_caller_identity account=partner\n[^─]*210987654321/)
      assert.match(notes, /── aws s3_list_objects bucket=none-such\n.*NoSuchBucket/)
      const json = yield* typed({ interactive: false, json: true }, line)
      const lines = json.out.split("\n").map((one) => JSON.parse(one) as Readonly<Record<string, unknown>>)
      const [main, partner, failed] = [1, 2, 3].map((nth) => lines.find((one) => one["nth"] === nth) ?? {})
      assert.deepInclude(main, { task: "aws aws_get_caller_identity account=main", account: "main", outcome: "done" })
      assert.deepInclude(partner, { account: "partner", outcome: "done" })
      assert.deepInclude(failed, { task: "aws s3_list_objects bucket=none-such", outcome: "failed" })
    }).pipe(Effect.scoped),
  )

  it.live("runs a workflow by its name: a row per unit, those of a broken account say why", () =>
    Effect.gen(function* () {
      const accounts = { ...ACCOUNTS, broken: { role: "no-such-role", regions: ["us-east-1"] } }
      const { notes, out, went } = yield* typed({ accounts }, "inventory")
      assert.match(out, /instances +main +eu-west-1 +done/)
      assert.match(out, /instances +broken +us-east-1 +failed/)
      assert.match(notes, /3 times: .*no-such-role/)
      assert.match(notes, /run inventory-[0-9a-f]{8} partial: /)
      assert.strictEqual(went, "partial")
    }).pipe(Effect.scoped),
  )

  it.live("Ctrl-C ends the task and not the shell, and the run's record is shown", () =>
    Effect.gen(function* () {
      const session = yield* opened({ stateDir: "/nowhere" })
      const slow = yield* Effect.fromResult(parseFault("slow=30s@aws:DescribeInstances"))
      yield* session.world.sandbox.faults.add(...slow)
      yield* session.type("inventory")
      yield* session.shows(/main .*running: .*instances/)
      yield* session.press
      yield* session.says(/run inventory-[0-9a-f]{8} cancelled/)
      assert.match(session.notes.join("\n"), /cancelling.*, and a workflow undoes what its file says/)
      // What goes on with a run is typed here, not in another shell.
      assert.match(session.notes.join("\n"), /`\/run --resume inventory-[0-9a-f]{8}` goes on/)
      yield* session.world.sandbox.faults.set()
      yield* session.type("aws: get_caller_identity")
      yield* session.says(/assumed-role\/mcp-agent-role/)
      assert.strictEqual(yield* session.end, "failed")
      assert.deepStrictEqual(session.lived.at(-1), [])
    }).pipe(Effect.scoped),
  )

  it.live("Ctrl-C gives a workflow all the time that its undo takes, as the shell lives on", () =>
    Effect.gen(function* () {
      const session = yield* opened()
      const dir = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "shell-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
      )
      const file = join(dir, "put.yaml")
      writeFileSync(
        file,
        `name: put
steps:
  - id: put
    agent: aws
    tool: s3_put_object
    input: { bucket: acme-config, key: wf/one, content: x, account: main }
    undo: { tool: s3_delete_object, input: { bucket: acme-config, key: wf/one, account: main } }
  - { id: look, agent: aws, tool: ec2_list_vpcs, needs: [put], input: { account: main } }
`,
      )
      // Longer than a program that ends would wait.
      const slow = yield* Effect.fromResult(parseFault("slow=3s@aws:DeleteObject"))
      const hung = yield* Effect.fromResult(parseFault("hang@aws:DescribeVpcs"))
      yield* session.world.sandbox.faults.add(...slow, ...hung)
      yield* session.type(`/run ${file}`)
      yield* session.shows(/running: look/)
      yield* session.press
      yield* session.says(/run put-[0-9a-f]{8} cancelled: 1 undone, 1 broken/)
    }).pipe(Effect.scoped),
  )

  it.live("Ctrl-C ends a command that waits, and not the shell", () =>
    Effect.gen(function* () {
      const session = yield* opened()
      const hang = yield* Effect.fromResult(parseFault("hang@vault"))
      yield* session.world.sandbox.faults.add(...hang)
      yield* session.type("/status")
      yield* session.shows(/\/status {2}\d\.\d s/)
      yield* session.press
      yield* session.says(/cancelled; what was asked for until then may have happened/)
      yield* session.world.sandbox.faults.set()
      yield* session.type("/agents")
      yield* session.says(/RESPONSIBLE FOR/)
      yield* session.end
    }).pipe(Effect.scoped),
  )

  it.live("does /stop, /status, /events and /leases beside the work, and lets other lines wait", () =>
    Effect.gen(function* () {
      const session = yield* opened()
      const slow = yield* Effect.fromResult(parseFault("hang@aws:ListBuckets"))
      yield* session.world.sandbox.faults.add(...slow)
      yield* session.type("aws: list_buckets")
      yield* session.shows(/s3_list_buckets/)
      yield* session.typeBeside("/leases")
      yield* session.says(/mcp-agent-role.* in use/)
      yield* session.typeBeside("/stop --all")
      yield* session.says(/All agents are stopped, in \d+ ms/)
      yield* session.type("/quit")
      yield* session.end
      assert.match(session.notes.join("\n"), /all> .*\/leases\n.*all> .*\/stop --all\n[\s\S]*was stopped at this task/)
    }).pipe(Effect.scoped),
  )

  it.live("takes no more lines while it gives everything back: Ctrl-C is a signal then", () =>
    Effect.gen(function* () {
      const { notes } = yield* typed({}, "aws: list_buckets", "/quit")
      assert.match(notes, /\(close\)\n.*All agents are stopped/)
    }).pipe(Effect.scoped),
  )

  it.live("Ctrl-C on a read tells of no workflow", () =>
    Effect.gen(function* () {
      const session = yield* opened()
      const slow = yield* Effect.fromResult(parseFault("slow=30s@aws:GetCallerIdentity"))
      yield* session.world.sandbox.faults.add(...slow)
      yield* session.type("aws: get_caller_identity")
      yield* session.shows(/get_caller_identity/)
      yield* session.press
      yield* session.says(/cancelled\. If it changes something/)
      assert.notMatch(session.notes.join("\n"), /workflow/)
      yield* session.end
    }).pipe(Effect.scoped),
  )

  it.live("Ctrl-C at the prompt says how to leave; /quit leaves, and what was typed after it is not done", () =>
    Effect.gen(function* () {
      const session = yield* opened()
      yield* session.hear({ kind: "break" })
      yield* session.says(/Ctrl-D or \/quit leaves/)
      yield* session.type("/quit", "aws: list_buckets")
      assert.strictEqual(yield* session.end, "well")
      assert.deepStrictEqual(session.out, [])
    }).pipe(Effect.scoped),
  )

  it.live("shows leases, gives them back by agent, and leaves none at its end", () =>
    Effect.gen(function* () {
      const session = yield* opened()
      const manager = Context.get(session.world.context, LeaseManager)
      yield* session.type("aws: list_buckets", "/leases")
      yield* session.says(/LEASE +LEFT[\s\S]*mcp-agent-role/)
      yield* session.type("/revoke aws")
      yield* session.says(/AWS cannot cancel an issued session/)
      yield* session.type("/leases")
      yield* session.says(/Nothing is leased/)
      yield* session.type("aws: list_buckets account=partner", "/status")
      yield* session.says(/aws +running +– +1 +0/)
      yield* session.end
      assert.deepStrictEqual(yield* manager.status, [])
      assert.match(
        session.notes.at(-1) ?? "",
        /All agents are stopped, in \d+ ms: 1 lease given back, nothing is left in/,
      )
    }).pipe(Effect.scoped),
  )

  it.live("/stop ends an agent until /start; --all is the kill switch, with its time", () =>
    Effect.gen(function* () {
      const { notes, out } = yield* typed(
        {},
        "aws: list_buckets",
        "/stop aws",
        "aws: list_buckets",
        "/start aws",
        "aws: get_caller_identity",
        "/stop --all",
        "aws: list_buckets",
        "/start aws",
        "aws: list_buckets",
        "/start --all",
        "aws: list_buckets max_items=x",
        "/start --all",
        "/start nobody",
        "/stop nobody",
        "/stop aws --all",
        "/revoke nobody",
      )
      assert.match(out, /aws is stopped: 1 lease given back, its token is revoked\./)
      assert.match(notes, /The aws agent is stopped; nothing was called\. Type \/start aws to have it work again\./)
      assert.match(notes, /The all agent is stopped; nothing was called\. Type \/start all to have it work again\./)
      assert.notMatch(notes, /orchestrator/)
      assert.match(notes, /all, vault, mcp, github take tasks\.[\s\S]*No agent is stopped\./)
      assert.match(notes, /aws takes tasks/)
      assert.match(out, /arn +arn:aws:sts/)
      assert.match(out, /All agents are stopped, in \d+ ms: 1 lease given back, nothing is left in Vault/)
      assert.lengthOf(notes.match(/There is no agent nobody\. Known: all, aws/g) ?? [], 3)
      assert.match(notes, /Nothing was done: it is \/stop \[AGENT\|--all\], without "--all"\./)
      assert.lengthOf(out.match(/All agents are stopped/g) ?? [], 1)
    }).pipe(Effect.scoped),
  )

  it.live("remembers events, and tells them as they happen when asked to", () =>
    Effect.gen(function* () {
      const { notes, out } = yield* typed({}, "vault: health", "/events", "/events on", "vault: token", "/events 0")
      assert.match(out, /all started[\s\S]*vault task 1 calls health[\s\S]*vault task 1 done in/)
      assert.match(notes, /vault task 2 calls token/)
      assert.match(notes, /takes a number, on or off/)
    }).pipe(Effect.scoped),
  )

  it.live("lists, runs and shows workflows by /run, of a file too", () =>
    Effect.gen(function* () {
      const session = yield* opened()
      yield* session.type("/run ./no-such-file.yaml", "/run inventry", "/run public-buckets prefix=acme-c")
      const told = yield* session.says(/run public-buckets-[0-9a-f]{8} succeeded/)
      const [id = ""] = /public-buckets-[0-9a-f]{8}/.exec(told) ?? []
      yield* session.type("/run", `/run ${id}`, `/run --resume ${id}`, "/run --resume")
      yield* session.end
      assert.match(session.notes.join("\n"), /no-such-file\.yaml cannot be read/)
      assert.match(session.notes.join("\n"), /no workflow "inventry", did you mean inventory\? It is/)
      assert.match(session.out.join("\n"), /WORKFLOW +INPUTS +DOES[\s\S]*stop-tagged +tag= value=/)
      assert.include(session.out.join("\n"), `${id}  succeeded`)
      assert.match(session.notes.join("\n"), /has succeeded; nothing is left of it to do/)
      assert.match(session.notes.join("\n"), /Which run\?/)
    }).pipe(Effect.scoped),
  )

  it.live("helps: commands, tools and their pages", () =>
    Effect.gen(function* () {
      const { notes, out } = yield* typed(
        {},
        "/help",
        "/agents",
        "/tools aws",
        "/tools s3_get_object",
        "/tools nix",
        "/hlp",
        "/xyzzyx",
        "/run xyzzyx",
      )
      assert.sameMembers(
        COMMANDS.map(({ name }) => name),
        [...COMMAND_NAMES],
      )
      for (const word of ["/switch", "/quit", "Ctrl-D", "AGENT: TOOL"]) assert.include(out, word)
      assert.match(out, /all \* +\d+ +coordinates/)
      assert.match(out, /s3_get_object +get_object/)
      assert.match(out, /bucket +string +required/)
      assert.match(notes, /no tool nix/)
      assert.match(notes, /no command \/hlp, did you mean \/help\?/)
      assert.match(notes, /no command \/xyzzyx\. \/help lists them\./)
      assert.match(notes, /no workflow "xyzzyx"\. It is the name of a file/)
    }).pipe(Effect.scoped),
  )

  it.live("of a script has no prompt, no banner and no colour, and says at the end how it went", () =>
    Effect.gen(function* () {
      const { lived, notes, out, prompts, went } = yield* typed({ interactive: false }, "# first", "vault: health")
      assert.deepStrictEqual([...new Set(prompts)], [""])
      assert.deepStrictEqual(lived.flat(), [])
      assert.strictEqual(stripVTControlCharacters(out), out)
      assert.strictEqual(notes, "")
      assert.strictEqual(went, "well")
    }).pipe(Effect.scoped),
  )

  it.live("ends a script at the first line that does not go well, where that is wanted", () =>
    Effect.gen(function* () {
      const lines = ["# first", "nonsense_tool", "vault: health"]
      const { notes, out, went } = yield* typed({ interactive: false, stopOnError: true }, ...lines)
      assert.strictEqual(out, "")
      assert.match(notes, /^line 2: all has no tool nonsense_tool/)
      assert.strictEqual(went, "failed")
    }).pipe(Effect.scoped),
  )

  it.live("speaks JSON to programs: a line for each result, and for each failure", () =>
    Effect.gen(function* () {
      const { out } = yield* typed(
        { interactive: false, json: true },
        "vault: health",
        "aws: list_objects none-such-bucket",
        "/leases",
        "what is this?",
        "/nothing",
      )
      const lines = out.split("\n").map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      assert.deepInclude(lines[0], { task: "vault health", outcome: "done" })
      assert.deepInclude(lines[1], { outcome: "failed", code: "NoSuchBucket" })
      assert.lengthOf(lines[2]?.["leases"] as ReadonlyArray<unknown>, 1)
      assert.deepInclude(lines[3], { outcome: "failed", code: "mind_missing" })
      assert.deepInclude(lines[4], { line: 5, outcome: "refused" })
    }).pipe(Effect.scoped),
  )

  it.live("speaks JSON to programs whatever the command: nothing else is on stdout", () =>
    Effect.gen(function* () {
      const bare = COMMANDS.filter(({ name }) => name !== "quit").map(({ name }) => `/${name}`)
      const { out } = yield* typed(
        { interactive: false, json: true },
        "aws: get_caller_identity",
        ...bare,
        "/tools aws",
        "/tools s3_get_object",
        "/tools nix",
        "/switch vault",
        "/events on",
        "/revoke --all",
        "/events off",
        "/stop --all",
        "/stop aws",
        "/start aws",
        "aws: list_buckets",
        "/quit",
      )
      const lines = out.split("\n").map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      const members = lines.map((line) => Object.keys(line).join(" "))
      const told = [
        "agents",
        "agent tools",
        "place vault agents",
        "workflows runs",
        "leases",
        "revocations",
        "stopped",
        "started",
        "event seq at agent",
        "lines",
        "name title toolset description annotations input_schema",
        "agent",
        "events",
        "stopped took_ms",
      ]
      for (const one of told) assert.include(members, one)
      const results = lines.filter(({ event }) => event === "result")
      assert.deepInclude(results[0], { agent: "aws", outcome: "done" })
      assert.isNumber(results[0]?.["took_ms"])
      // snake_case, as everywhere.
      for (const line of lines) for (const name of Object.keys(line)) assert.match(name, /^[a-z_]+$/)
    }).pipe(Effect.scoped),
  )
})
