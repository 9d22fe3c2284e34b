/** The operator's file of servers: read when it is first needed, from the path that was given and from nowhere else. */
import { dirname, resolve } from "node:path"
import { Effect, FileSystem, Result } from "effect"
import { FleetError, ConfigBad } from "./FleetError.ts"
import { type ServerSpec, serversOf } from "./ServerSpec.ts"

/** Such a file is some kB. */
const MAX_BYTES = 1024 * 1024
const DISK_LIMIT = "5 seconds"
/** Who may write the file decides which programs are started. */
const OTHERS_MAY_WRITE = 0o002

/** The servers that the file names, or why there are none. */
export const readFleetFile = Effect.fn("FleetFile.read")(
  function* (file: string): Effect.fn.Return<ReadonlyArray<ServerSpec>, FleetError, FileSystem.FileSystem> {
    const files = yield* FileSystem.FileSystem
    const path = resolve(file)
    const bad = (...problems: ReadonlyArray<string>) => new FleetError({ reason: new ConfigBad({ path, problems }) })
    const { mode, size, type } = yield* Effect.mapError(files.stat(path), ({ reason }) =>
      bad(`it cannot be read (${reason._tag})`),
    )
    if (type !== "File") return yield* bad("it is not a file")
    if (size > MAX_BYTES) return yield* bad("it is larger than 1 MiB")
    if ((mode & OTHERS_MAY_WRITE) !== 0)
      return yield* bad(`every user may write it, and so decide what is started; chmod o-w ${path}`)
    const text = yield* Effect.mapError(files.readFileString(path), ({ reason }) =>
      bad(`it cannot be read (${reason._tag})`),
    )
    const content = yield* Effect.try({
      try: (): unknown => JSON.parse(text.replace(/^\uFEFF/, "")),
      catch: () => bad("it is not JSON (comments and trailing commas are not taken)"),
    })
    const servers = serversOf(content, dirname(path))
    return Result.isSuccess(servers) ? servers.success : yield* bad(...servers.failure)
  },
  (work, file) =>
    Effect.timeoutOrElse(work, {
      duration: DISK_LIMIT,
      orElse: () => {
        const reason = new ConfigBad({ path: resolve(file), problems: ["the disk does not answer"] })
        return Effect.fail(new FleetError({ reason }))
      },
    }),
)
