import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { goDuration, goText, parseDuration, shortDuration } from "../../../src/sandbox/vault/Duration.ts"

describe("durations of Vault", () => {
  it.effect.prop(
    "what Go would print is read back as the same number of seconds, with and without its zero parts",
    { seconds: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000_000 })) },
    ({ seconds }) =>
      Effect.sync(() => {
        assert.deepStrictEqual(parseDuration(goDuration(seconds)), Result.succeed(seconds))
        assert.deepStrictEqual(parseDuration(shortDuration(seconds)), Result.succeed(seconds))
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it("a bare number is seconds, an empty value nothing, and days are understood", () => {
    assert.deepStrictEqual(
      ["900", 900, "", null, "2d", "1m30s", "1500ms"].map(parseDuration),
      [900, 900, 0, 0, 172_800, 90, 1].map((seconds) => Result.succeed(seconds)),
    )
  })

  it("what is no duration is refused in Vault's words", () => {
    assert.deepStrictEqual(parseDuration("soon"), Result.fail('time: invalid duration "soon"'))
    assert.deepStrictEqual(parseDuration("-5"), Result.fail("cannot provide negative value '-5'"))
    assert.deepStrictEqual(parseDuration({ a: 1 }), Result.fail("could not parse duration from input"))
  })

  it("the forms that Vault prints are the recorded ones", () => {
    assert.deepStrictEqual([3600, 90, 0].map(goDuration), ["1h0m0s", "1m30s", "0s"])
    assert.deepStrictEqual([2_764_800, 360, 99_999_999, 2].map(shortDuration), ["768h", "6m", "27777h46m39s", "2s"])
  })

  it("values are quoted as Go prints them", () => {
    assert.strictEqual(goText({ b: [1, "x"], a: null }), "map[a:<nil> b:[1 x]]")
  })
})
