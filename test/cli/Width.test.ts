import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { fit, pad, widthOf } from "../../src/cli/Width.ts"
import { printable } from "../../src/core/Text.ts"

const Width = Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 200 }))

describe("the width of text", () => {
  it("counts cells, not characters", () => {
    assert.strictEqual(widthOf("plain"), 5)
    assert.strictEqual(widthOf("日本"), 4)
    assert.strictEqual(widthOf("e\u0301"), 1)
    assert.strictEqual(pad("日", 4), "日  ")
    assert.strictEqual(fit("日本語", 5), "日本…")
    assert.strictEqual(fit("日本語", 4), "日…")
    assert.strictEqual(fit("short", 5), "short")
    assert.strictEqual(fit("x", 0), "")
  })

  it.effect.prop(
    "is never more than it was cut to",
    { text: Schema.String, width: Width },
    ({ text, width }) => Effect.sync(() => assert.isAtMost(widthOf(fit(printable(text), width)), width)),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
