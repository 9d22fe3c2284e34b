/** Workflows as a person runs them: the built program, a sandbox, other processes that look on, and sudden ends. */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { DatabaseSync } from "node:sqlite"
import { fault } from "../../src/sandbox/Faults.ts"
import { reset, slow } from "../../src/sandbox/faults/Connection.ts"
import { observe } from "../../src/sandbox/faults/Custom.ts"
import { failure } from "../../src/sandbox/faults/Gateway.ts"
import { startSandbox } from "../../src/sandbox/Sandbox.ts"
import { BIN } from "../kit/RawServer.ts"
import { spawned } from "../kit/Spawned.ts"

const LIMIT = 60_000

/** A sandbox of the test's own with accounts, a state directory, and what its AWS was asked to write. */
const makeWorld = Effect.gen(function* () {
  const sandbox = yield* startSandbox({ empty: false })
  const dir = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "workflow-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
  )
  const config = join(dir, "config.yaml")
  writeFileSync(
    config,
    `accounts:
  main: { role: mcp-agent-role, regions: [us-east-1, eu-west-1] }
  partner: { role: partner-agent-role, regions: [us-east-1, eu-west-1] }
  broken: { role: no-such-role, regions: [us-east-1] }
`,
  )
  const writes: Array<string> = []
  yield* sandbox.faults.add(
    fault(
      observe(({ method, path }) => {
        if (path.includes("/wf/") && method !== "GET") writes.push(`${method} ${path.slice(path.indexOf("/wf/") + 4)}`)
      }),
      { half: "aws" },
    ),
  )
  const env = {
    VAULT_AWS_MCP_VAULT_ADDR: sandbox.vaultAddr,
    VAULT_AWS_MCP_VAULT_TOKEN: Redacted.value(sandbox.vaultToken),
    VAULT_AWS_MCP_AWS_ENDPOINT_URL: sandbox.awsUrl,
    VAULT_AWS_MCP_STATE_DIR: join(dir, "state"),
    VAULT_AWS_MCP_CONFIG: config,
  }
  const startAt = (bin: string, ...args: ReadonlyArray<string>) => spawned([bin, "workflow", ...args], env)
  const start = (...args: ReadonlyArray<string>) => startAt(BIN, ...args)
  const run = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
    const program = yield* start(...args)
    const { code } = yield* program.endsAfter((child) => child.stdin?.end())
    return { code, out: program.out(), err: program.err() }
  })
  const file = (text: string): string => {
    const path = join(dir, "f.yaml")
    writeFileSync(path, text)
    return path
  }
  const slowWrites = (millis: number) => sandbox.faults.add(fault(slow(millis), { half: "aws", about: "PutObject" }))
  return { sandbox, dir, start, startAt, run, file, writes, slowWrites }
})

/** Writes many objects, a few at a time. */
const puts = (count: number, more = "", concurrency = 4) => `name: puts
steps:
  - id: put
    agent: aws
    tool: s3_put_object
    forEach: [${Array.from({ length: count }, (_, i) => `k${i}`).join(", ")}]
    input: { bucket: acme-config, key: "wf/\${item}", content: x, account: main }
    concurrency: ${concurrency}
${more}`

const UNDO = `    undo:
      tool: s3_delete_object
      input: { bucket: acme-config, key: "wf/\${item}", account: main }
`

const engines = (dir: string) => {
  const folder = join(dir, "state", "workflows", "engine")
  return existsSync(folder) ? readdirSync(folder).toSorted() : []
}

const runOf = (err: string): string => /run (\S+-[0-9a-f]{8})/.exec(err)?.[1] ?? ""

interface Shown {
  readonly state: string
  readonly units: ReadonlyArray<{ readonly unit: string; readonly state: string; readonly what?: string }>
}
const shownBy = (out: string) => JSON.parse(out) as Shown

const inState = (shown: Shown, state: string) =>
  shown.units.filter((unit) => unit.state === state).map(({ unit }) => unit)

