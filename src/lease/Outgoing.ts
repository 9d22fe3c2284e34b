/**
 * Leases on their way out: replaced ones that calls may still be signed with, those whose closing Vault has only
 * promised, and everything that is left when the process ends.
 */
import { Duration, Effect, FiberSet, Schedule } from "effect"
import { type LeaseId, shortLeaseId } from "../core/Ids.ts"
import { Journal } from "../journal/Journal.ts"
import { Vault } from "../vault/Vault.ts"
import { VaultAuth } from "../vault/VaultAuth.ts"
import { type Closing, closeInVault } from "./GiveBack.ts"
import { type Held, shown } from "./Held.ts"
import { forget } from "./Issue.ts"
import type { ShownLease } from "./LeaseModel.ts"

/** Calls signed with a replaced IAM user's key get this long to end before the key is deleted. */
const IN_FLIGHT = Duration.seconds(60)

/** What Vault needs to have an IAM user deleted. */
const DELETION = Duration.seconds(2)

/** Vault's own workers need some seconds, and give up after some minutes (`maxRevokeAttempts`). */
const CHECKS = Schedule.max([
  Schedule.min([Schedule.exponential("2 seconds"), Schedule.spaced("1 minute")]),
  Schedule.recurs(20),
])

/** `held`: what the manager holds at the moment it is asked. Its fibers and its last act belong to the present scope. */
export const makeOutgoing = Effect.fnUntraced(function* (held: () => ReadonlyArray<Held>) {
  const vault = yield* Vault
  const auth = yield* VaultAuth
  const journal = yield* Journal
  /** Replaced leases that are not given back yet. */
  const retiring = new Set<Held>()
  /** Leases that Vault has promised to close. */
  const queued = new Map<LeaseId, ShownLease>()
  /** Vault tokens that may not close leases: asked once, not at every rotation. */
  const refusing = new WeakSet<object>()

  /** At the end: leases of our own tokens go with those tokens (VaultAuth revokes them); others are closed one by one. */
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      const left = yield* auth.lastMoment
      const lose = (one: Held) => {
        const { id, kind } = one.lease
        if (id === undefined || one.session.owned) return Effect.void
        // Deleting a user takes AWS longer than a server's last moment: Vault is told to, and goes on without us.
        const sync = kind === "sts" || Duration.isGreaterThan(left, DELETION)
        return vault.revokeLease(one.session.token, id, { sync }).pipe(
          Effect.flatMap((answer) => (answer === "confirmed" ? journal.leaseGone(id) : journal.leaseQueued(id))),
          Effect.timeout(left),
          // What is left is told by the journal when all have had their turn.
          Effect.catch((error) => Effect.logDebug(`lease ${shortLeaseId(id)} was not given back: ${error.message}`)),
        )
      }
      yield* Effect.forEach([...held(), ...retiring], (one) => Effect.ensuring(lose(one), forget(one)), {
        concurrency: "unbounded",
        discard: true,
      })
    }),
  )
  const fibers = yield* FiberSet.make()
  // In the layer's context: a fiber keeps the span of the call that starts it, and the span the call's answer.
  const run = yield* FiberSet.runtime(fibers)()

  /** Looks again until the lease is gone. A Vault that does not answer, or has given up itself, leaves it unconfirmed. */
  const watch = Effect.fnUntraced(function* ({ lease, session }: Held, id: LeaseId) {
    queued.set(id, shown(lease))
    yield* journal.leaseQueued(id)
    const look = vault.lookupLease(session.token, id).pipe(
      Effect.catchReason("VaultError", "TokenDead", () =>
        Effect.flatMap(auth.session(lease.target.principal), ({ token }) => vault.lookupLease(token, id)),
      ),
      Effect.as(false),
      Effect.catch(({ reason }) => Effect.succeed(reason._tag === "LeaseGone")),
    )
    const isGone = yield* look.pipe(Effect.repeat({ schedule: CHECKS, until: (gone) => gone }))
    if (isGone) {
      yield* journal.leaseGone(id)
      queued.delete(id)
      return yield* Effect.logInfo(`lease ${shortLeaseId(id)}: Vault has closed it now`)
    }
    yield* Effect.logWarning(
      `lease ${shortLeaseId(id)}: Vault has still not closed it. An operator can look at it with: vault lease lookup, and at its log.`,
    )
  })

  /** Vault is going to close the lease: it is looked at until that is seen. */
  const promised = (one: Held): Effect.Effect<void> =>
    Effect.sync(() => {
      if (one.lease.id !== undefined) run(watch(one, one.lease.id))
    })

  /** Closes the lease in Vault, as far as the token may; what is only promised is looked at again. */
  const close = Effect.fnUntraced(function* (one: Held): Effect.fn.Return<Closing> {
    const { id } = one.lease
    if (refusing.has(one.session)) return "refused"
    const closing = yield* Effect.provideService(closeInVault(one), Vault, vault)
    if (closing === "refused") refusing.add(one.session)
    if (id === undefined) return closing
    if (closing === "yes") yield* journal.leaseGone(id)
    if (closing === "queued") yield* promised(one)
    return closing
  })

  /** A replaced lease is given back; an IAM user's only after the calls that use it had time to end. */
  const retire = (one: Held): Effect.Effect<void> => {
    retiring.add(one)
    const wait = one.lease.kind === "iam_user" ? Effect.sleep(IN_FLIGHT) : Effect.void
    const leave = wait.pipe(
      Effect.andThen(close(one)),
      Effect.andThen(Effect.sync(() => retiring.delete(one))),
      Effect.ensuring(forget(one)),
    )
    return Effect.sync(() => void run(leave))
  }

  return {
    close,
    promised,
    retire,
    /** Leases whose closing Vault has promised and not confirmed. */
    queued: Effect.sync((): ReadonlyArray<ShownLease> => [...queued.values()]),
  }
})
