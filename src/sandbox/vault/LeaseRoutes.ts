/**
 * `sys/leases/*`: look up, renew, revoke one or many, list. Lease operations go by id and not by owner, as in Vault:
 * whoever has the right may end anybody's lease.
 */
import { DateTime, Effect, Result } from "effect"
import { type Call, type Handler, type Route, route } from "./Backend.ts"
import type { Deps } from "./Deps.ts"
import { bad, type EngineFailure, type JsonRecord, type Reply } from "./Protocol.ts"
import { isWithin, type Lease } from "./State.ts"

const iso = (millis: number): string => DateTime.formatIso(DateTime.makeUnsafe(millis))

/** The words of a revocation the engine refused; the first half is Go's print of an empty answer. */
const failedText = (failure: EngineFailure): string =>
  `failed to revoke entry: resp: (*logical.Response)(nil) err: ${failure.text}`

const described = (lease: Lease, now: number): JsonRecord => ({
  expire_time: iso(lease.expiresAt),
  id: lease.id,
  issue_time: iso(lease.issuedAt),
  last_renewal: lease.renewedAt === undefined ? null : iso(lease.renewedAt),
  // A queued revocation that has failed so far shows like this (transcript iam-user-lost).
  renewable: lease.state === "live" && lease.secret.renewable && !lease.fromBatch,
  ttl: lease.state === "live" ? Math.round((lease.expiresAt - now) / 1000) : -1,
  ...lease.mount.home.server.edition.leaseMembers({
    path: lease.path,
    namespacePath: lease.mount.home.namespace.path,
    revokeError: lease.revokeError,
  }),
})

/** The next path segments below a folder, those with more below them ending in a slash. */
export const keysBelow = (names: Iterable<string>, folder: string): ReadonlyArray<string> => {
  const keys = new Set<string>()
  for (const name of names) {
    if (!name.startsWith(folder)) continue
    const rest = name.slice(folder.length)
    const slash = rest.indexOf("/")
    if (rest !== "") keys.add(slash < 0 ? rest : rest.slice(0, slash + 1))
  }
  return [...keys].sort()
}

/** The answer to a list; without keys it becomes 404. */
export const listed = (keys: ReadonlyArray<string>): Reply | undefined =>
  keys.length === 0 ? undefined : { data: { keys } }

const ACCEPTED: Reply = { status: 202 }

/** The lease endpoints of the system backend, with the older names where the edition still has them. */
export const leaseRoutes = ({ leases, state }: Deps): ReadonlyArray<Route> => {
  const leaseId = (call: Call): string => call.params.text("lease_id") || call.params.text("url_lease_id")
  /** A lease of this namespace or one below it. */
  const leaseOf = (call: Call): Lease | undefined => {
    const lease = state.leases.get(leaseId(call))
    return lease !== undefined && isWithin(lease.mount.home, state) ? lease : undefined
  }

  const lookup: Handler = Effect.fnUntraced(function* (call) {
    if (leaseId(call) === "") return yield* bad("lease_id must be specified")
    const lease = leaseOf(call)
    if (lease === undefined) return yield* bad("invalid lease")
    return { data: described(lease, call.now) }
  })

  const renew: Handler = Effect.fnUntraced(function* (call) {
    if (leaseId(call) === "") return yield* bad("lease_id must be specified")
    return yield* leases.renew(leaseOf(call)?.id ?? "", call.params.number("increment"))
  })

  const revoke: Handler = Effect.fnUntraced(function* (call) {
    if (leaseId(call) === "") return yield* bad("lease_id must be specified")
    const sync = call.params.flag("sync", true)
    const lease = leaseOf(call)
    if (lease === undefined) return sync ? undefined : ACCEPTED
    if (!sync) return yield* Effect.as(leases.queue(lease), ACCEPTED)
    const done = yield* Effect.result(leases.revoke(lease))
    return Result.isFailure(done) ? yield* bad(failedText(done.failure)) : undefined
  })

  const revokePrefix: Handler = Effect.fnUntraced(function* (call) {
    const all = leases.below(state, call.params.text("prefix"))
    if (!call.params.flag("sync", true)) {
      for (const lease of all) yield* leases.queue(lease)
      return ACCEPTED
    }
    for (const [index, lease] of all.entries()) {
      const done = yield* Effect.result(leases.revoke(lease))
      if (Result.isFailure(done)) {
        const where = `failed to revoke "${lease.id}" (${index + 1} / ${all.length})`
        return yield* bad(`${where}: ${failedText(done.failure)}`)
      }
    }
    return undefined
  })

  const revokeForce: Handler = Effect.fnUntraced(function* (call) {
    for (const lease of leases.below(state, call.params.text("prefix"))) {
      yield* Effect.ignore(leases.revoke(lease))
      yield* leases.forget(lease)
    }
    return undefined
  })

  const list: Handler = (call) => {
    const folder = call.params.text("prefix").replace(/\/*$/, "/").replace(/^\//, "")
    const ids = leases.below(state, "").map((lease) => lease.id)
    return Effect.succeed(listed(keysBelow(ids, folder)))
  }

  const one = { lease_id: "text", url_lease_id: "text" } as const
  const prefix = { prefix: "text", sync: "flag" } as const
  const folder = state.server.edition.olderLeasePaths ? "(?:leases/)?" : "leases/"
  return [
    { path: route("leases/lookup"), fields: one, on: { update: lookup } },
    { path: route("leases/lookup/(?<prefix>.*)"), fields: prefix, on: { list } },
    {
      path: route(`${folder}renew(?:/(?<url_lease_id>.+))?`),
      fields: { ...one, increment: "duration" },
      on: { update: renew },
    },
    {
      path: route(`${folder}revoke(?:/(?<url_lease_id>.+))?`),
      fields: { ...one, sync: "flag" },
      on: { update: revoke },
    },
    { path: route(`${folder}revoke-prefix/(?<prefix>.+)`), fields: prefix, on: { update: revokePrefix } },
    { path: route(`${folder}revoke-force/(?<prefix>.+)`), fields: prefix, on: { update: revokeForce } },
  ]
}