describe("workflow run", () => {
  it.live(
    "inventory in the sandbox is a table over its accounts and regions, and ends well",
    () =>
      Effect.gen(function* () {
        const { dir } = yield* makeWorld
        const program = yield* spawned([BIN, "workflow", "run", "inventory", "--sandbox"], {
          VAULT_AWS_MCP_STATE_DIR: join(dir, "other"),
        })
        const { code } = yield* program.endsAfter((child) => child.stdin?.end())
        assert.strictEqual(code, 0, program.err())
        const rows = program.out().trim().split("\n")
        assert.match(rows[0] ?? "", /^STEP +ACCOUNT +REGION +STATE +TOOK +WHAT$/)
        for (const account of ["main", "partner"]) {
          for (const [step, one, region] of [
            ["instances", "instance", "us-east-1"],
            ["vpcs", "vpc", "us-east-1"],
            ["buckets", "bucket", "–"],
          ] as const) {
            const found = `(1 ${one}|(?!1 )[0-9]+ ${one}s)`
            assert.match(
              program.out(),
              new RegExp(`^${step} +${account} +${region} +done +[0-9.]+ m?s +${found}$`, "m"),
            )
          }
        }
        assert.isAbove(rows.length, 70)
      }),
    LIMIT,
  )

  it.live(
    "with one account's role broken its rows say so, the rest are there, the exit code is 2, one lease is asked for an account, and none is left",
    () =>
      Effect.gen(function* () {
        const { run, sandbox } = yield* makeWorld
        const asked: Array<string> = []
        const creds = observe(({ path }) => void asked.push(path.slice(path.lastIndexOf("/") + 1)))
        yield* sandbox.faults.add(fault(creds, { half: "vault", about: "/creds/" }))
        const { code, err, out } = yield* run("run", "inventory")
        assert.strictEqual(code, 2, err)
        for (const account of ["main", "partner"])
          assert.match(out, new RegExp(`^vpcs +${account} +eu-west-1 +done`, "m"))
        assert.match(out, /^instances +broken +us-east-1 +failed .*no-such-role/m)
        assert.match(err, /10 done, 3 failed/)
        for (const role of ["mcp-agent-role", "partner-agent-role"])
          assert.strictEqual(asked.filter((one) => one === role).length, 1, asked.join(" "))
        assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      }),
    LIMIT,
  )

  it.live(
    "what cannot be run ends with 1 and starts nothing: a wrong file, an unknown name, missing and strange inputs",
    () =>
      Effect.gen(function* () {
        const { file, run } = yield* makeWorld
        const wrong = yield* run("run", file("name: x\nsteps:\n  - id: a\n    agent: aws\n    tool: s3_list_bukets\n"))
        assert.strictEqual(wrong.code, 1)
        assert.match(wrong.err, /f\.yaml:5: there is no tool "s3_list_bukets", did you mean s3_list_buckets\?/)
        assert.match((yield* run("run", "inventry")).err, /did you mean inventory\?/)
        assert.match((yield* run("run", "stop-tagged")).err, /the input tag is needed/)
        assert.match((yield* run("run", "inventory", "--input", "a=b")).err, /has no input a/)
        assert.match(
          (yield* run("run", "stop-tagged", "--input", "tag=hvs.canary-canary-canary-canary")).err,
          /looks like a secret/,
        )
        assert.match((yield* run("run")).err, /Name a workflow/)
        assert.match((yield* run("run", "--resume", "none-12345678")).err, /no run none-12345678/)
        assert.match((yield* run("list")).out, /No runs are recorded/)
      }),
    LIMIT,
  )

  it.live(
    "--json tells results and states for programs; --ephemeral leaves no record",
    () =>
      Effect.gen(function* () {
        const { dir, run } = yield* makeWorld
        const { err, out } = yield* run("run", "rotate-verify", "--json", "--ephemeral")
        const shown = shownBy(out)
        assert.sameMembers(inState(shown, "failed"), ["rotate[broken]"])
        assert.strictEqual(inState(shown, "done").length, 4, out)
        assert.match(err, /not recorded/)
        assert.notMatch(err, /--resume/)
        assert.isFalse(existsSync(join(dir, "state", "workflows")))
        assert.match((yield* run("list")).out, /No runs are recorded/)
      }),
    LIMIT,
  )
})

