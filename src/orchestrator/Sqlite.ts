/**
 * node:sqlite as Effects: one connection, statements prepared once, errors by their code. It works in this thread: what
 * runs here must be small, as it is for a record of units. The one place where a database is opened.
 */
import { Clock, Effect, Predicate, Schedule, type Scope } from "effect"
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite"
import { oneLine } from "../core/Text.ts"
import { StoreError } from "./WorkflowError.ts"

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>

/** An open database. */
export interface Sqlite {
  readonly all: (sql: string, ...values: ReadonlyArray<SQLInputValue>) => Effect.Effect<ReadonlyArray<Row>, StoreError>
  /** How many rows were changed. */
  readonly run: (sql: string, ...values: ReadonlyArray<SQLInputValue>) => Effect.Effect<number, StoreError>
  /** Runs the statement for each row, in one transaction: all of them or none. */
  readonly runAll: (sql: string, rows: ReadonlyArray<ReadonlyArray<SQLInputValue>>) => Effect.Effect<void, StoreError>
}

/** How long a process waits for another's write, in milliseconds. */
const PATIENCE = 5000

/** How a refusal that SQLite did not wait for is answered by trying again (sqlite.org/c3ref/busy_handler.html). */
const AGAIN = Schedule.max([Schedule.spaced("20 millis"), Schedule.recurs(100)])

/** The primary result code is the last byte of the extended one (sqlite.org/rescode.html). */
const REASONS: Readonly<Record<number, StoreError["reason"]>> = {
  3: "denied", // SQLITE_PERM
  5: "busy",
  6: "busy", // SQLITE_LOCKED
  8: "denied", // SQLITE_READONLY
  10: "failed", // SQLITE_IOERR
  11: "corrupt",
  13: "full",
  14: "denied", // SQLITE_CANTOPEN
  26: "corrupt", // SQLITE_NOTADB
}

/** The extended result code of what node:sqlite threw; 0 when it is not SQLite's. */
const codeOf = (cause: unknown): number =>
  Predicate.hasProperty(cause, "errcode") && typeof cause.errcode === "number" ? cause.errcode : 0

/** What was thrown, below the errors that were made of it. */
const rootOf = (error: unknown): unknown => {
  let root = error
  for (let depth = 0; depth < 8 && Predicate.hasProperty(root, "cause") && root.cause !== undefined; depth++)
    root = root.cause
  return root
}

/** What SQLite said, with the reason behind its code. */
export const storeError = (error: unknown): StoreError => {
  const cause = rootOf(error)
  if (cause instanceof StoreError) return cause
  return new StoreError({
    reason: REASONS[codeOf(cause) & 0xff] ?? "failed",
    words: cause instanceof Error ? oneLine(cause.message, 200) : "unknown",
  })
}

const attempt = <A>(work: () => A): Effect.Effect<A, StoreError> => Effect.try({ try: work, catch: storeError })

/** Node 22 says once on stderr that its SQLite is experimental; a person who runs a workflow cannot do anything about it. */
const load = Effect.promise(() => import("node:sqlite"))

/**
 * Opens the file, or `:memory:`, for the present scope, and runs the set-up. `alone`: a second opener is refused as busy
 * while this one lives.
 */
export const openSqlite = Effect.fnUntraced(function* (
  file: string,
  setUp: string,
  alone = false,
): Effect.fn.Return<Sqlite, StoreError, Scope.Scope> {
  const { DatabaseSync } = yield* load
  // The time limit goes before the journal's mode: changing it needs a lock.
  const db: DatabaseSync = yield* Effect.acquireRelease(
    attempt(() => new DatabaseSync(file, { timeout: PATIENCE })),
    (open) => Effect.ignore(attempt(() => open.close())),
  )
  const first = alone ? "PRAGMA locking_mode=EXCLUSIVE; " : "" // before anything is read
  const until = (yield* Clock.currentTimeMillis) + PATIENCE
  yield* attempt(() =>
    db.exec(`${first}PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; ${setUp}`),
  ).pipe(
    // While another process makes the same new file, changing the journal's mode is refused at once.
    Effect.retry({
      schedule: AGAIN,
      while: ({ reason }) => Effect.map(Clock.currentTimeMillis, (now) => reason === "busy" && now < until),
    }),
  )
  // As many as there are in this folder's code: nobody makes a statement of values.
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = db.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  return {
    all: (sql, ...values) => attempt(() => prepared(sql).all(...values)),
    run: (sql, ...values) => attempt(() => Number(prepared(sql).run(...values).changes)),
    runAll: (sql, rows) =>
      attempt(() => {
        prepared("BEGIN IMMEDIATE").run()
        try {
          for (const values of rows) prepared(sql).run(...values)
          prepared("COMMIT").run()
        } finally {
          // A commit that failed has left it open, and some failures end it by themselves.
          if (db.isTransaction) prepared("ROLLBACK").run()
        }
      }),
  }
})
