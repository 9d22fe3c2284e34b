/**
 * What each server's tools were when they were approved. The first list of a server is taken as approved; whatever
 * differs from it later stays out of use until it is approved by name. Kept in the state directory, so that a server
 * cannot change between two processes either; without one (the sandbox) for the life of this process.
 */
import { randomBytes } from "node:crypto"
import { dirname, join } from "node:path"
import { Effect, FileSystem, Schema, Semaphore } from "effect"
import { FleetError, PinsUnreadable } from "./FleetError.ts"
import type { ForeignTool } from "./ForeignTool.ts"

/** How a tool stands to what was approved. */
export type Standing = "known" | "changed" | "new"

/** Below the state directory. */
const FILE = join("mcp", "pins.json")
const MAX_BYTES = 8 * 1024 * 1024
/** A disk that does not answer must not hold up a call. */
const DISK_LIMIT = "2 seconds"

const Print = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))
const PinFile = Schema.Struct({
  version: Schema.Literal(1),
  /** server → tool → fingerprint; a list of pairs, as names are a stranger's. */
  servers: Schema.Array(
    Schema.Struct({
      server: Schema.String,
      tools: Schema.Array(Schema.Struct({ tool: Schema.String, fingerprint: Print })),
    }),
  ),
})
const codec = Schema.fromJsonString(PinFile)
const decode = Schema.decodeUnknownEffect(codec)
const encode = Schema.encodeEffect(codec)

type Pinned = Map<string, Map<string, string>>

/** The record of what is approved. */
export interface Pins {
  /** How each of the server's tools stands; approves all of them when none ever was. */
  readonly standing: (
    server: string,
    tools: ReadonlyArray<ForeignTool>,
  ) => Effect.Effect<(tool: ForeignTool) => Standing, FleetError>
  /** Approves the tool as it is now. */
  readonly approve: (server: string, tool: ForeignTool) => Effect.Effect<void, FleetError>
}

export const makePins = Effect.fnUntraced(function* (stateDir: string | undefined) {
  const files = yield* FileSystem.FileSystem
  const one = yield* Semaphore.make(1)
  const path = stateDir === undefined ? undefined : join(stateDir, FILE)
  const memory: Pinned = new Map()
  let complained = false

  /** What is on disk; nothing when there is no file. Anything else is told: an unread record would approve everything. */
  const load = Effect.fnUntraced(function* (from: string) {
    const bad = (why: string) => new FleetError({ reason: new PinsUnreadable({ path: from, why }) })
    const found = yield* files.stat(from).pipe(
      Effect.map((info) => info.size),
      Effect.catchReason("PlatformError", "NotFound", () => Effect.succeed(undefined)),
      Effect.mapError(({ reason }) => bad(reason._tag)),
    )
    if (found === undefined) return
    if (found > MAX_BYTES) return yield* bad("it is larger than 8 MiB")
    const text = yield* Effect.mapError(files.readFileString(from), ({ reason }) => bad(reason._tag))
    const { servers } = yield* Effect.mapError(decode(text), () => bad("it is not what this program writes"))
    for (const { server, tools } of servers)
      memory.set(server, new Map(tools.map(({ fingerprint, tool }) => [tool, fingerprint])))
  })

  const save = Effect.fnUntraced(function* (to: string) {
    const servers = [...memory].map(([server, tools]) => ({
      server,
      tools: [...tools].map(([tool, fingerprint]) => ({ tool, fingerprint })),
    }))
    const text = yield* Effect.orDie(encode({ version: 1, servers })) // built from the schema's own type
    const beside = `${to}.${randomBytes(4).toString("hex")}.tmp`
    yield* files.makeDirectory(dirname(to), { recursive: true, mode: 0o700 })
    yield* files.writeFileString(beside, text, { flag: "wx", mode: 0o600 }).pipe(
      Effect.andThen(files.rename(beside, to)),
      Effect.onError(() => Effect.ignore(files.remove(beside))),
    )
  })

  /** Read anew each time, so that another process's approvals count here and are not lost by ours. */
  const refresh =
    path === undefined
      ? Effect.void
      : Effect.timeoutOrElse(load(path), {
          duration: DISK_LIMIT,
          orElse: () =>
            Effect.fail(new FleetError({ reason: new PinsUnreadable({ path, why: "the disk does not answer" }) })),
        })

  const keep =
    path === undefined
      ? Effect.void
      : save(path).pipe(
          Effect.timeout(DISK_LIMIT),
          Effect.catch((error) =>
            Effect.suspend(() => {
              if (complained) return Effect.void
              complained = true
              return Effect.logWarning(
                `what is approved of other servers' tools cannot be written to ${path} (${error.message}); a change is noticed in this process alone. Check VAULT_AWS_MCP_STATE_DIR.`,
              )
            }),
          ),
        )

  const standing: Pins["standing"] = Effect.fnUntraced(function* (server, tools) {
    yield* refresh
    if (!memory.has(server) && tools.length > 0) {
      memory.set(server, new Map(tools.map(({ fingerprint, name }) => [name, fingerprint])))
      yield* keep
    }
    const pinned = new Map(memory.get(server) ?? [])
    return ({ fingerprint, name }: ForeignTool): Standing => {
      const before = pinned.get(name)
      return before === undefined ? "new" : before === fingerprint ? "known" : "changed"
    }
  }, Semaphore.withPermit(one))

  const approve: Pins["approve"] = Effect.fnUntraced(function* (server, { fingerprint, name }) {
    yield* refresh
    memory.set(server, new Map(memory.get(server) ?? []).set(name, fingerprint))
    yield* keep
  }, Semaphore.withPermit(one))

  return { standing, approve } satisfies Pins
})
