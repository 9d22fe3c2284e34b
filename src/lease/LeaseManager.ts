/**
 * Owns every lease of the process: issues, keeps fresh while in use, gives back when asked and when the process ends.
 * Nobody else renews or revokes. One entry per target; one request at a time per entry, whoever waits for it.
 */
import { Context, Deferred, Duration, Effect, FiberMap, FiberSet, Layer } from "effect"
import { AppConfig } from "../config/AppConfig.ts"
import { Journal } from "../journal/Journal.ts"
import { Vault } from "../vault/Vault.ts"
import { VaultAuth } from "../vault/VaultAuth.ts"
import { now } from "./Age.ts"
import { type Entry, inUse, makeEntry, nextRefreshOf } from "./Entry.ts"
import { revocationOf } from "./GiveBack.ts"
import { type Held, isSame, mayBeGoneAt, noteDown, remainingAt, shown, usableAt } from "./Held.ts"
import { forget, makeIssue } from "./Issue.ts"
import type { LeaseError } from "./LeaseError.ts"
import type { ActiveLease, LeaseStatus, LeaseTarget, Revocation, ShownLease } from "./LeaseModel.ts"
import { cleanUp } from "./Leftovers.ts"
import { makeOutgoing } from "./Outgoing.ts"
import { targetKey } from "./Target.ts"
import { replaceWhileItLasts, upkeep, type UpkeepActions } from "./Upkeep.ts"

export class LeaseManager extends Context.Service<
  LeaseManager,
  {
    /** The lease to sign with now: acquired on first use, one request however many callers, replaced when too near its end. */
    readonly lease: (target: LeaseTarget) => Effect.Effect<ActiveLease, LeaseError>
    /** AWS refused this lease's credentials as expired: the one that replaces it. Asks Vault once however many callers. */
    readonly rejected: (lease: ActiveLease) => Effect.Effect<ActiveLease, LeaseError>
    /** Replaces the entry's lease now; the TTL given holds until the next refresh. On failure the old lease stays. */
    readonly refresh: (target: LeaseTarget, ttl?: Duration.Duration) => Effect.Effect<ActiveLease, LeaseError>
    /** Gives back all leases of the principal; its next call leases anew. */
    readonly revoke: (principal: string) => Effect.Effect<ReadonlyArray<Revocation>>
    /** The leases that are held, without their credentials. */
    readonly status: Effect.Effect<ReadonlyArray<LeaseStatus>>
    /** Leases that were given back and that Vault has only promised to close. */
    readonly queued: Effect.Effect<ReadonlyArray<ShownLease>>
  }
