import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { table, wrap } from "../../src/cli/Output.ts"

describe("Output", () => {
  it("columns line up, and nothing trails", () => {
    assert.strictEqual(
      table([
        ["a", "bb", "c"],
        ["aaaa", "b", ""],
        ["x", "", "y"],
      ]),
      "a     bb  c\naaaa  b\nx         y",
    )
    assert.strictEqual(table([]), "")
  })

  it.effect.prop(
    "folded text keeps every word in its order, within the width",
    { text: Schema.String, width: Schema.Int.check(Schema.isBetween({ minimum: 10, maximum: 120 })) },
    ({ text, width }) =>
      Effect.sync(() => {
        const folded = wrap(text, width, "  ")
        assert.deepStrictEqual(folded.split(/\s+/).filter(Boolean), text.split(/\s+/).filter(Boolean))
        for (const line of folded.split("\n")) {
          assert.isTrue(line.startsWith("  "))
          if (/\S\s+\S/.test(line.trim())) assert.isAtMost(line.length, width)
        }
      }),
    { arbitrary: { runs: 1000, size: 300 } },
  )
})
