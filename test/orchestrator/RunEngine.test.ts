/** The durable engine of a recorded run: what it keeps, what it gives back, and what becomes of a run without it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer } from "effect"
import { RunStore } from "../../src/orchestrator/RunStore.ts"
import type { Work } from "../../src/orchestrator/Worker.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"
import { done, failed, fakeWorker, memoryStore, type Options, runText, states } from "../kit/FakeWorker.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "engine-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

const engineOf = (dir: string, run = "run-1") => join(dir, "workflows", "engine", `${run}.db`)
const engines = (dir: string) =>
  existsSync(join(dir, "workflows", "engine")) ? readdirSync(join(dir, "workflows", "engine")) : []

/** Changes the record as nobody does who is not a test. */
const change = (file: string, sql: string) => {
  const db = new DatabaseSync(file)
  db.exec(sql)
  db.close()
}

const rowsOf = (file: string, sql: string) => {
  const db = new DatabaseSync(file)
  const rows = db.prepare(sql).all()
  db.close()
  return rows
}

/** What the engine has written down, in order. */
const changesOf = (file: string) =>
  rowsOf(file, "SELECT what FROM changes ORDER BY nth").map(
    ({ what }) =>
      JSON.parse(String(what)) as {
        readonly _tag: string
        readonly envelope?: { readonly tag: string; readonly payload: Readonly<Record<string, unknown>> }
        readonly reply?: { readonly exit: unknown }
      },
  )
const sentOf = (file: string) => changesOf(file).flatMap(({ envelope }) => envelope ?? [])

const text = `name: test
steps:
  - { id: read, agent: aws, tool: look, forEach: [a, b], input: { name: "\${item}" } }
  - { id: write, agent: aws, tool: change, forEach: [a, b], input: { name: "\${item}" }, needs: [read] }`

const ok = () => Effect.succeed(done({ secretish: "the-result-itself" }))

/** One process's run over the state directory. */
const running = (dir: string, answer: (work: Work) => Effect.Effect<Outcome>, options: Options = {}, what = text) => {
  const { layer, log } = fakeWorker(answer)
  const store = RunStore.layer(dir).pipe(Layer.provide(NodeFileSystem.layer))
  return Effect.map(Effect.provide(runText(what, options), [layer, store]), (ended) => ({
    ...ended,
    log,
    states: states(ended.units),
  }))
}

/** The write of `b` fails; all else is done. */
const failing = (work: Work): Effect.Effect<Outcome> =>
  work.tool === "change" && work.args["name"] === "b" ? Effect.succeed(failed()) : ok()

const again: Options = { again: true }