describe("a write whose end nobody saw", () => {
  it.live(
    "is told as unknown and not sent again, whichever tool it is of: not by retry and not by --resume",
    () =>
      Effect.gen(function* () {
        const { file, run, sandbox } = yield* makeWorld
        const path = file(`name: keep
steps:
  - { id: put, agent: vault, tool: kv_put, input: { path: wf/one, data: { a: b } }, retry: { times: 2, delay: 1s } }
`)
        for (const trouble of [reset, failure(500, "after")]) {
          let sent = 0
          const count = observe(({ method }) => {
            if (method !== "GET") sent++
          })
          const where = { half: "vault", about: "secret/data/wf/one" } as const
          yield* sandbox.faults.set(fault(count, where), fault(trouble, where))
          const first = yield* run("run", path)
          assert.strictEqual(first.code, 1, first.err)
          assert.match(first.out, /^put .*unknown .*may have been made or not/m, first.out)
          const again = yield* run("run", "--resume", runOf(first.err))
          assert.match(again.out, /^put .*unknown /m)
          assert.strictEqual(sent, 1)
        }
      }),
    LIMIT,
  )
})

describe("the durable engine's code", () => {
  it.live(
    "is loaded by a run that is recorded, and by nothing else",
    () =>
      Effect.gen(function* () {
        const { dir, startAt } = yield* makeWorld
        const dist = dirname(BIN)
        cpSync(dist, join(dir, "dist"), { recursive: true })
        symlinkSync(fileURLToPath(new URL("../../node_modules", import.meta.url)), join(dir, "node_modules"))
        const chunks = readdirSync(join(dir, "dist", "chunks")).filter((name) => name.startsWith("DurableEngine-"))
        assert.strictEqual(chunks.length, 1)
        for (const name of chunks) rmSync(join(dir, "dist", "chunks", name))
        const ended = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
          const program = yield* startAt(join(dir, "dist", "bin.mjs"), ...args)
          const { code } = yield* program.endsAfter((child) => child.stdin?.end())
          return { code, err: program.err() }
        })
        assert.strictEqual((yield* ended("list")).code, 0)
        assert.strictEqual((yield* ended("run", "rotate-verify", "--ephemeral")).code, 2)
        const recorded = yield* ended("run", "rotate-verify")
        assert.strictEqual(recorded.code, 1)
        assert.include(recorded.err, chunks[0] ?? "?")
      }),
    LIMIT,
  )
})

