/** Clocks that are off: a half's whole idea of the time, in what it tells (`Date`, Vault's health) and what it judges by. */
import { Clock, Effect } from "effect"
import type { Trouble } from "../Faults.ts"
import { httpDate, type WireHandler } from "../Wire.ts"

/** The half's clock is so many milliseconds ahead, or behind with a minus. */
export const skew = (millis: number): Trouble => ({
  halves: ["vault", "aws"],
  happensTo: () => false,
  does: ({ request, rest }) => rest(request),
  skew: millis,
})

/** A clock that is off by what `offset` says at the moment. Lengths of time stay right. */
export const skewedClock = (clock: Clock.Clock, offset: () => number): Clock.Clock => {
  const millis = (): number => clock.currentTimeMillisUnsafe() + offset()
  const nanos = (): bigint => clock.currentTimeNanosUnsafe() + BigInt(offset()) * 1_000_000n
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: clock.monotonicTimeNanos,
    sleep: (duration) => clock.sleep(duration),
  }
}

/**
 * Work by the time of this clock. Whoever asks a half, and be it in-process, asks by the half's own clock: by another
 * one its leases and tokens might seem to be over.
 */
export const atTime = <A, E, R>(clock: Clock.Clock, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(work, Clock.Clock, clock)

/** A half that lives by this clock, and tells it in every answer as HTTP wants. */
export const byClock =
  (clock: Clock.Clock, handler: WireHandler): WireHandler =>
  (request) =>
    Effect.map(atTime(clock, handler(request)), (response) => {
      if ("closed" in response) return response
      return { ...response, headers: { date: httpDate(clock.currentTimeMillisUnsafe()), ...response.headers } }
    })
