/** node:sqlite as Effects: transactions, errors by their code, one owner, and the end. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { openSqlite, storeError } from "../../src/orchestrator/Sqlite.ts"
import { StoreError } from "../../src/orchestrator/WorkflowError.ts"
import { driven, until } from "../kit/Drive.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sqlite-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

const TABLE = "CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY) STRICT;"
const PUT = "INSERT INTO t VALUES (?)"

describe("a database", () => {
  it.effect("takes all rows of a transaction or none, and the next one all the same", () =>
    Effect.gen(function* () {
      const db = yield* openSqlite(":memory:", TABLE)
      const rows = Effect.map(db.all("SELECT a FROM t ORDER BY a"), (all) => all.map(({ a }) => a))
      yield* db.runAll(PUT, [[1], [2]])
      const error = yield* Effect.flip(db.runAll(PUT, [[3], [2], [4]]))
      assert.deepInclude(error, { reason: "failed" })
      assert.match(error.words, /UNIQUE/)
      assert.deepStrictEqual(yield* rows, [1, 2])
      yield* db.runAll(PUT, [[3]])
      yield* db.runAll(PUT, [])
      assert.deepStrictEqual(yield* rows, [1, 2, 3])
    }),
  )

  it.effect("rolls back when the end of a transaction fails", () =>
    Effect.gen(function* () {
      const db = yield* openSqlite(
        ":memory:",
        `${TABLE} CREATE TABLE child (of INTEGER REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED) STRICT;`,
      )
      assert.match((yield* Effect.flip(db.runAll("INSERT INTO child VALUES (?)", [[7]]))).words, /FOREIGN KEY/)
      yield* db.runAll(PUT, [[1]])
      assert.deepStrictEqual((yield* db.all("SELECT (SELECT count(*) FROM child) AS n, count(*) AS m FROM t"))[0], {
        n: 0,
        m: 1,
      })
    }),
  )

  it.effect("is one opener's alone while it lives, if that is what it wants, and anybody's after that", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "x.db")
      const look = () => {
        const other = new DatabaseSync(file, { timeout: 0 })
        try {
          return other.prepare("SELECT count(*) AS n FROM t").get()?.["n"]
        } finally {
          other.close()
        }
      }
      yield* Effect.scoped(
        Effect.gen(function* () {
          const db = yield* openSqlite(file, TABLE, true)
          yield* db.run(PUT, 1)
          assert.throws(look, /database is locked/)
        }),
      )
      assert.strictEqual(look(), 1)
      yield* openSqlite(file, TABLE)
      assert.strictEqual(look(), 1)
    }),
  )

  it.effect("is opened again while another makes the same new file, and not for ever", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "x.db")
      const other = new DatabaseSync(file)
      const open = Effect.scoped(
        Effect.andThen(openSqlite(file, TABLE), (db) => Effect.andThen(db.run(PUT, 1), db.all("SELECT a FROM t"))),
      )
      other.exec("BEGIN IMMEDIATE; CREATE TABLE other (a INTEGER) STRICT")
      assert.propertyVal(yield* driven(Effect.flip(open)), "reason", "busy")
      const going = yield* Effect.forkChild(open, { startImmediately: true })
      let steps = 0
      yield* until(() => ++steps > 5)
      assert.isUndefined(going.pollUnsafe())
      other.exec("COMMIT")
      other.close()
      assert.deepStrictEqual(
        (yield* driven(Fiber.join(going))).map(({ a }) => a),
        [1],
      )
    }),
  )

  it.effect("tells a refusal by its code", () =>
    Effect.sync(() => {
      for (const [errcode, reason] of [
        [5, "busy"],
        [261, "busy"],
        [13, "full"],
        [14, "denied"],
        [11, "corrupt"],
        [26, "corrupt"],
        [8, "denied"],
        [19, "failed"],
        [1, "failed"],
      ] as const)
        assert.strictEqual(storeError(Object.assign(new Error("x"), { errcode })).reason, reason)
      assert.strictEqual(storeError("strange").reason, "failed")
      const known = new StoreError({ reason: "full", words: "the disk" })
      assert.strictEqual(storeError(new Error("outer", { cause: new Error("inner", { cause: known }) })), known)
    }),
  )

  it.effect("says why it cannot be opened", () =>
    Effect.gen(function* () {
      assert.propertyVal(yield* Effect.flip(openSqlite(yield* folder, TABLE)), "reason", "denied")
    }),
  )

  it.effect("closes its file with the scope, also when setting up fails", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "x.db")
      // A table in STRICT needs types.
      assert.propertyVal(
        yield* Effect.flip(Effect.scoped(openSqlite(file, "CREATE TABLE t (a) STRICT", true))),
        "reason",
        "failed",
      )
      const open = yield* Effect.scoped(openSqlite(file, TABLE, true))
      assert.strictEqual((yield* Effect.flip(open.all("SELECT * FROM t"))).reason, "failed")
      assert.isAbove(readFileSync(file).length, 0)
    }),
  )
})
