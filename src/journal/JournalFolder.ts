/**
 * The folder of journals, one file a process. Files are replaced whole, so that a reader never meets half of one; what
 * cannot be understood is left as it is, since it may be a newer version's.
 */
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { Effect, FileSystem, Option, Schema } from "effect"
import { JournalFile } from "./JournalModel.ts"

/** Where the journals are below the state directory. */
const FOLDER = "leases"
/** A journal is some kB. */
const MAX_BYTES = 4 * 1024 * 1024
/** Journals that are looked at; more would mean that something else writes there. */
const MOST = 1000
/** A disk that does not answer must not hold up a call. */
const DISK_LIMIT = "2 seconds"

const codec = Schema.fromJsonString(Schema.toCodecJson(JournalFile))
const decode = Schema.decodeUnknownOption(codec)
const encode = Schema.encodeEffect(codec)

/** A journal that was found. `content` is absent when it cannot be understood. */
export interface Found {
  readonly path: string
  readonly content: JournalFile | undefined
}

/** The journals below a state directory. */
export const makeFolder = Effect.fnUntraced(function* (stateDir: string) {
  const files = yield* FileSystem.FileSystem
  const folder = join(stateDir, FOLDER)

  /** Puts the file in place of the one before; its folder is made when it is not there. */
  const write = Effect.fnUntraced(function* (path: string, content: JournalFile) {
    const text = yield* Effect.orDie(encode(content)) // built from the schema's own type
    const beside = `${path}.${randomBytes(4).toString("hex")}.tmp`
    yield* files.makeDirectory(folder, { recursive: true, mode: 0o700 })
    yield* files.writeFileString(beside, text, { flag: "wx", mode: 0o600 }).pipe(
      Effect.andThen(files.rename(beside, path)),
      Effect.onError(() => Effect.ignore(files.remove(beside))),
    )
  }, Effect.timeout(DISK_LIMIT))

  const remove = (path: string) =>
    files.remove(path, { force: true }).pipe(Effect.timeout(DISK_LIMIT), Effect.ignore({ log: "Debug" }))

  const read = Effect.fnUntraced(function* (path: string) {
    const { size, type } = yield* files.stat(path)
    if (type !== "File" || size > MAX_BYTES) return { path, content: undefined }
    return { path, content: Option.getOrUndefined(decode(yield* files.readFileString(path))) } satisfies Found
  })

  /** Every journal that is there; one that vanishes while it is read was another's to remove. */
  const list: Effect.Effect<ReadonlyArray<Found>> = files.readDirectory(folder).pipe(
    Effect.orElseSucceed((): ReadonlyArray<string> => []),
    Effect.map((names) => names.filter((name) => name.endsWith(".json")).slice(0, MOST)),
    Effect.flatMap((names) => Effect.forEach(names, (name) => Effect.option(read(join(folder, name))))),
    Effect.map((found) => found.flatMap((one) => (Option.isSome(one) ? [one.value] : []))),
    Effect.timeoutOrElse({ duration: DISK_LIMIT, orElse: () => Effect.succeed([]) }),
  )

  return { pathOf: (name: string) => join(folder, `${name}.json`), write, remove, list }
})
