import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { definitions, folded, table, wrap } from "../../src/cli/Output.ts"

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

  it("names and what they mean stand beside each other, folded within the width", () => {
    assert.strictEqual(
      definitions(
        [
          ["one", "a short text"],
          ["another", "a text that needs more than one line of thirty"],
        ],
        30,
      ),
      ["one      a short text", "another  a text that needs", "         more than one line of", "         thirty"].join(
        "\n",
      ),
    )
    // Where that leaves no room, below each other.
    assert.strictEqual(
      definitions(
        [
          ["  /a-long-command [WORD]", "a text of its own"],
          ["  /b", ""],
        ],
        25,
      ),
      ["  /a-long-command [WORD]", "      a text of its own", "  /b"].join("\n"),
    )
    assert.strictEqual(folded(["  a b c", "d"], 5), "  a b\n  c\nd")
    assert.strictEqual(folded(["  a b c", "d"], undefined), "  a b c\nd")
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
