/** The record of runs: what it keeps, who may take a run over, and what is forgotten. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { DatabaseSync } from "node:sqlite"
import type { Unit } from "../../src/orchestrator/RunModel.ts"
import { RunStore } from "../../src/orchestrator/RunStore.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runs-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

/** One process's view of the record. */
const opened = (stateDir: string) => RunStore.layer(stateDir).pipe(Layer.provide(NodeFileSystem.layer))
const within = <A, E>(stateDir: string, body: (store: RunStore["Service"]) => Effect.Effect<A, E>) =>
  Effect.provide(RunStore.use(body), opened(stateDir))

const run = (id: string) => ({ id, name: "test", place: "test", plan: { steps: [] }, planHash: "h" })
const unit = (over: Partial<Unit> = {}): Unit => ({
  run: "a",
  key: "s[main/r1]",
  step: "s",
  agent: "aws",
  tool: "look",
  writes: false,
  account: "main",
  region: "r1",
  item: { deep: [1] },
  state: "done",
  attempt: 2,
  startedAt: 1000,
  endedAt: 2000,
  result: { n: 1 },
  cut: false,
  what: undefined,
  ...over,
})

const fileOf = (stateDir: string) => join(stateDir, "workflows", "runs.db")

/** As if the process that runs it had been killed: its pid is given to nobody. */
const orphan = (stateDir: string, id: string) =>
  Effect.sync(() => {
    const db = new DatabaseSync(fileOf(stateDir))
    const row = db.prepare("SELECT owner FROM runs WHERE id = ?").get(id)
    const owner = { ...(JSON.parse(String(row?.["owner"])) as object), pid: 4_194_303, started: "gone:1" }
    db.prepare("UPDATE runs SET owner = ? WHERE id = ?").run(JSON.stringify(owner), id)
    db.close()
  })

describe("the record of runs", () => {
  it.effect("gives back what was written, to another process too, and is nobody else's to read", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      yield* within(dir, (store) => Effect.andThen(store.create(run("a")), store.put([unit()])))
      yield* within(dir, (store) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* store.units("a"), [unit()])
          assert.deepInclude(yield* store.get("a"), { name: "test", state: "running", units: { done: 1 } })
          assert.isUndefined(yield* store.get("b"))
        }),
      )
      assert.strictEqual(statSync(fileOf(dir)).mode & 0o777, 0o600)
      assert.strictEqual(statSync(join(dir, "workflows")).mode & 0o777, 0o700)
    }),
  )

  it.effect("a unit that is written again takes the place of the one before", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      yield* within(dir, (store) =>
        Effect.gen(function* () {
          yield* store.create(run("a"))
          yield* store.put([unit({ state: "running", endedAt: undefined })])
          yield* store.put([unit({ state: "failed", what: "no" })])
          assert.deepStrictEqual(
            (yield* store.units("a")).map(({ state, what }) => [state, what]),
            [["failed", "no"]],
          )
        }),
      )
    }),
  )

  it.effect("refuses to take over a run that goes on, and gives one whose process is gone to one alone", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      yield* within(dir, (store) =>
        Effect.gen(function* () {
          yield* store.create(run("a"))
          assert.match((yield* Effect.flip(store.claim("a"))).message, /going on in another process/)
          assert.match((yield* Effect.flip(store.claim("z"))).message, /no run z/)
          yield* orphan(dir, "a")
          assert.strictEqual((yield* store.get("a"))?.state, "crashed")
          const claims = yield* Effect.all([Effect.result(store.claim("a")), Effect.result(store.claim("a"))], {
            concurrency: "unbounded",
          })
          assert.sameMembers(
            claims.map(({ _tag }) => _tag),
            ["Success", "Failure"],
          )
          assert.strictEqual((yield* store.get("a"))?.state, "running")
        }),
      )
    }),
  )

  it.effect("a claim forgets the rows of what never began, and an old wish to cancel", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      yield* within(dir, (store) =>
        Effect.gen(function* () {
          yield* store.create(run("a"))
          yield* store.put([unit()])
          yield* store.put([unit({ key: "t", state: "blocked", attempt: 0 })])
          yield* store.askCancel("a")
          assert.isTrue(yield* store.cancelAsked("a"))
          yield* store.finish("a", "cancelled")
          assert.isFalse(yield* store.askCancel("a"))
          yield* store.claim("a")
          assert.isFalse(yield* store.cancelAsked("a"))
          assert.deepStrictEqual(
            (yield* store.units("a")).map(({ key }) => key),
            ["s[main/r1]"],
          )
        }),
      )
    }),
  )

  it.live("keeps the newest runs and those that go on, and forgets the rest with their units", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      yield* within(dir, (store) =>
        Effect.gen(function* () {
          for (const id of ["a", "b", "c", "d"]) {
            yield* store.create(run(id))
            yield* store.put([unit({ run: id })])
            if (id !== "a") yield* store.finish(id, "succeeded")
            yield* Effect.sleep("5 millis") // runs are told apart by the millisecond in which they began
          }
          assert.strictEqual(yield* store.prune(2), 1)
          assert.deepStrictEqual(
            (yield* store.list(10)).map(({ id }) => id),
            ["d", "c", "a"],
          )
          assert.deepStrictEqual(yield* store.units("b"), [])
        }),
      )
    }),
  )

  it.effect("says why it cannot be used: damaged, not allowed", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      yield* within(dir, (store) => store.create(run("a")))
      for (const more of ["-wal", "-shm"]) rmSync(`${fileOf(dir)}${more}`, { force: true })
      writeFileSync(fileOf(dir), "this is no database, and long enough for SQLite to see that".repeat(40))
      assert.strictEqual((yield* Effect.flip(within(dir, (store) => store.list(1)))).reason, "corrupt")
      writeFileSync(join(dir, "file"), "")
      assert.strictEqual((yield* Effect.flip(within(join(dir, "file"), (store) => store.list(1)))).reason, "denied")
    }),
  )
})
