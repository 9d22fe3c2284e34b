/**
 * The operator's limit on requests (VAULT_RATE_LIMIT) as a token bucket of this process. Effect's own limiter counts a
 * request that gives up as sent, or lets all that wait run for the same token; here each has its turn, in order.
 */
import { Clock, Duration, Effect, Ref } from "effect"
import type { AppConfigShape } from "../config/AppConfig.ts"
import { HeldBack } from "./ReachReason.ts"
import { notSent, type Trouble } from "./Trouble.ts"

type Rate = NonNullable<AppConfigShape["vault"]["rateLimit"]>

/** Tokens there were at a time in milliseconds; below nought they are promised to those who wait. */
export interface Bucket {
  readonly tokens: number
  readonly at: number
}

/** Takes a token, and tells in how many milliseconds it will be there. Pure. */
export const take = (rate: Rate, bucket: Bucket, now: number): { readonly bucket: Bucket; readonly wait: number } => {
  const gained = (Math.max(0, now - bucket.at) * rate.perSecond) / 1000
  const tokens = Math.min(rate.burst, bucket.tokens + gained) - 1
  return { bucket: { tokens, at: now }, wait: tokens >= 0 ? 0 : Math.ceil((-tokens * 1000) / rate.perSecond) }
}

/** Waits for a request's turn. One that cannot come before `deadline` is not waited for and takes nobody's place. */
export type Turn = (deadline: number) => Effect.Effect<void, Trouble>

/** The turns of this process under `rate`; without one, everybody goes at once. */
export const makePace = Effect.fnUntraced(function* (rate: Rate | undefined) {
  if (rate === undefined) return (() => Effect.void) satisfies Turn
  const state = yield* Ref.make<Bucket>({ tokens: rate.burst, at: yield* Clock.currentTimeMillis })
  const giveBack = Ref.update(state, (bucket) => ({ ...bucket, tokens: bucket.tokens + 1 }))
  return Effect.fnUntraced(function* (deadline: number) {
    const now = yield* Clock.currentTimeMillis
    const { late, wait } = yield* Ref.modify(state, (bucket) => {
      const taken = take(rate, bucket, now)
      const late = taken.wait > 0 && now + taken.wait >= deadline
      return [{ late, wait: taken.wait }, late ? bucket : taken.bucket]
    })
    if (late) return yield* Effect.fail(notSent(new HeldBack({ wait: Duration.millis(wait) }), false))
    if (wait > 0) yield* Effect.sleep(Duration.millis(wait)).pipe(Effect.onInterrupt(() => giveBack))
  }) satisfies Turn
})
