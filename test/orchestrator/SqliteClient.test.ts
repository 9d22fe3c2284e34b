/** node:sqlite as effect's SqlClient: values, errors by their code, transactions, one owner, and the end. */
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { layerSqlite, sqlError } from "../../src/orchestrator/SqliteClient.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sqlite-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

const withClient = <A, E, R>(body: (sql: SqlClient.SqlClient) => Effect.Effect<A, E, R>, file = ":memory:") =>
  Effect.provide(SqlClient.SqlClient.use(body), layerSqlite(file))

const table = (sql: SqlClient.SqlClient) => sql`CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE NOT NULL) STRICT`
const count = (sql: SqlClient.SqlClient) =>
  Effect.map(sql<{ n: number }>`SELECT count(*) AS n FROM t`, ([row]) => row?.n)

const reasonOf = (error: SqlError.SqlError) => error.reason._tag

describe("the client", () => {
  it.effect(
    "gives back what it was given: rows, values, streams, booleans, dates, nothing and exact whole numbers",
    () =>
      withClient((sql) =>
        Effect.gen(function* () {
          yield* table(sql)
          yield* sql`INSERT INTO t ${sql.insert([
            { id: 1, a: "x" },
            { id: 2, a: "y" },
          ])}`
          assert.deepStrictEqual(
            (yield* sql`SELECT * FROM t ORDER BY id`).map((row) => ({ ...row })),
            [
              { id: 1, a: "x" },
              { id: 2, a: "y" },
            ],
          )
          assert.deepStrictEqual(
            (yield* sql`SELECT id, a FROM t ORDER BY id`.values).map((row) => [...row]),
            [
              [1, "x"],
              [2, "y"],
            ],
          )
          const streamed = yield* Stream.runCollect(sql<{ a: string }>`SELECT a FROM t ORDER BY id`.stream)
          assert.deepStrictEqual(
            streamed.map(({ a }) => a),
            ["x", "y"],
          )
          const [row] = yield* sql<
            Record<string, unknown>
          >`SELECT ${true} AS yes, ${null} AS none, ${new Date(0)} AS day`
          assert.deepStrictEqual({ ...row }, { yes: 1, none: null, day: "1970-01-01T00:00:00.000Z" })
          const large = Effect.map(sql<{ n: bigint }>`SELECT ${9007199254740993n} AS n`, ([one]) => one?.n)
          assert.strictEqual(yield* Effect.provideService(large, SqlClient.SafeIntegers, true), 9007199254740993n)
        }),
      ),
  )

  it.effect("tells a refusal by its code", () =>
    withClient((sql) =>
      Effect.gen(function* () {
        yield* table(sql)
        yield* sql`INSERT INTO t VALUES (1, 'x')`
        const refused = (effect: Effect.Effect<unknown, SqlError.SqlError>) => Effect.map(Effect.flip(effect), reasonOf)
        assert.strictEqual(yield* refused(sql`INSERT INTO t VALUES (1, 'y')`), "UniqueViolation")
        assert.strictEqual(yield* refused(sql`INSERT INTO t VALUES (2, 'x')`), "UniqueViolation")
        assert.strictEqual(yield* refused(sql`INSERT INTO t VALUES (3, NULL)`), "ConstraintError")
        assert.strictEqual(yield* refused(sql`SELECT * FROM nowhere`), "UnknownError")
        assert.strictEqual(yield* refused(sql`SELECT ${{ a: 1 }}`), "UnknownError")
        assert.strictEqual(yield* refused(Stream.runDrain(sql`SELECT * FROM nowhere`.stream)), "UnknownError")
        for (const [errcode, reason] of [
          [5, "LockTimeoutError"],
          [262, "LockTimeoutError"],
          [8, "AuthorizationError"],
          [14, "AuthorizationError"],
          [13, "UnknownError"],
          [11, "UnknownError"],
        ] as const)
          assert.strictEqual(reasonOf(sqlError(Object.assign(new Error("x"), { errcode }), "test")), reason)
        assert.strictEqual(reasonOf(sqlError("strange", "test")), "UnknownError")
      }),
    ),
  )

  it.effect(
    "a transaction is all or nothing, also within another and when it is interrupted; others wait for its end",
    () =>
      withClient((sql) =>
        Effect.gen(function* () {
          yield* table(sql)
          const put = (id: number) => sql`INSERT INTO t ${sql.insert({ id, a: `a${id}` })}`
          yield* sql.withTransaction(Effect.andThen(put(1), put(2)))
          assert.strictEqual(yield* count(sql), 2)
          const exit = yield* Effect.exit(sql.withTransaction(Effect.andThen(put(3), put(1))))
          assert.isTrue(Exit.isFailure(exit))
          assert.strictEqual(yield* count(sql), 2)
          yield* sql.withTransaction(
            Effect.andThen(put(3), Effect.ignore(sql.withTransaction(Effect.andThen(put(4), put(1))))),
          )
          assert.strictEqual(yield* count(sql), 3)
          const held = yield* Effect.forkChild(sql.withTransaction(Effect.andThen(put(5), Effect.never)), {
            startImmediately: true,
          })
          const other = yield* Effect.forkChild(put(6), { startImmediately: true })
          yield* Effect.yieldNow
          assert.isUndefined(other.pollUnsafe())
          yield* Fiber.interrupt(held)
          yield* Fiber.join(other)
          assert.deepStrictEqual(
            (yield* sql<{ id: number }>`SELECT id FROM t ORDER BY id`).map(({ id }) => id),
            [1, 2, 3, 6],
          )
        }),
      ),
  )

  it.live("the file is its own while it lives, and anybody's after that; what was written stays", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "x.db")
      const scope = yield* Scope.make()
      const held = yield* Layer.buildWithScope(Layer.fresh(layerSqlite(file)), scope)
      yield* Effect.provide(SqlClient.SqlClient.use(table), held)
      const other = new DatabaseSync(file, { timeout: 0 })
      assert.throws(() => other.exec("SELECT count(*) FROM t"), /database is locked/)
      other.close()
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(yield* withClient(count, file), 0)
      const after = yield* Effect.exit(Effect.provide(SqlClient.SqlClient.use(count), held))
      assert.isTrue(Exit.isFailure(after))
      assert.isAbove(statSync(file).size, 0)
    }),
  )

  it.effect("says why a file cannot be opened", () =>
    Effect.gen(function* () {
      const dir = yield* folder
      assert.propertyVal(yield* Effect.flip(withClient(count, dir)), "reason", "denied")
    }),
  )
})
