import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { between, sleptBetween } from "../../src/lease/Age.ts"

const Millis = Schema.Int.check(Schema.isBetween({ minimum: -1_000_000_000, maximum: 1_000_000_000 }))

describe("between", () => {
  it("a machine that slept ages by the wall clock, a wall clock set back does not make young", () => {
    const then = { wall: 1_000_000, monotonic: 500 }
    assert.strictEqual(between(then, { wall: 1_000_000 + 3_600_000, monotonic: 600 }), 3_600_000)
    assert.strictEqual(between(then, { wall: 0, monotonic: 60_500 }), 60_000)
  })

  it.effect.prop(
    "is never less than either clock says, and never negative",
    { wall: Millis, monotonic: Millis },
    ({ monotonic, wall }) =>
      Effect.sync(() => {
        const age = between({ wall: 0, monotonic: 0 }, { wall, monotonic })
        assert.isAtLeast(age, Math.max(0, wall, monotonic))
        assert.include([0, wall, monotonic], age)
      }),
    { arbitrary: { runs: 1000, size: 1_000_000_000 } },
  )
})

describe("sleptBetween", () => {
  it("is what the wall clock gained on the monotonic one; a wall clock set back is no sleep", () => {
    const then = { wall: 1_000_000, monotonic: 500 }
    assert.strictEqual(sleptBetween(then, { wall: 1_060_000, monotonic: 60_500 }), 0)
    assert.strictEqual(sleptBetween(then, { wall: 1_900_000, monotonic: 60_500 }), 840_000)
    assert.strictEqual(sleptBetween(then, { wall: 400_000, monotonic: 60_500 }), 0)
  })
})
