/**
 * node:sqlite as effect's `SqlClient`, for libraries that bring their own SQL. One connection, lent to one statement or
 * one transaction at a time, and the file is this connection's alone: a second opener is refused as busy.
 */
import { isDate } from "node:util/types"
import { Context, Effect, Layer, Semaphore, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient, type SqlConnection, SqlError, Statement } from "effect/sql"
import type { SQLInputValue, StatementSync } from "node:sqlite"
import { codeOf, openDatabase, type Opened, refusalOf, type Row } from "./Sqlite.ts"
import type { StoreError } from "./WorkflowError.ts"

/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY: extended result codes (sqlite.org/rescode.html). */
const UNIQUE: ReadonlySet<number | undefined> = new Set([2067, 1555])

/** What SQLite said, by its code. */
export const sqlError = (cause: unknown, operation: string): SqlError.SqlError => {
  const code = codeOf(cause)
  const what = { cause, message: cause instanceof Error ? cause.message : "unknown", operation }
  const reason = (): SqlError.SqlErrorReason => {
    switch (refusalOf(code)) {
      case "busy":
        return new SqlError.LockTimeoutError(what)
      case "denied":
        return new SqlError.AuthorizationError(what)
      case "constraint":
        return UNIQUE.has(code)
          ? new SqlError.UniqueViolation({ ...what, constraint: what.message.replace(/^.*: /, "") })
          : new SqlError.ConstraintError(what)
      default:
        return new SqlError.UnknownError(what)
    }
  }
  return new SqlError.SqlError({ reason: reason() })
}

/** A parameter as SQLite takes it; what it cannot take stays, and SQLite refuses it. */
const input = (value: unknown): SQLInputValue => {
  if (value === undefined) return null
  if (typeof value === "boolean") return value ? 1 : 0
  if (isDate(value)) return value.toISOString()
  return value as SQLInputValue // or refused by SQLite in words of its own
}

const attempt = <A>(operation: string, work: () => A): Effect.Effect<A, SqlError.SqlError> =>
  Effect.try({ try: work, catch: (cause) => sqlError(cause, operation) })

/** A caller's change of rows, where it has one. */
type Change = (<A extends object>(rows: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined

const connectionOf = ({ db, prepared }: Opened): SqlConnection.Connection => {
  /** Runs a statement; its whole numbers are exact when the caller asks for that. */
  const query = <A>(ready: () => StatementSync, use: (statement: StatementSync) => A, arrays = false) =>
    Effect.withFiber<A, SqlError.SqlError>((fiber) =>
      attempt("execute", () => {
        const statement = ready()
        statement.setReadBigInts(Context.get(fiber.context, SqlClient.SafeIntegers))
        statement.setReturnArrays(arrays)
        return use(statement)
      }),
    )
  const rows = (ready: () => StatementSync, params: ReadonlyArray<unknown>, change?: Change) =>
    query(ready, (statement): ReadonlyArray<Row> => {
      const found = statement.all(...params.map(input))
      return change === undefined ? found : change(found)
    })
  const values = (ready: () => StatementSync, params: ReadonlyArray<unknown>) =>
    query(
      ready,
      // `setReturnArrays` makes it so; the types of node:sqlite do not know it.
      (statement) => statement.all(...params.map(input)) as ReadonlyArray<unknown> as ReadonlyArray<Array<unknown>>,
      true,
    )
  return {
    execute: (sql, params, change) => rows(() => prepared(sql), params, change),
    executeUnprepared: (sql, params, change) => rows(() => prepared(sql), params, change),
    executeRaw: (sql, params) => rows(() => prepared(sql), params),
    executeValues: (sql, params) => values(() => prepared(sql), params),
    executeValuesUnprepared: (sql, params) => values(() => prepared(sql), params),
    // A statement of its own, as others may run while its rows are still being read.
    executeStream: (sql, params, change) =>
      query(
        () => db.prepare(sql),
        (statement) => statement.iterate(...params.map(input)),
      ).pipe(
        Effect.map((left) =>
          Stream.unfold(left, (all) =>
            attempt("stream", () => {
              const next = all.next()
              if (next.done === true) return undefined
              return [change === undefined ? next.value : change([next.value])[0], all] as const
            }),
          ),
        ),
        Stream.unwrap,
      ),
  }
}

/** The file as a `SqlClient`, for as long as the layer lives. */
export const layerSqlite = (file: string): Layer.Layer<SqlClient.SqlClient, StoreError> =>
  Layer.effect(
    SqlClient.SqlClient,
    Effect.gen(function* () {
      const opened = yield* openDatabase(file, "", "PRAGMA locking_mode=EXCLUSIVE;")
      const { isTransaction, ...acquirers } = SqlClient.makeSqliteAcquirers({
        connection: Effect.succeed(connectionOf(opened)),
        semaphore: yield* Semaphore.make(1),
        isTransaction: () => opened.db.isTransaction,
      })
      return yield* SqlClient.make({
        ...acquirers,
        isTransaction,
        compiler: Statement.makeCompilerSqlite(),
        prepareTransactionControls: true,
        driver: "node:sqlite",
        spanAttributes: [["db.system.name", "sqlite"]],
      })
    }),
  ).pipe(Layer.provide(Reactivity.layer))
