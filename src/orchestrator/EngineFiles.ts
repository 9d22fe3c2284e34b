/**
 * Where the engine of a recorded run keeps its state: one file for each run, beside the record. What of it is there, and
 * what may go, the record decides.
 */
import { join } from "node:path"
import { Effect, FileSystem, type PlatformError } from "effect"
import { StoreError } from "./WorkflowError.ts"

/** Below the folder of the record. */
const FOLDER = "engine"
/** What SQLite puts beside a file of its own. */
const BESIDE = ["", "-wal", "-shm", "-journal"]

const NAME = /^([\w-]+)\.db(?:-wal|-shm|-journal)?$/

export interface EngineFiles {
  /** The file of the run: as it is, or a new one that nobody else may read. */
  readonly make: (run: string) => Effect.Effect<string, StoreError>
  /** Takes it away, with what is beside it. */
  readonly remove: (run: string) => Effect.Effect<void>
  /** Takes away what belongs to no run of `kept`, which is asked for after the folder was read. */
  readonly sweep: (kept: Effect.Effect<ReadonlySet<string>, StoreError>) => Effect.Effect<void, StoreError>
}

const refused = ({ reason }: PlatformError.PlatformError) => new StoreError({ reason: "denied", words: reason._tag })

/** Those of the runs whose record is in `folder`; nothing is touched before it is asked for. */
export const makeEngineFiles = Effect.fnUntraced(function* (folder: string) {
  const files = yield* FileSystem.FileSystem
  const home = join(folder, FOLDER)
  const pathOf = (run: string) => join(home, `${run}.db`)
  const remove = (run: string) =>
    Effect.forEach(BESIDE, (more) => Effect.ignore(files.remove(`${pathOf(run)}${more}`, { force: true })), {
      discard: true,
    })
  return {
    make: Effect.fnUntraced(function* (run: string) {
      yield* files.makeDirectory(home, { recursive: true, mode: 0o700 })
      // An empty file is an empty database, and what SQLite puts beside it has its mode.
      yield* files.writeFileString(pathOf(run), "", { flag: "a", mode: 0o600 })
      return pathOf(run)
    }, Effect.mapError(refused)),
    remove,
    sweep: Effect.fnUntraced(function* (kept) {
      const found = yield* Effect.orElseSucceed(files.readDirectory(home), (): ReadonlyArray<string> => [])
      if (found.length === 0) return
      const runs = yield* kept
      const gone = new Set(found.flatMap((name) => NAME.exec(name)?.[1] ?? []).filter((run) => !runs.has(run)))
      yield* Effect.forEach(gone, remove, { discard: true })
    }),
  } satisfies EngineFiles
})
