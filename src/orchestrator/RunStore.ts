/**
 * The record of workflow runs: `runs` and `units` in one SQLite file of the state directory, read by any process while a
 * run goes on. A run has one owner at a time; taking it over is one conditional update, so that of two processes that try
 * to resume it one is refused. Nothing secret comes here: the caller has redacted it.
 */
import { join } from "node:path"
import { Clock, Context, Effect, FileSystem, Layer, Option, Schema } from "effect"
import { Owner } from "../journal/JournalModel.ts"
import { makeProcesses } from "../journal/Owner.ts"
import { bounded, LONGEST_RESULT } from "./Bounded.ts"
import { type EngineFiles, makeEngineFiles } from "./EngineFiles.ts"
import type { Run, RunState, Unit, UnitState } from "./RunModel.ts"
import { openSqlite, type Row } from "./Sqlite.ts"
import { RunRefused, StoreError } from "./WorkflowError.ts"

/** Below the state directory. */
const FOLDER = "workflows"
const FILE = "runs.db"

const TABLES = `
CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, place TEXT NOT NULL, plan TEXT NOT NULL, plan_hash TEXT NOT NULL,
  state TEXT NOT NULL, owner TEXT NOT NULL, cancel INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER NOT NULL, ended_at INTEGER) STRICT;
CREATE INDEX IF NOT EXISTS runs_started ON runs (started_at);
CREATE TABLE IF NOT EXISTS units (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, key TEXT NOT NULL, step TEXT NOT NULL,
  agent TEXT NOT NULL, tool TEXT NOT NULL, writes INTEGER NOT NULL, account TEXT, region TEXT, item TEXT,
  state TEXT NOT NULL, attempt INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER,
  result TEXT, cut INTEGER NOT NULL DEFAULT 0, what TEXT, PRIMARY KEY (run, key)) STRICT, WITHOUT ROWID;`

