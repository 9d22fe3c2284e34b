/**
 * Attempts at one request until one settles it, none is safe any more, or the time is up. Which may be repeated stands in
 * VaultCall; how often and after what pause stands here.
 */
import { Clock, Duration, Effect, Random, Result } from "effect"
import { showSpan } from "../core/Span.ts"
import type { VaultReply } from "./Judge.ts"
import type { Refused } from "./Refusal.ts"
import { lost, type Trouble } from "./Trouble.ts"
import type { VaultAddress } from "./VaultAddress.ts"
import { mayRepeat, type VaultCall } from "./VaultCall.ts"

/** Milliseconds before the second attempt, growing by as much with each; each up to half longer by chance. */
const BACKOFF = 300
/** Pauses grow no longer than this. */
const LONGEST = 5000
/** The next active node is asked for about once a second. */
const ELECTION_PAUSE = 1000
/** An election takes some seconds: for so long it is waited for, however few retries are set. */
const ELECTION = 10_000

/** How often and for how long. */
export interface Patience {
  readonly timeout: Duration.Duration
  /** Attempts after the first; nought means that there is one. */
  readonly maxRetries: number
}

/** Vault's nodes are choosing a new active one, or soon will. */
const isElection = (trouble: Trouble): boolean => trouble.reason._tag === "Standby"

/** Milliseconds before the next attempt, after the nth one ended in trouble. `dice` is in [1, 1.5). Pure. */
export const pauseAfter = (trouble: Trouble, nth: number, dice: number): number => {
  const own = isElection(trouble) ? ELECTION_PAUSE * dice : Math.min(LONGEST, BACKOFF * nth * dice)
  const told = trouble.reason._tag === "RateLimited" ? trouble.reason.retryAfter : undefined
  return told === undefined ? own : Math.max(own, Duration.toMillis(told))
}

/** Whether there is patience for another attempt, `past` milliseconds after the first began. Pure. */
export const isPatient = (trouble: Trouble, nth: number, past: number, maxRetries: number): boolean =>
  nth <= maxRetries || (maxRetries > 0 && isElection(trouble) && past < ELECTION)

/** The outcome of the attempts. Each is told by when it has to be over, in milliseconds of the clock. */
export const persist = Effect.fnUntraced(function* (
  attempt: (deadline: number) => Effect.Effect<VaultReply, Refused>,
  call: VaultCall,
  address: VaultAddress,
  { maxRetries, timeout }: Patience,
) {
  const limit = Duration.toMillis(timeout)
  const began = yield* Clock.currentTimeMillis
  const end = began + limit
  const late = Effect.fail<Refused>(lost(address, `no answer within ${showSpan(timeout)}`))
  for (let nth = 1; ; nth++) {
    const left = Math.min(limit, end - (yield* Clock.currentTimeMillis))
    const outcome = yield* attempt(end).pipe(
      Effect.timeoutOrElse({ duration: left, orElse: () => late }),
      Effect.result,
    )
    if (Result.isSuccess(outcome)) return outcome.success
    const trouble = outcome.failure
    const pause = pauseAfter(trouble, nth, yield* Random.nextBetween(1, 1.5))
    const now = yield* Clock.currentTimeMillis
    const goesOn = mayRepeat(trouble, call) && isPatient(trouble, nth, now - began, maxRetries) && now + pause < end
    if (!goesOn) return yield* Effect.fail(trouble)
    yield* Effect.sleep(pause)
  }
})
