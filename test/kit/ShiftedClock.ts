/** A machine whose clocks were set, or that slept, in real time: what it tells is off by what the test says. */
import { type Clock, Effect } from "effect"

/** Milliseconds by which each clock is ahead of the real one; may be changed at any time. */
export interface Shift {
  wall: number
  monotonic: number
}

/** The clock; its timers are the real one's. */
export const shiftedClock = (real: Clock.Clock, shift: Shift): Clock.Clock => {
  const nanosOf = (millis: number): bigint => BigInt(Math.round(millis)) * 1_000_000n
  const millis = (): number => real.currentTimeMillisUnsafe() + shift.wall
  const nanos = (): bigint => real.currentTimeNanosUnsafe() + nanosOf(shift.wall)
  const monotonic = (): bigint => real.monotonicTimeNanosUnsafe() + nanosOf(shift.monotonic)
  return {
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: monotonic,
    monotonicTimeNanos: Effect.sync(monotonic),
    sleep: (time) => real.sleep(time),
  }
}
