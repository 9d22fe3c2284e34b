/** What is kept of a result: bounded whatever it is, marked when it is not all, and without the shapes of secrets. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { bounded } from "../../src/orchestrator/Bounded.ts"

describe("a kept result", () => {
  it("is whole when it is short, and says when it is not", () => {
    assert.deepStrictEqual(bounded({ a: [1, { b: null }] }), { value: { a: [1, { b: null }] }, cut: false, size: 20 })
    const { cut, value } = bounded({ all: Array.from({ length: 1000 }, (_, i) => `item ${i}`) }, 1000)
    assert.isTrue(cut)
    assert.isBelow(JSON.stringify(value).length, 1001)
    assert.include(JSON.stringify(value), "item 0")
  })

  it("has no secret by its shape, in a value or in a name", () => {
    const token = "hvs.canary-canary-canary-canary"
    assert.notInclude(JSON.stringify(bounded({ [token]: [token] })), "canary")
  })

  it("has no secret by the name of its member, and what AWS only calls a token", () => {
    const value = { AccessKey: { SecretAccessKey: "wJalr" }, list: [{ password: ["x"] }], ClientToken: "nightly" }
    assert.deepStrictEqual(bounded(value).value, {
      AccessKey: { SecretAccessKey: "[redacted]" },
      list: [{ password: ["[redacted]"] }],
      ClientToken: "nightly",
    })
  })

  it.effect.prop(
    "is never longer than its bound, and marked exactly when something was left out",
    // Strings, lists and names up to this size: many times the bound already.
    { value: Schema.Record(Schema.String, Schema.Array(Schema.String)) },
    ({ value }) =>
      Effect.sync(() => {
        const kept = bounded(value, 200)
        assert.isAtMost(JSON.stringify(kept.value).length, 200)
        assert.strictEqual(kept.cut, JSON.stringify(bounded(value, 10_000_000).value).length > 200)
      }),
    { arbitrary: { runs: 1000, size: 12 } },
  )
})