describe("a workflow and other processes", () => {
  it.live(
    "show tells of a run that goes on, nobody else may resume it, and cancel ends it and has it undone",
    () =>
      Effect.gen(function* () {
        const { file, run, sandbox, slowWrites, start, writes } = yield* makeWorld
        yield* slowWrites(300)
        const going = yield* start("run", file(puts(60, UNDO)))
        yield* going.says(/put\[k3\] done/)
        const id = runOf(going.err())
        const shown = shownBy((yield* run("show", id, "--json")).out)
        assert.strictEqual(shown.state, "running")
        assert.include(inState(shown, "done"), "put[k3]")
        assert.match((yield* run("list")).out, new RegExp(`${id} +running`))
        const second = yield* run("run", "--resume", id)
        assert.strictEqual(second.code, 1)
        assert.match(second.err, /going on in another process/)
        assert.strictEqual((yield* run("cancel", id)).code, 0)
        const { code } = yield* going.endsAfter(() => {})
        assert.strictEqual(code, 130)
        const after = shownBy((yield* run("show", id, "--json")).out)
        assert.strictEqual(after.state, "cancelled")
        assert.deepStrictEqual(inState(after, "done"), [])
        assert.isAbove(inState(after, "blocked").length, 0)
        const undone = inState(after, "undone")
        assert.isAbove(undone.length, 3)
        assert.strictEqual(writes.filter((one) => one.startsWith("DELETE")).length, undone.length)
        assert.match((yield* run("cancel", id)).err, /not going on: it is cancelled/)
        assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      }),
    LIMIT,
  )

  it.live(
    "SIGINT and SIGTERM amid 340 units end it, undo, print the table, give the leases back, and tell by the exit code",
    () =>
      Effect.gen(function* () {
        const { file, run, sandbox, slowWrites, start } = yield* makeWorld
        yield* slowWrites(200)
        for (const [signal, expected] of [
          ["SIGINT", 130],
          ["SIGTERM", 143],
        ] as const) {
          const going = yield* start("run", file(puts(340, UNDO, 20)))
          yield* going.says(/put\[k3\] done/)
          const { code, millis } = yield* going.endsAfter((child) => void child.kill(signal))
          assert.strictEqual(code, expected)
          assert.isBelow(millis, 5000)
          assert.match(going.out(), /^put +– +– +undone/m)
          assert.match(going.err(), /run \S+ cancelled: /)
          const shown = shownBy((yield* run("show", runOf(going.err()), "--json")).out)
          assert.strictEqual(shown.state, "cancelled")
          assert.strictEqual(shown.units.length, 340)
          assert.deepStrictEqual(inState(shown, "done"), [])
          assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
        }
      }),
    LIMIT,
  )

  it.live(
    "kill -9 amid 340 units: --resume repeats nothing that finished and no write in flight, tells those as unknown, and --redo does them",
    () =>
      Effect.gen(function* () {
        const { dir, file, run, slowWrites, start, writes } = yield* makeWorld
        yield* slowWrites(150)
        const going = yield* start("run", file(puts(340, "", 20)))
        yield* going.says(/put\[k60\] done/)
        const id = runOf(going.err())
        const { signal } = yield* going.endsAfter((child) => void child.kill("SIGKILL"))
        assert.strictEqual(signal, "SIGKILL")
        const crashed = shownBy((yield* run("show", id, "--json")).out)
        assert.strictEqual(crashed.state, "crashed")
        const finished = inState(crashed, "done")
        const open = inState(crashed, "running")
        assert.isAtLeast(finished.length, 40)
        assert.isAtLeast(open.length, 1)
        const engine = join(dir, "state", "workflows", "engine", `${id}.db`)
        for (const more of ["", "-wal"]) assert.strictEqual(statSync(`${engine}${more}`).mode & 0o777, 0o600)

        const again = yield* run("run", "--resume", id, "--json")
        assert.strictEqual(again.code, 2, again.err)
        const shown = shownBy(again.out)
        assert.sameMembers(inState(shown, "unknown"), open)
        assert.strictEqual(inState(shown, "done").length, 340 - open.length)
        assert.match(again.err, /--redo put/)
        const once = new Map<string, number>()
        for (const one of writes) once.set(one, (once.get(one) ?? 0) + 1)
        assert.deepStrictEqual(
          [...once].filter(([, times]) => times > 1),
          [],
        )

        const redone = yield* run("run", "--resume", id, "--redo", "put")
        assert.strictEqual(redone.code, 0, redone.err)
        assert.match((yield* run("run", "--resume", id)).err, /has succeeded; nothing is left/)

        assert.deepStrictEqual(engines(dir), [])
      }),
    LIMIT,
  )

  it.live(
    "what is on disk of a run that was killed is no secret's place, and it goes on when its engine's file is gone",
    () =>
      Effect.gen(function* () {
        const { dir, file, run, slowWrites, start, writes } = yield* makeWorld
        yield* slowWrites(150)
        const going = yield* start("run", file(puts(40)))
        yield* going.says(/put\[k8\] done/)
        const id = runOf(going.err())
        yield* going.endsAfter((child) => void child.kill("SIGKILL"))
        const engine = join(dir, "state", "workflows", "engine", `${id}.db`)
        for (const path of [engine, `${engine}-wal`, join(dir, "state", "workflows", "runs.db")]) {
          const disk = readFileSync(path).toString("latin1")
          assert.notMatch(disk, /hvs\.|ASIA[A-Z0-9]{12}|AKIA[A-Z0-9]{12}/)
        }
        for (const more of ["", "-wal", "-shm"]) rmSync(`${engine}${more}`, { force: true })
        const again = yield* run("run", "--resume", id, "--redo", "put", "--json")
        assert.strictEqual(again.code, 0, again.err)
        assert.strictEqual(inState(shownBy(again.out), "done").length, 40)
        const once = new Map<string, number>()
        for (const one of writes) once.set(one, (once.get(one) ?? 0) + 1)
        // Those four that were in flight alone.
        assert.isAtMost([...once.values()].filter((times) => times > 1).length, 4)
      }),
    LIMIT,
  )

  it.live(
    "two that resume a killed run at once: one goes on with it, the other is refused, and nothing is done twice",
    () =>
      Effect.gen(function* () {
        const { file, run, slowWrites, start, writes } = yield* makeWorld
        yield* slowWrites(150)
        const going = yield* start("run", file(puts(40)))
        yield* going.says(/put\[k8\] done/)
        const id = runOf(going.err())
        yield* going.endsAfter((child) => void child.kill("SIGKILL"))
        const both = yield* Effect.all([run("run", "--resume", id), run("run", "--resume", id)], {
          concurrency: "unbounded",
        })
        assert.sameMembers(
          both.map(({ code }) => code),
          [1, 2],
          both.map(({ err }) => err).join("\n"),
        )
        assert.strictEqual(new Set(writes).size, writes.length)
      }),
    LIMIT,
  )

  it.live(
    "two that begin at the same time on a new record both go through, and each has its own run",
    () =>
      Effect.gen(function* () {
        const { dir, run } = yield* makeWorld
        const ended = yield* Effect.all(
          [run("run", "rotate-verify", "--json"), run("run", "rotate-verify", "--json")],
          { concurrency: "unbounded" },
        )
        assert.deepStrictEqual(
          ended.map(({ code }) => code),
          [2, 2],
          ended.map(({ err }) => err).join("\n"),
        )
        for (const { err } of ended) assert.notMatch(err, /level=|WARN|INFO/)
        assert.strictEqual(engines(dir).length, 2)
        const db = new DatabaseSync(join(dir, "state", "workflows", "runs.db"))
        assert.deepInclude(db.prepare("SELECT count(*) AS n FROM runs WHERE state = 'partial'").get(), { n: 2 })
        db.close()
      }),
    LIMIT,
  )

  it.live(
    "a run of the sandbox is not gone on with in the real world, and old runs are forgotten as --keep says",
    () =>
      Effect.gen(function* () {
        const { dir, run } = yield* makeWorld
        const first = yield* run("run", "rotate-verify", "--sandbox")
        const id = runOf(first.err)
        assert.match((yield* run("run", "--resume", id)).err, /worked on sandbox, and this is http:/)
        assert.match((yield* run("run", "inventory")).err, /10 done/)
        const db = (yield* run("list")).out
        assert.include(db, id)
        const kept = yield* run("run", "rotate-verify", "--keep", "1")
        const left = (yield* run("list")).out
        assert.include(left, runOf(kept.err))
        assert.notInclude(left, id)
        assert.deepStrictEqual(engines(dir), [`${runOf(kept.err)}.db`])
      }),
    LIMIT,
  )
})