describe("a recorded run", () => {
  it.live("has a file of its own while something is left to do, for nobody else to read, with no word of results", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      const { states } = yield* running(dir, failing)
      assert.deepStrictEqual(states, ["read[a] done", "read[b] done", "write[a] done", "write[b] failed"])
      assert.strictEqual(statSync(engineOf(dir)).mode & 0o777, 0o600)
      const [run, ...units] = sentOf(engineOf(dir))
      assert.deepStrictEqual(run?.payload, { run: "run-1", hash: "h" })
      assert.deepStrictEqual(
        units.map(({ payload }) => payload["name"]),
        ["read[a]", "read[b]", "write[a]", "write[b]"],
      )
      const words = changesOf(engineOf(dir)).flatMap(({ reply }) => (reply === undefined ? [] : JSON.stringify(reply)))
      assert.strictEqual(words.length, 5)
      for (const word of words.slice(0, 3)) assert.match(word, /"value":"done"/)
      assert.notInclude(readFileSync(engineOf(dir)).toString("latin1"), "the-result-itself")
    }),
  )

  it.live("is gone on with in the same file: what failed is called again, by a new name, and nothing else", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      yield* running(dir, failing)
      const second = yield* running(dir, failing, again)
      assert.deepStrictEqual(second.log, ["change b"])
      const third = yield* running(dir, ok, again)
      assert.deepStrictEqual(third.log, ["change b"])
      assert.strictEqual(third.state, "succeeded")
    }),
  )

  it.live("names of units are the record's count of calls, so that no old answer is taken for a new one", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      yield* running(dir, failing)
      yield* running(dir, failing, again)
      assert.deepStrictEqual(
        sentOf(engineOf(dir))
          .slice(5)
          .map(({ payload }) => payload["name"]),
        ["write[b] after 1"],
      )
    }),
  )

  it.live("leaves no file when it has succeeded", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      assert.strictEqual((yield* running(dir, ok)).state, "succeeded")
      assert.deepStrictEqual(engines(dir), [])
    }),
  )

  it.live("goes on from the record alone when the engine's file is gone, is no database, or is damaged inside", () =>
    Effect.gen(function* () {
      for (const harm of [
        (file: string) => rmSync(file),
        (file: string) => writeFileSync(file, "this is no database, and long enough for SQLite to see that".repeat(40)),
        (file: string) => {
          const bytes = readFileSync(file)
          bytes.fill(0x5a, 4096)
          writeFileSync(file, bytes)
        },
        (file: string) => change(file, "DROP TABLE changes"),
        (file: string) => change(file, "DROP TABLE changes; CREATE TABLE changes (other TEXT) STRICT"),
        (file: string) => change(file, "UPDATE changes SET what = 'no JSON'"),
        (file: string) => change(file, `UPDATE changes SET what = '{"_tag":"strange"}' WHERE nth = 3`),
        (file: string) => change(file, "UPDATE changes SET what = json_remove(what, '$.reply.exit')"),
      ]) {
        const dir = yield* folder
        yield* running(dir, failing)
        harm(engineOf(dir))
        const { log, state } = yield* running(dir, ok, again)
        assert.deepStrictEqual(log, ["change b"])
        assert.strictEqual(state, "succeeded")
      }
    }),
  )

  it.live("goes on when the engine says that it is over and the record does not", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      yield* running(dir, failing)
      const over = `{"_tag":"Success","value":{"_tag":"Complete","exit":{"_tag":"Success","value":null}}}`
      change(
        engineOf(dir),
        `UPDATE changes SET what = json_set(what, '$.reply.exit', json('${over}'))
         WHERE json_extract(what, '$.reply.exit.value._tag') = 'Suspended'`,
      )
      const { log, state } = yield* running(dir, ok, again)
      assert.deepStrictEqual(log, ["change b"])
      assert.strictEqual(state, "succeeded")
    }),
  )

  it.live(
    "a unit whose end only the engine knows: a read is called again, a write is told as unknown until --redo",
    () =>
      Effect.gen(function* () {
        const dir = yield* folder
        yield* running(dir, failing)
        change(join(dir, "workflows", "runs.db"), "DELETE FROM units WHERE key IN ('read[a]', 'write[a]')")
        const second = yield* running(dir, ok, again)
        assert.deepStrictEqual(second.log.toSorted(), ["change b", "look a"])
        assert.deepStrictEqual(second.states, ["read[a] done", "read[b] done", "write[a] unknown", "write[b] done"])
        assert.match(second.units.find(({ key }) => key === "write[a]")?.what ?? "", /--redo write/)
        const third = yield* running(dir, ok, { again: true, redo: ["write"] })
        assert.deepStrictEqual(third.log, ["change a"])
        assert.strictEqual(third.state, "succeeded")
      }),
  )

  it.live("tells in its rows that its file cannot be written, and ends", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      // A folder in its place: nothing can be opened there.
      mkdirSync(engineOf(dir), { recursive: true })
      const { layer, log } = fakeWorker(ok)
      const store = RunStore.layer(dir).pipe(Layer.provide(NodeFileSystem.layer))
      yield* Effect.gen(function* () {
        const error = yield* Effect.flip(runText(text))
        assert.propertyVal(error, "reason", "denied")
        assert.strictEqual((yield* (yield* RunStore).get("run-1"))?.state, "failed")
      }).pipe(Effect.provide([layer, store]))
      assert.deepStrictEqual(log, [])
    }),
  )

  it.live("ends at once when it is interrupted, and can be gone on with", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      const hanging = yield* Deferred.make<void>()
      const hang = (work: Work): Effect.Effect<Outcome> => {
        if (work.tool !== "change") return ok()
        return work.args["name"] === "b"
          ? Effect.andThen(Deferred.succeed(hanging, undefined), Effect.never)
          : Effect.never
      }
      const going = yield* Effect.forkChild(running(dir, hang), { startImmediately: true })
      yield* Deferred.await(hanging)
      const began = performance.now()
      yield* Fiber.interrupt(going)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(going)))
      assert.isBelow(performance.now() - began, 2000)
      const second = yield* running(dir, ok, { again: true, redo: ["write"] })
      assert.deepStrictEqual(second.log.toSorted(), ["change a", "change b"])
      assert.strictEqual(second.state, "succeeded")
    }),
  )

  it.live("two at once in one state directory know nothing of each other", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      const both = yield* Effect.all([running(dir, failing, { run: "run-1" }), running(dir, ok, { run: "run-2" })], {
        concurrency: "unbounded",
      })
      assert.deepStrictEqual(
        both.map(({ log, state }) => [state, log.length]),
        [
          ["partial", 4],
          ["succeeded", 4],
        ],
      )
      assert.deepStrictEqual(engines(dir), ["run-1.db"])
    }),
  )
})

describe("the files of engines", () => {
  it.live("go with the runs that are forgotten, and those of no run go too; a run that is left keeps its own", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      for (const run of ["old-1", "new-1"]) {
        yield* running(dir, failing, { run })
        yield* Effect.sleep("5 millis") // runs are told apart by the millisecond in which they ended
      }
      for (const name of ["stray-1.db", "stray-1.db-wal", "stray-2.db-shm"])
        writeFileSync(join(dir, "workflows", "engine", name), "x")
      writeFileSync(join(dir, "workflows", "engine", "notes.txt"), "not ours")
      const store = RunStore.layer(dir).pipe(Layer.provide(NodeFileSystem.layer))
      assert.strictEqual(
        yield* Effect.provide(
          RunStore.use(({ prune }) => prune(1)),
          store,
        ),
        1,
      )
      assert.sameMembers(engines(dir), ["new-1.db", "notes.txt"])
    }),
  )

  it.effect("are none without a record", () =>
    Effect.gen(function* () {
      const { layer, log } = fakeWorker(ok)
      const { engines } = yield* RunStore
      assert.isUndefined(engines)
      yield* Effect.provide(runText(text), layer)
      assert.strictEqual(log.length, 4)
    }).pipe(Effect.provide(memoryStore)),
  )
})
