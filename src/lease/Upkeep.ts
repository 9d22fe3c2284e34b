/**
 * Keeps one entry's lease fresh while it is in use: replaces what cannot be renewed, renews what can, backs off when
 * Vault does not answer. An idle lease is left to run out; the next call wakes the upkeep again.
 */
import { Duration, Effect, Random } from "effect"
import { shortLeaseId } from "../core/Ids.ts"
import type { Vault } from "../vault/Vault.ts"
import { between, now } from "./Age.ts"
import { type Entry, inUse } from "./Entry.ts"
import { type Held, remainingAt, renewed } from "./Held.ts"
import { forget } from "./Issue.ts"
import type { LeaseError } from "./LeaseError.ts"
import { backoff, graceOf, renewalOver, renewSleep, replaceAfter } from "./Renewal.ts"

/** What the upkeep may do to the entry; the manager gives it. */
export interface UpkeepActions {
  readonly vault: Vault["Service"]
  /** Asks for a new lease and puts it in place; joins a request under way. */
  readonly replace: (entry: Entry) => Effect.Effect<unknown, LeaseError>
  /** Hears of a renewal. */
  readonly renewed: (held: Held) => Effect.Effect<void>
}

const pause = Effect.fnUntraced(function* (entry: Entry, millis: number) {
  entry.nextRefresh = (yield* now).wall + millis
  yield* Effect.sleep(Duration.millis(millis))
})

/** Replaces the lease, trying again with growing pauses for as long as the old one lasts. */
export const replaceWhileItLasts = Effect.fnUntraced(function* (actions: UpkeepActions, entry: Entry, held: Held) {
  for (let failures = 0; ; failures++) {
    if (!inUse(entry, yield* now)) return
    const done = yield* actions.replace(entry).pipe(
      Effect.as(true),
      Effect.catch((error) =>
        Effect.as(
          Effect.logWarning(`could not replace the lease of ${held.lease.target.role}: ${error.message}`),
          false,
        ),
      ),
    )
    const remaining = remainingAt(held, yield* now)
    if (done || remaining === 0) return
    yield* pause(entry, backoff(failures, remaining, yield* Random.next))
  }
})

/** Shorter than that, a lease is asked for by those who call alone: keeping it fresh would be a busy loop. */
const SHORTEST_WAIT = 5_000

const keepReplaced = Effect.fnUntraced(function* (actions: UpkeepActions, entry: Entry, held: Held) {
  if (replaceAfter(held.life) < SHORTEST_WAIT) return
  for (;;) {
    const wait = replaceAfter(held.life) - between(held.born, yield* now)
    if (wait <= 0) break
    yield* pause(entry, wait)
  }
  yield* replaceWhileItLasts(actions, entry, held)
})

type Renewed =
  | { readonly _tag: "held"; readonly held: Held }
  | { readonly _tag: "gone" }
  | { readonly _tag: "later" }
  | { readonly _tag: "never" }

const renewOnce = Effect.fnUntraced(function* (actions: UpkeepActions, held: Held) {
  const id = held.lease.id
  if (id === undefined) return { _tag: "never" } satisfies Renewed
  const asked = Duration.toSeconds(held.lease.target.ttl)
  return yield* actions.vault.renewLease(held.session.token, id, Duration.seconds(asked)).pipe(
    Effect.flatMap((answer) =>
      Effect.map(now, (at): Renewed => ({
        _tag: "held",
        held: renewed(held, answer, at),
      })),
    ),
    Effect.catch((error): Effect.Effect<Renewed> => {
      const tag = error.reason._tag
      if (tag === "LeaseGone") return Effect.succeed({ _tag: "gone" })
      const told = Effect.logWarning(`could not renew lease ${shortLeaseId(id)}: ${error.message}`)
      const never = tag === "LeaseNotRenewable" || tag === "PermissionMissing" || tag === "TokenDead"
      return Effect.as(told, never ? { _tag: "never" } : { _tag: "later" })
    }),
  )
})

const keepRenewed = Effect.fnUntraced(function* (actions: UpkeepActions, entry: Entry, first: Held) {
  let held = first
  let failures = 0
  let grace = graceOf(held.life, 0, yield* Random.next)
  // A lease that was idle past the time of its renewal is renewed as it is woken, if Vault still grants more.
  let isWoken = true
  for (;;) {
    if (renewSleep(held.life, grace) < SHORTEST_WAIT) return
    const before = remainingAt(held, yield* now)
    const isOver = renewalOver(before, grace)
    if (!held.lease.renewable || (isOver && !isWoken)) return yield* replaceWhileItLasts(actions, entry, held)
    const next = failures === 0 ? renewSleep(before, grace) : backoff(failures - 1, before, yield* Random.next)
    yield* pause(entry, isOver ? 0 : next)
    isWoken = false
    if (!inUse(entry, yield* now)) return
    const answer = yield* renewOnce(actions, held)
    if (entry.held?.lease.id !== held.lease.id) return // given back or replaced meanwhile
    switch (answer._tag) {
      case "held": {
        failures = 0
        // As in the original, the grace is drawn anew only while leases grow: near the maximum it must not shrink.
        if (answer.held.life > held.life) grace = graceOf(answer.held.life, 0, yield* Random.next)
        held = answer.held
        entry.held = held
        yield* actions.renewed(held)
        break
      }
      case "later":
        failures++
        break
      case "gone":
        entry.held = undefined
        yield* forget(held)
        return yield* replaceWhileItLasts(actions, entry, held)
      case "never": {
        // Without renewals it is a lease like any other: used until it is replaced shortly before its end.
        const last = { ...held, lease: { ...held.lease, renewable: false } }
        entry.held = last
        return yield* keepReplaced(actions, entry, last)
      }
    }
  }
})

/** Runs until the lease was replaced, ran out, or fell idle. Belongs to the entry: a new lease starts a new one. */
export const upkeep = (actions: UpkeepActions, entry: Entry, held: Held): Effect.Effect<void> =>
  Effect.suspend(() => {
    const self = {}
    entry.upkeep = self
    const kept = held.lease.renewable ? keepRenewed(actions, entry, held) : keepReplaced(actions, entry, held)
    return Effect.ensuring(
      kept,
      Effect.sync(() => {
        if (entry.upkeep === self) entry.nextRefresh = undefined
      }),
    )
  })