const PUT_UNIT = `INSERT OR REPLACE INTO units
  (run, key, step, agent, tool, writes, account, region, item, state, attempt, started_at, ended_at, result, cut, what)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)
const number = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined)
const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))
const json = (value: unknown): Schema.Json | undefined => Option.getOrUndefined(decodeJson(value))
const asText = (value: Schema.Json | undefined): string | null => (value === undefined ? null : JSON.stringify(value))
const ownerOf = Schema.decodeUnknownOption(Schema.fromJsonString(Owner))

const unitOf = (row: Row): Unit => ({
  run: text(row["run"]) ?? "",
  key: text(row["key"]) ?? "",
  step: text(row["step"]) ?? "",
  agent: text(row["agent"]) ?? "",
  tool: text(row["tool"]) ?? "",
  writes: row["writes"] !== 0,
  account: text(row["account"]),
  region: text(row["region"]),
  item: json(row["item"]),
  state: (text(row["state"]) ?? "unknown") as UnitState, // written by us alone; another version's word is shown as it is
  attempt: number(row["attempt"]) ?? 0,
  startedAt: number(row["started_at"]),
  endedAt: number(row["ended_at"]),
  result: json(row["result"]),
  cut: row["cut"] === 1,
  what: text(row["what"]),
})

/** A result as it is kept, and whether that is not all of it. */
const keptOf = ({ cut, result }: Unit): readonly [string | null, boolean] => {
  const whole = asText(result)
  return whole === null || whole.length <= LONGEST_RESULT ? [whole, cut] : [asText(bounded(result).value), true]
}

const rowOf = (unit: Unit) => {
  const [result, cut] = keptOf(unit)
  return [
    unit.run,
    unit.key,
    unit.step,
    unit.agent,
    unit.tool,
    unit.writes ? 1 : 0,
    unit.account ?? null,
    unit.region ?? null,
    asText(unit.item),
    unit.state,
    unit.attempt,
    unit.startedAt ?? null,
    unit.endedAt ?? null,
    result,
    cut ? 1 : 0,
    unit.what ?? null,
  ]
}

/** What is told of a run that begins. */
export type NewRun = Pick<Run, "id" | "name" | "place" | "plan" | "planHash">

export class RunStore extends Context.Service<
  RunStore,
  {
    /** A run begins, owned by this process. */
    readonly create: (run: NewRun) => Effect.Effect<void, StoreError>
    /** Takes a run over that nobody runs any more. */
    readonly claim: (id: string) => Effect.Effect<void, StoreError | RunRefused>
    /** The run, as it stands now. */
    readonly get: (id: string) => Effect.Effect<Run | undefined, StoreError>
    /** Runs, the newest first. */
    readonly list: (limit: number) => Effect.Effect<ReadonlyArray<Run>, StoreError>
    readonly units: (run: string) => Effect.Effect<ReadonlyArray<Unit>, StoreError>
    /** Writes units as they are now, all of them or none. */
    readonly put: (units: ReadonlyArray<Unit>) => Effect.Effect<void, StoreError>
    readonly finish: (id: string, state: RunState) => Effect.Effect<void, StoreError>
    /** Asks whoever runs it to cancel it; whether it was running. */
    readonly askCancel: (id: string) => Effect.Effect<boolean, StoreError>
    readonly cancelAsked: (id: string) => Effect.Effect<boolean, StoreError>
    /** Forgets the oldest runs beyond so many, none that is running, and every engine's file nobody needs. How many. */
    readonly prune: (keep: number) => Effect.Effect<number, StoreError>
    /** The files of the runs' engines; only the owner of a run may open its own. `undefined`: nothing goes to disk. */
    readonly engines: EngineFiles | undefined
  }
>()("vault-aws-mcp/orchestrator/RunStore") {
  /** In the state directory; in memory without one. */
  static readonly layer = (stateDir: string | undefined) =>
    Layer.effect(
      RunStore,
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        if (stateDir !== undefined)
          yield* files
            .makeDirectory(join(stateDir, FOLDER), { recursive: true, mode: 0o700 })
            .pipe(Effect.mapError(({ reason }) => new StoreError({ reason: "denied", words: reason._tag })))
        const file = stateDir === undefined ? ":memory:" : join(stateDir, FOLDER, FILE)
        const db = yield* openSqlite(file, TABLES)
        // Arguments and results are nobody else's business.
        if (stateDir !== undefined) yield* Effect.ignore(files.chmod(file, 0o600))
        const engines = stateDir === undefined ? undefined : yield* makeEngineFiles(join(stateDir, FOLDER))
        const processes = yield* makeProcesses
        const me = JSON.stringify(processes.self)

        const lifeOf = Effect.fnUntraced(function* (owner: unknown) {
          const known = ownerOf(owner)
          return Option.isNone(known) ? "unknown" : yield* processes.lifeOf(known.value)
        })

        const runOf = Effect.fnUntraced(function* (row: Row): Effect.fn.Return<Run, StoreError> {
          const id = text(row["id"]) ?? ""
          const counts = yield* db.all("SELECT state, count(*) AS n FROM units WHERE run = ? GROUP BY state", id)
          const written = (text(row["state"]) ?? "failed") as RunState // as above
          return {
            id,
            name: text(row["name"]) ?? "",
            place: text(row["place"]) ?? "",
            plan: json(row["plan"]) ?? null,
            planHash: text(row["plan_hash"]) ?? "",
            state: written === "running" && (yield* lifeOf(row["owner"])) === "dead" ? "crashed" : written,
            startedAt: number(row["started_at"]) ?? 0,
            endedAt: number(row["ended_at"]),
            units: Object.fromEntries(counts.map((one) => [text(one["state"]) ?? "", number(one["n"]) ?? 0])),
          }
        })

        return RunStore.of({
          create: Effect.fnUntraced(function* (run) {
            yield* db.run(
              "INSERT INTO runs (id, name, place, plan, plan_hash, state, owner, started_at) VALUES (?, ?, ?, ?, ?, 'running', ?, ?)",
              run.id,
              run.name,
              run.place,
              JSON.stringify(run.plan),
              run.planHash,
              me,
              yield* Clock.currentTimeMillis,
            )
          }),
          claim: Effect.fnUntraced(function* (id) {
            const [row] = yield* db.all("SELECT state, owner FROM runs WHERE id = ?", id)
            if (row === undefined) return yield* new RunRefused({ what: `There is no run ${id}.` })
            const owner = text(row["owner"]) ?? ""
            if (row["state"] === "running") {
              const life = yield* lifeOf(owner)
              if (life !== "dead")
                return yield* new RunRefused({
                  what:
                    life === "alive"
                      ? `The run ${id} is going on in another process; \`workflow show ${id}\` tells how far it is.`
                      : `The run ${id} belongs to a process on another host or in another container, which cannot be seen from here.`,
                })
            }
            const taken = yield* db.run(
              "UPDATE runs SET state = 'running', owner = ?, cancel = 0, ended_at = NULL WHERE id = ? AND state = ? AND owner = ?",
              me,
              id,
              text(row["state"]) ?? "",
              owner,
            )
            if (taken === 0) return yield* new RunRefused({ what: `Another process has just resumed the run ${id}.` })
            // Rows of what never began say why; this time it may be otherwise.
            yield* db.run("DELETE FROM units WHERE run = ? AND attempt = 0", id)
          }),
          get: Effect.fnUntraced(function* (id) {
            const [row] = yield* db.all("SELECT * FROM runs WHERE id = ?", id)
            return row === undefined ? undefined : yield* runOf(row)
          }),
          list: Effect.fnUntraced(function* (limit) {
            const rows = yield* db.all("SELECT * FROM runs ORDER BY started_at DESC, id LIMIT ?", limit)
            return yield* Effect.forEach(rows, runOf)
          }),
          units: (run) =>
            Effect.map(db.all("SELECT * FROM units WHERE run = ? ORDER BY started_at, key", run), (rows) =>
              rows.map(unitOf),
            ),
          put: (units) => db.runAll(PUT_UNIT, units.map(rowOf)),
          finish: Effect.fnUntraced(function* (id, state) {
            yield* db.run(
              "UPDATE runs SET state = ?, ended_at = ? WHERE id = ?",
              state,
              yield* Clock.currentTimeMillis,
              id,
            )
          }),
          askCancel: (id) =>
            Effect.map(db.run("UPDATE runs SET cancel = 1 WHERE id = ? AND state = 'running'", id), (n) => n > 0),
          cancelAsked: (id) =>
            Effect.map(db.all("SELECT cancel FROM runs WHERE id = ?", id), ([row]) => row?.["cancel"] === 1),
          prune: Effect.fnUntraced(function* (keep) {
            const rows = yield* db.all(
              "SELECT id, state, owner FROM runs ORDER BY coalesce(ended_at, started_at) DESC, id LIMIT -1 OFFSET ?",
              keep,
            )
            let gone = 0
            for (const row of rows) {
              if (row["state"] === "running" && (yield* lifeOf(row["owner"])) !== "dead") continue
              // Somebody may have taken it over meanwhile.
              gone += yield* db.run(
                "DELETE FROM runs WHERE id = ? AND state = ? AND owner = ?",
                text(row["id"]) ?? "",
                text(row["state"]) ?? "",
                text(row["owner"]) ?? "",
              )
            }
            // Whoever begins a run writes it down before it makes the file.
            const unfinished = db.all("SELECT id FROM runs WHERE state <> 'succeeded'")
            if (engines !== undefined)
              yield* engines.sweep(Effect.map(unfinished, (all) => new Set(all.map(({ id }) => text(id) ?? ""))))
            return gone
          }),
          engines,
        })
      }),
    )
}