>()("vault-aws-mcp/lease/LeaseManager") {
  static readonly layer = Layer.effect(
    LeaseManager,
    Effect.gen(function* () {
      const config = yield* AppConfig
      const vault = yield* Vault
      const auth = yield* VaultAuth
      const journal = yield* Journal
      const context = yield* Effect.context<AppConfig | Vault | Journal>()
      const issue = yield* makeIssue
      const entries = new Map<string, Entry>()
      const outgoing = yield* makeOutgoing(() => [...entries.values()].flatMap((entry) => entry.held ?? []))
      const requests = yield* FiberSet.make<unknown, unknown>()
      const keepers = yield* FiberMap.make<string>()
      // In the layer's context, not in that of a call: a fiber keeps its span, and a span what the call was answered with.
      const runKeeper = yield* FiberMap.runtime(keepers)()
      const cleaners = yield* FiberSet.make()
      // A command that is done at once leaves a moment for it: half of the last one, the rest is for what is our own.
      yield* Effect.addFinalizer(() =>
        Effect.flatMap(auth.lastMoment, (left) =>
          Effect.ignore(Effect.timeout(FiberSet.awaitEmpty(cleaners), Duration.times(left, 1 / 2))),
        ),
      )

      const entryOf = Effect.fnUntraced(function* (target: LeaseTarget) {
        const key = targetKey(target)
        const at = yield* now
        const entry = entries.get(key) ?? makeEntry(key, target, at)
        entries.set(key, entry)
        entry.lastUsed = at
        return entry
      })

      /** Waits for the end of a lease that nothing keeps fresh any more, and forgets it then. */
      const dropWhenOver = Effect.fnUntraced(function* (entry: Entry) {
        for (;;) {
          const held = entry.held
          if (held === undefined) return
          const remaining = remainingAt(held, yield* now)
          if (remaining === 0) {
            entry.held = undefined
            return yield* forget(held)
          }
          yield* Effect.sleep(Duration.millis(remaining))
        }
      })

      /**
       * What the end of the token means for the lease that hangs on it. A dead token took its leases with it; of one
       * that will not live on they move away in time; with a Vault that is silent what there is goes on working.
       */
      const follow = Effect.fnUntraced(function* (entry: Entry, held: Held) {
        const ended = yield* held.session.ended
        if (ended === "lapsed") return yield* Effect.never
        if (ended === "dead") {
          if (isSame(entry.held, held)) entry.held = undefined
          yield* forget(held)
        }
        if (config.autoRenew && inUse(entry, yield* now)) return yield* replaceWhileItLasts(actions, entry, held)
        if (!isSame(entry.held, held)) return
        entry.held = undefined
        yield* outgoing.retire(held)
      })

      const keep = (entry: Entry, held: Held): Effect.Effect<void> => {
        const fresh = config.autoRenew ? upkeep(actions, entry, held) : Effect.void
        const life = Effect.raceFirst(Effect.andThen(fresh, dropWhenOver(entry)), follow(entry, held))
        return Effect.sync(() => void runKeeper(entry.key, life))
      }

      /** Once, when there is a token to do it with: a start asks nobody for anything. */
      let cleaned = false
      const cleanOnce = Effect.fnUntraced(function* ({ session }: Held) {
        if (cleaned) return
        cleaned = true
        yield* FiberSet.run(cleaners, Effect.provideContext(cleanUp(session.token), context))
      })

      const install = Effect.fnUntraced(function* (entry: Entry, held: Held) {
        const old = entry.held
        entry.held = held
        if (old !== undefined) yield* outgoing.retire(old)
        yield* keep(entry, held)
        yield* cleanOnce(held)
      })

      /** The request is the manager's, not the caller's: a caller who gives up neither ends it for others nor loses its lease. */
      const replace = (entry: Entry): Effect.Effect<Held, LeaseError> =>
        Effect.suspend(() => {
          if (entry.issuing !== undefined) return Deferred.await(entry.issuing)
          const issuing = Deferred.makeUnsafe<Held, LeaseError>()
          entry.issuing = issuing
          const request = issue(entry.target, entry.ttl).pipe(
            Effect.tap((held) => install(entry, held)),
            Effect.onExit((exit) =>
              Effect.sync(() => {
                entry.issuing = undefined
                Deferred.doneUnsafe(issuing, exit)
              }),
            ),
          )
          return Effect.andThen(FiberSet.run(requests, request), Deferred.await(issuing))
        })

      const actions: UpkeepActions = {
        vault,
        replace,
        renewed: (held) => noteDown(journal, held),
      }

      const lease = Effect.fnUntraced(function* (target: LeaseTarget) {
        const entry = yield* entryOf(target)
        const held = entry.held
        const at = yield* now
        if (held === undefined || !usableAt(held, at)) return (yield* replace(entry)).lease
        // With a Vault that does not answer there is nothing better.
        if (mayBeGoneAt(held, at)) return (yield* Effect.orElseSucceed(replace(entry), () => held)).lease
        // The upkeep stopped because nobody called: this call wakes it.
        if (config.autoRenew && entry.nextRefresh === undefined && entry.issuing === undefined) yield* keep(entry, held)
        return held.lease
      })

      const rejected = Effect.fn("LeaseManager.rejected")(function* (lease: ActiveLease) {
        const entry = yield* entryOf(lease.target)
        const held = entry.held
        const same = held?.lease.credentials.accessKeyId === lease.credentials.accessKeyId
        return same || held === undefined ? (yield* replace(entry)).lease : held.lease
      })

      const refresh = Effect.fn("LeaseManager.refresh")(function* (target: LeaseTarget, ttl?: Duration.Duration) {
        const entry = yield* entryOf(target)
        if (entry.issuing !== undefined) yield* Effect.exit(Deferred.await(entry.issuing))
        const before = entry.ttl
        entry.ttl = ttl ?? target.ttl
        const held = yield* Effect.onError(replace(entry), () =>
          Effect.sync(() => {
            entry.ttl = before
          }),
        )
        return held.lease
      })

      const takeAll = Effect.fnUntraced(function* (principal: string) {
        const taken: Array<Held> = []
        for (const entry of entries.values()) {
          if (entry.target.principal !== principal) continue
          // A lease that is just arriving is given back too.
          if (entry.issuing !== undefined) yield* Effect.exit(Deferred.await(entry.issuing))
          yield* FiberMap.remove(keepers, entry.key)
          if (entry.held !== undefined) taken.push(entry.held)
          entry.held = undefined
          entry.ttl = entry.target.ttl
        }
        return taken
      })

      const revoke = Effect.fn("LeaseManager.revoke")(function* (principal: string) {
        const taken = yield* takeAll(principal)
        const closings = yield* Effect.forEach(taken, outgoing.close, { concurrency: 8 })
        // Our own token may be revoked without any policy, and its leases go with it: unconfirmed, as Vault does it later.
        const owned = taken.some((held, i) => held.session.owned && closings[i] === "refused")
        const released = owned ? yield* auth.release(principal) : "not-owned"
        const revocations = yield* Effect.forEach(
          taken,
          Effect.fnUntraced(function* (held, i) {
            const closing = closings[i] ?? "failed"
            const byToken = closing === "refused" && held.session.owned && released === "revoked"
            if (byToken && held.lease.kind === "iam_user") yield* outgoing.promised(held)
            return yield* revocationOf(held, byToken ? "queued" : closing)
          }),
        )
        yield* Effect.forEach(taken, forget, { discard: true })
        return revocations
      })

      const status = Effect.gen(function* () {
        const at = yield* now
        return [...entries.values()].flatMap((entry): ReadonlyArray<LeaseStatus> => {
          const held = entry.held
          if (held === undefined || remainingAt(held, at) === 0) return []
          return [
            {
              lease: shown(held.lease),
              remaining: Duration.millis(remainingAt(held, at)),
              nextRefreshAt: nextRefreshOf(entry),
              inUse: inUse(entry, at),
            },
          ]
        })
      })

      return LeaseManager.of({ lease, rejected, refresh, revoke, status, queued: outgoing.queued })
    }),
  )
}
