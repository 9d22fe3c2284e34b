/**
 * Which version a key-value engine is. Vault says so by `sys/internal/ui/mounts`, which every token may ask that has any
 * right below the mount, but Vault does not promise that for ever, and a policy may deny it. Then what is asked for is
 * read or listed as in version 2 and then as in version 1, and the shape of the answer tells. Nothing is ever found out
 * by writing: in the way of the wrong version that would put the secret where nobody looks for it.
 */
import { Cache, Effect, Option, type Schema } from "effect"
import { Vault } from "../Vault.ts"
import { mountParts } from "../VaultAddress.ts"
import { VaultError } from "../VaultError.ts"
import { VaultHttp } from "../VaultHttp.ts"
import type { VaultToken } from "../VaultModel.ts"
import { decodeReply } from "../VaultWire.ts"
import type { KvEngine, KvPlace } from "./KvModel.ts"
import { KvMountUnknown, KvVersionUnknown, KvWrongEngine } from "./KvReason.ts"
import { listCall, readCall } from "./KvRequests.ts"
import { ListWire, PlainWire, VersionedWire } from "./KvWire.ts"

/** Mounts that are remembered. */
const MOST = 64
/** An operator may upgrade an engine, or mount another in its place. */
const REMEMBERED = "5 minutes"

/** `kv` is both versions; `generic` is what version 1 was called, and the cubbyhole is one for each token. */
const PLAIN = new Set(["generic", "cubbyhole"])

/** What is going to be asked of the engine. */
export type KvUse = "read" | "list" | "write"

/** The engine's version, for a request about `place`. What is found is remembered for every token: it is the mount's. */
export type EngineOf = (token: VaultToken, place: KvPlace, use: KvUse) => Effect.Effect<KvEngine, VaultError>

export const makeEngines = Effect.gen(function* () {
  const vault = yield* Vault
  const http = yield* VaultHttp
  const known = yield* Cache.make<string, KvEngine>({
    capacity: MOST,
    timeToLive: REMEMBERED,
    lookup: () => Effect.die(new Error("an engine's version is looked up with a token and put here")),
  })

  const told = Effect.fnUntraced(function* (token: VaultToken, mount: string) {
    const info = yield* vault.mount(token, mount)
    const found = info.path === undefined ? mount : mountParts(info.path).join("/")
    if (found !== mount) return yield* new VaultError({ reason: new KvMountUnknown({ mount, found }) })
    if (PLAIN.has(info.type)) return 1
    if (info.type !== "kv") return yield* new VaultError({ reason: new KvWrongEngine({ mount, type: info.type }) })
    return info.version === "2" ? 2 : 1
  })

  /** Whether there is an answer in the way of `engine`. What is missing or denied there tells nothing. */
  const answers = (token: VaultToken, place: KvPlace, engine: KvEngine, list: boolean) => {
    const call = list ? listCall(engine, place) : readCall(engine, place)
    const shape = list ? ListWire : engine === 2 ? VersionedWire : PlainWire
    return http.request(token, call).pipe(
      Effect.flatMap((reply) => decodeReply<Schema.ConstraintDecoder<unknown>>(shape, reply, call.path.join("/"))),
      Effect.as("yes" as const),
      Effect.catchReasons("VaultError", {
        NotFound: () => Effect.succeed("no" as const),
        Malformed: () => Effect.succeed("no" as const),
        PermissionMissing: (_, error) => Effect.succeed(error),
      }),
    )
  }

  /** By the shape of an answer; `undefined` when there is none to look at. */
  const shown = Effect.fnUntraced(function* (token: VaultToken, place: KvPlace, use: KvUse) {
    const list = use === "list"
    const versioned = yield* answers(token, place, 2, list)
    if (versioned === "yes") return 2
    // Version 2 has nothing outside of its own rooms, so whatever is there is version 1's.
    const plain = yield* answers(token, place, 1, list)
    if (plain === "yes") return 1
    return versioned === "no" || plain === "no" ? undefined : yield* versioned
  })

  return Effect.fn("Kv.engine")(function* (token, place, use) {
    const mount = mountParts(place.mount).join("/")
    const before = yield* Cache.getSuccess(known, mount)
    if (Option.isSome(before)) return before.value
    const guess = () => shown(token, place, use)
    const found = yield* Effect.catchReasons(told(token, mount), "VaultError", {
      PermissionMissing: guess,
      NotFound: guess,
    })
    if (found !== undefined) {
      yield* Cache.set(known, mount, found)
      return found
    }
    // A read that finds nothing may say so. A write needs to know, and a list would call a full engine empty.
    return use === "read" ? 2 : yield* new VaultError({ reason: new KvVersionUnknown({ mount }) })
  }) satisfies EngineOf
})
