/**
 * How old something is, safe against clocks that jump: the monotonic clock counts, unless the wall clock says more. A
 * laptop that slept stops the monotonic clock; a wall clock set back must not make a lease younger.
 */
import { Clock, Effect } from "effect"

/** A moment on both clocks, in milliseconds. */
export interface Moment {
  readonly wall: number
  readonly monotonic: number
}

export const now: Effect.Effect<Moment> = Effect.gen(function* () {
  const wall = yield* Clock.currentTimeMillis
  const monotonic = Number((yield* Clock.monotonicTimeNanos) / 1_000_000n)
  return { wall, monotonic }
})

/** Milliseconds from `then` to `at`; the larger of both clocks' opinions, never negative. */
export const between = (then: Moment, at: Moment): number =>
  Math.max(0, at.monotonic - then.monotonic, at.wall - then.wall)

/**
 * Milliseconds by which the wall clock ran ahead of the monotonic one from `then` to `at`: the machine slept so long, or
 * its clock was set forward.
 */
export const sleptBetween = (then: Moment, at: Moment): number =>
  Math.max(0, at.wall - then.wall - (at.monotonic - then.monotonic))
