/**
 * node:sqlite as Effects: one connection, statements prepared once, errors by their code. It works in this thread: what
 * runs here must be small, as it is for a record of units.
 */
import { Effect, Predicate, type Scope } from "effect"
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
}

/** How long a process waits for another's write, in milliseconds. */
const PATIENCE = 5000

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

/** What SQLite said, with the reason behind its code. */
export const storeError = (cause: unknown): StoreError => {
  const code = Predicate.hasProperty(cause, "errcode") && typeof cause.errcode === "number" ? cause.errcode & 0xff : -1
  return new StoreError({
    reason: REASONS[code] ?? "failed",
    words: cause instanceof Error ? oneLine(cause.message, 200) : "unknown",
  })
}

const attempt = <A>(work: () => A): Effect.Effect<A, StoreError> => Effect.try({ try: work, catch: storeError })

/** Node 22 says once on stderr that its SQLite is experimental; a person who runs a workflow cannot do anything about it. */
const load = Effect.promise(() => import("node:sqlite"))

/** Opens the file, or `:memory:`, for the present scope, and runs the set-up. */
export const openSqlite = Effect.fnUntraced(function* (
  file: string,
  setUp: string,
): Effect.fn.Return<Sqlite, StoreError, Scope.Scope> {
  const { DatabaseSync } = yield* load
  // The time limit goes before the journal's mode: changing it needs a lock.
  const db: DatabaseSync = yield* Effect.acquireRelease(
    attempt(() => new DatabaseSync(file, { timeout: PATIENCE })),
    (open) => Effect.ignore(attempt(() => open.close())),
  )
  yield* attempt(() => db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; ${setUp}`))
  const statements = new Map<string, StatementSync>()
  const prepared = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? db.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  return {
    all: (sql, ...values) => attempt(() => prepared(sql).all(...values)),
    run: (sql, ...values) => attempt(() => Number(prepared(sql).run(...values).changes)),
  }
})
