/**
 * node:sqlite as Effects: one connection, statements prepared once, errors by their code. It works in this thread: what
 * runs here must be small, as it is for a record of units. The one place where a database is opened.
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

/** An open database as node:sqlite has it, with the statements it has prepared. */
export interface Opened {
  readonly db: DatabaseSync
  readonly prepared: (sql: string) => StatementSync
}

/** Prepared statements that are kept; the one made first goes beyond that. */
const MOST_STATEMENTS = 100

/** How long a process waits for another's write, in milliseconds. */
const PATIENCE = 5000

/** Why SQLite refused, as far as anybody acts on it. */
export type Refusal = StoreError["reason"] | "constraint"

/** The primary result code is the last byte of the extended one (sqlite.org/rescode.html). */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  3: "denied", // SQLITE_PERM
  5: "busy",
  6: "busy", // SQLITE_LOCKED
  8: "denied", // SQLITE_READONLY
  10: "failed", // SQLITE_IOERR
  11: "corrupt",
  13: "full",
  14: "denied", // SQLITE_CANTOPEN
  19: "constraint",
  26: "corrupt", // SQLITE_NOTADB
}

/** The extended result code of what node:sqlite threw; `undefined` when it is not SQLite's. */
export const codeOf = (cause: unknown): number | undefined =>
  Predicate.hasProperty(cause, "errcode") && typeof cause.errcode === "number" ? cause.errcode : undefined

/** The reason behind a result code. */
export const refusalOf = (code: number | undefined): Refusal => REFUSALS[(code ?? -1) & 0xff] ?? "failed"

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
  const reason = refusalOf(codeOf(cause))
  return new StoreError({
    reason: reason === "constraint" ? "failed" : reason,
    words: cause instanceof Error ? oneLine(cause.message, 200) : "unknown",
  })
}

const attempt = <A>(work: () => A): Effect.Effect<A, StoreError> => Effect.try({ try: work, catch: storeError })

/** Node 22 says once on stderr that its SQLite is experimental; a person who runs a workflow cannot do anything about it. */
const load = Effect.promise(() => import("node:sqlite"))

/** Opens the file, or `:memory:`, for the present scope, and runs the set-up; `first` goes before anything is read. */
export const openDatabase = Effect.fnUntraced(function* (
  file: string,
  setUp = "",
  first = "",
): Effect.fn.Return<Opened, StoreError, Scope.Scope> {
  const { DatabaseSync } = yield* load
  // The time limit goes before the journal's mode: changing it needs a lock.
  const db: DatabaseSync = yield* Effect.acquireRelease(
    attempt(() => new DatabaseSync(file, { timeout: PATIENCE })),
    (open) => Effect.ignore(attempt(() => open.close())),
  )
  yield* attempt(() =>
    db.exec(`${first} PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; ${setUp}`),
  )
  const statements = new Map<string, StatementSync>()
  return {
    db,
    prepared: (sql) => {
      const known = statements.get(sql)
      if (known !== undefined) return known
      const statement = db.prepare(sql)
      statements.set(sql, statement)
      const [oldest] = statements.keys()
      if (statements.size > MOST_STATEMENTS && oldest !== undefined) statements.delete(oldest)
      return statement
    },
  }
})

/** The database for a caller that writes its own SQL. */
export const openSqlite = Effect.fnUntraced(function* (
  file: string,
  setUp: string,
): Effect.fn.Return<Sqlite, StoreError, Scope.Scope> {
  const { prepared } = yield* openDatabase(file, setUp)
  return {
    all: (sql, ...values) => attempt(() => prepared(sql).all(...values)),
    run: (sql, ...values) => attempt(() => Number(prepared(sql).run(...values).changes)),
  }
})
