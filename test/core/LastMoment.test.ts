import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { COMMAND_MOMENT, LastMoment, makeLastMoment } from "../../src/core/LastMoment.ts"

describe("the last moment", () => {
  it.effect("begins when somebody first asks, and is the same for all who ask later", () =>
    Effect.gen(function* () {
      const left = yield* makeLastMoment
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(Duration.toMillis(yield* left), 300)
      yield* TestClock.adjust("200 millis")
      assert.strictEqual(Duration.toMillis(yield* left), 100)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(Duration.toMillis(yield* left), 0)
    }),
  )

  it.effect("is longer for a command", () =>
    Effect.gen(function* () {
      const left = yield* Effect.provideService(makeLastMoment, LastMoment, COMMAND_MOMENT)
      assert.isAbove(Duration.toMillis(yield* left), 4000)
    }),
  )
})
