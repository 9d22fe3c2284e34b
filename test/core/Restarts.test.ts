import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { makeRestarts } from "../../src/core/Restarts.ts"

const pauses = (times: number, next: Effect.Effect<Duration.Duration | undefined>) =>
  Effect.forEach(Array.from({ length: times }), () =>
    Effect.map(next, (pause) => (pause === undefined ? undefined : Duration.toSeconds(pause))),
  )

const schedule = Schedule.exponential("1 second")

describe("restarts", () => {
  it.effect("come after the schedule's growing pauses, so many in a row and no more", () =>
    Effect.gen(function* () {
      const next = makeRestarts({ schedule, times: 3, quiet: Duration.minutes(1) })
      assert.deepStrictEqual(yield* pauses(5, next), [1, 2, 4, undefined, undefined])
    }),
  )

  it.effect("are counted anew, and their pauses with them, after a quiet while and not before", () =>
    Effect.gen(function* () {
      const next = makeRestarts({ schedule, times: 2, quiet: Duration.minutes(1) })
      assert.deepStrictEqual(yield* pauses(2, next), [1, 2])
      yield* TestClock.adjust("59 seconds")
      assert.deepStrictEqual(yield* pauses(1, next), [undefined])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* pauses(3, next), [1, 2, undefined])
    }),
  )

  it.effect("end where the schedule ends", () =>
    Effect.gen(function* () {
      const next = makeRestarts({ schedule: Schedule.recurs(1), times: 9, quiet: Duration.minutes(1) })
      assert.deepStrictEqual(yield* pauses(3, next), [0, undefined, undefined])
    }),
  )
})
