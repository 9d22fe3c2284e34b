import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { fit, jsonLength } from "../../../src/aws/api/Fit.ts"

describe("Fit", () => {
  it("leaves what fits as it is", () => {
    const value = { Items: [1, 2, 3] }
    const { cuts, value: same } = fit(value, 100)
    assert.strictEqual(same, value)
    assert.deepStrictEqual(cuts, [])
  })

  it("keeps the beginning of a list and says how much that is", () => {
    const { cuts, value } = fit({ Items: Array.from({ length: 100 }, (_, index) => `item-${index}`), Count: 100 }, 200)
    assert.isAtMost(JSON.stringify(value).length, 200)
    assert.match(JSON.stringify(value), /^\{"Items":\["item-0","item-1",.*\],"Count":100\}$/)
    assert.match(cuts.join(), /^result\.Items has \d+ of 100 items$/)
  })

  it("shortens a long text, also one of many escapes", () => {
    for (const text of ["x".repeat(10_000), '"\n'.repeat(5000), "\u0001".repeat(10_000)]) {
      const { cuts, value } = fit({ Policy: text }, 1000)
      assert.isAtMost(JSON.stringify(value).length, 1000)
      assert.match(JSON.stringify(value), /more characters\)"\}$/)
      assert.deepStrictEqual(cuts, ["result.Policy is shortened"])
    }
  })

  it("shows part of an item that is too large by itself", () => {
    const { value } = fit([{ name: "a", text: "x".repeat(10_000) }], 500)
    assert.match(JSON.stringify(value), /^\[\{"name":"a","text":"x+… \(/)
  })

  it("measures a value that shares its parts without walking all of it", () => {
    let value: unknown = "x"
    for (let level = 0; level < 200; level++) value = [value, value]
    assert.isAbove(jsonLength(value, 1000), 1000)
    assert.isAtMost(JSON.stringify(fit(value, 1000).value).length, 1000)
  })

  it.effect.prop(
    "the length is that of JSON, or near above it",
    { value: Schema.Json },
    ({ value }) =>
      Effect.sync(() => {
        const length = JSON.stringify(value).length
        assert.isAtLeast(jsonLength(value, Number.MAX_SAFE_INTEGER), length)
        assert.isAtMost(jsonLength(value, Number.MAX_SAFE_INTEGER), length * 2 + 2)
      }),
    { arbitrary: { runs: 400, size: 60 } },
  )

  it.effect.prop(
    "a result never exceeds its bound, and nothing is cut in silence",
    { value: Schema.Json, limit: Schema.Int.check(Schema.isBetween({ minimum: 100, maximum: 2000 })) },
    ({ limit, value }) =>
      Effect.sync(() => {
        const wide = { list: [value, value, value], one: value, text: JSON.stringify(value) }
        const { cuts, value: fitted } = fit(wide, limit)
        assert.isAtMost(JSON.stringify(fitted).length, limit)
        assert.strictEqual(cuts.length === 0, JSON.stringify(fitted) === JSON.stringify(wide))
      }),
    { arbitrary: { runs: 400, size: 60 } },
  )
})
