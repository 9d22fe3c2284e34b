import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { matchesAny, starMatches } from "../../../src/sandbox/vault/Glob.ts"

describe("patterns with stars", () => {
  it("a star stands for any text, also none, and nothing else is special", () => {
    for (const [pattern, text, fits] of [
      ["a*c", "abc", true],
      ["a*c", "ac", true],
      ["a*c", "acd", false],
      ["*b*", "abc", true],
      ["a*b*a", "aba", true],
      ["a*a", "a", false],
      ["a.c", "abc", false],
      ["**", "", true],
    ] as const)
      assert.strictEqual(starMatches(pattern, text), fits, `${pattern} ${text}`)
    assert.isTrue(matchesAny(["x", "ns-*"], "ns-1"))
    assert.isFalse(matchesAny([], ""))
  })

  it.effect.prop(
    "a text fits itself with any of its parts made a star",
    { before: Schema.String, part: Schema.String, after: Schema.String },
    ({ after, before, part }) =>
      Effect.sync(() => {
        const literal = (text: string) => text.replaceAll("*", "")
        const text = literal(before) + literal(part) + literal(after)
        assert.isTrue(starMatches(`${literal(before)}*${literal(after)}`, text))
        assert.isTrue(starMatches(text, text))
        assert.isFalse(starMatches(`${text}*x`, text))
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
