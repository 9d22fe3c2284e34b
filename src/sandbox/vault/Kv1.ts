/**
 * The key-value engine, version 1, and the cubbyhole, which is the same once per token. An answer has no lease but a
 * lease_duration: how often a reader should look again.
 */
import { Effect, Result } from "effect"
import { type Backend, type Call, type Handler, nothing, route } from "./Backend.ts"
import { parseDuration } from "./Duration.ts"
import { keysBelow, listed } from "./LeaseRoutes.ts"
import { bad, type JsonRecord } from "./Protocol.ts"
import { SYSTEM_TTL } from "./State.ts"

type Store = Map<string, JsonRecord>

/** Seconds after which a reader should read again: the secret's own `ttl`, else the mount's default. */
const refresh = (call: Call, data: JsonRecord): number => {
  const own = parseDuration(data["ttl"] ?? data["lease"])
  return (Result.isSuccess(own) ? own.success : 0) || call.mount.defaultTtl || SYSTEM_TTL
}

const backend = (storeOf: (call: Pick<Call, "token">) => Store, leased: boolean): Backend => {
  const read: Handler = (call) => {
    const data = storeOf(call).get(call.params.text("path"))
    if (data === undefined) return nothing
    return Effect.succeed(
      leased ? { data, lease: { id: "", renewable: false, seconds: refresh(call, data) } } : { data },
    )
  }
  const write: Handler = Effect.fnUntraced(function* (call) {
    if (Object.keys(call.sent).length === 0) return yield* bad("missing data fields")
    storeOf(call).set(call.params.text("path"), call.sent)
    return undefined
  })
  const remove: Handler = (call) =>
    Effect.as(
      Effect.sync(() => storeOf(call).delete(call.params.text("path"))),
      undefined,
    )
  const list: Handler = (call) => Effect.succeed(listed(keysBelow(storeOf(call).keys(), call.params.text("path"))))
  return {
    routes: [
      {
        path: route("(?<path>.*)"),
        arbitrary: true,
        exists: (params, token) => storeOf({ token }).has(params.text("path")),
        on: { read, update: write, delete: remove, list },
      },
    ],
  }
}

/** A new key-value engine of version 1. */
export const kv1 = (): Backend => {
  const store: Store = new Map()
  return backend(() => store, true)
}

/** The cubbyhole: what a token puts there nobody else sees, and it dies with the token. */
export const cubbyhole = (): Backend => {
  const stores = new WeakMap<object, Store>()
  const nobody: Store = new Map()
  return backend(({ token }) => {
    if (token === undefined) return nobody
    const store = stores.get(token) ?? new Map()
    stores.set(token, store)
    return store
  }, false)
}
