import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { parseSpan, showSpan, vaultSpan } from "../../src/core/Span.ts"

const seconds = (text: string) => {
  const span = parseSpan(text)
  return span === undefined ? undefined : Duration.toSeconds(span)
}

describe("Span", () => {
  it("reads the forms that existing users write", () => {
    assert.deepStrictEqual(
      ["1h", "15m", "900", "1h30m", "90s", " 2d "].map(seconds),
      [3600, 900, 900, 5400, 90, 172_800],
    )
    assert.deepStrictEqual(["", "1x", "h", "-5", "1.5h", "1h foo", "9999999999"].map(seconds), Array(7).fill(undefined))
  })

  it.effect.prop(
    "Vault's form of a length is read back as the same length",
    { n: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9_999_999 })) },
    ({ n }) => Effect.sync(() => assert.strictEqual(seconds(vaultSpan(Duration.seconds(n))), n)),
    { arbitrary: { runs: 1000, size: 10_000_000 } },
  )

  it("shows the two units that matter", () => {
    const shown = [0, 45, 720, 5400, 3600, 90_061].map((n) => showSpan(Duration.seconds(n)))
    assert.deepStrictEqual(shown, ["0 s", "45 s", "12 min", "1 h 30 min", "1 h", "1 d 1 h"])
  })
})
