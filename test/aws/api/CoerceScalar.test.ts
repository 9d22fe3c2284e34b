import { assert, describe, it } from "@effect/vitest"
import { NormalizedSchema } from "@smithy/core/schema"
import { NumericValue } from "@smithy/core/serde"
import { Effect, Schema } from "effect"
import { coerceScalar, type Scalar } from "../../../src/aws/api/CoerceScalar.ts"
import { encodeVerbatim } from "../../../src/aws/api/Encode.ts"

// The numbers that stand for simple types in AWS's schemas.
const text = NormalizedSchema.of(0)
const number = NormalizedSchema.of(1)
const boolean = NormalizedSchema.of(2)
const timestamp = NormalizedSchema.of(4)
const bigInteger = NormalizedSchema.of(17)
const bigDecimal = NormalizedSchema.of(19)
const blob = NormalizedSchema.of(21)

const value = (scalar: Scalar): unknown => ("value" in scalar ? scalar.value : assert.fail(scalar.problem))
const problem = (scalar: Scalar): string => ("problem" in scalar ? scalar.problem : assert.fail("was accepted"))

describe("CoerceScalar", () => {
  it("does not turn one type into another", () => {
    assert.include(problem(coerceScalar(text, 5)), "expected a string, got a number")
    assert.include(problem(coerceScalar(text, { Version: "2012-10-17" })), "as one string")
    assert.include(problem(coerceScalar(number, "5")), "expected a number, got a string")
    assert.include(problem(coerceScalar(boolean, "true")), "expected true or false")
    assert.include(problem(coerceScalar(boolean, null)), "null")
  })

  it("takes bytes as base64, as text, and as output tells them", () => {
    for (const given of ["aGk=", { text: "hi" }, { base64: "aGk=" }]) {
      assert.deepStrictEqual(value(coerceScalar(blob, given)), Buffer.from("hi"))
    }
    for (const given of [
      "hello world",
      '{"a":1}',
      { a: 1 },
      {},
      { text: "a", base64: "aGk=" },
      { text: 1 },
      7,
      "aGk",
    ]) {
      assert.include(problem(coerceScalar(blob, given)), "base64", JSON.stringify(given))
    }
  })

  it("takes dates that name one instant", () => {
    const iso = (given: unknown) => JSON.stringify(value(coerceScalar(timestamp, given)))
    assert.strictEqual(iso("2026-01-31T12:00:00Z"), '"2026-01-31T12:00:00.000Z"')
    assert.strictEqual(iso("2026-01-31T12:00:00.5+02:00"), '"2026-01-31T10:00:00.500Z"')
    assert.strictEqual(iso("2026-01-31"), '"2026-01-31T00:00:00.000Z"')
    assert.strictEqual(iso(1_769_860_800), '"2026-01-31T12:00:00.000Z"')
    assert.strictEqual(iso(0), '"1970-01-01T00:00:00.000Z"')
    assert.strictEqual(iso(1.5), '"1970-01-01T00:00:01.500Z"')
  })

  it("refuses dates that name none, or one nobody meant", () => {
    assert.include(problem(coerceScalar(timestamp, "2026-01-31T12:00:00")), "with Z or an offset")
    assert.include(problem(coerceScalar(timestamp, "yesterday")), "RFC 3339")
    assert.include(problem(coerceScalar(timestamp, "2026-02-30T00:00:00Z")), "not a date of the calendar")
    assert.include(problem(coerceScalar(timestamp, "2026-13-01")), "not a date of the calendar")
    assert.include(problem(coerceScalar(timestamp, 1_769_860_800_000)), "milliseconds")
    assert.include(problem(coerceScalar(timestamp, true)), "RFC 3339")
  })

  it("takes large numbers exactly or not at all", () => {
    assert.include(problem(coerceScalar(number, 2 ** 53)), "2^53")
    assert.strictEqual(value(coerceScalar(bigInteger, "9007199254740993")), 9_007_199_254_740_993n)
    assert.include(problem(coerceScalar(bigInteger, "1.5")), "integer")
    const decimal = value(coerceScalar(bigDecimal, "0.1000000000000000000001"))
    assert.isTrue(decimal instanceof NumericValue)
    assert.strictEqual(String(decimal), "0.1000000000000000000001")
    assert.include(problem(coerceScalar(bigDecimal, "NaN")), "digits")
  })

  it("refuses half a character, which would be sent as another", () => {
    assert.include(problem(coerceScalar(text, "a\ud800b")), "half of a character")
  })

  it.effect.prop(
    "bytes that were read can be written back",
    { bytes: Schema.Uint8Array },
    ({ bytes }) =>
      Effect.sync(() => {
        const shown: unknown = JSON.parse(JSON.stringify(encodeVerbatim(blob, bytes)))
        assert.deepStrictEqual([...Buffer.from(value(coerceScalar(blob, shown)) as Uint8Array)], [...bytes])
      }),
    { arbitrary: { runs: 1000, size: 200 } },
  )

  it.effect.prop(
    "dates that were read can be written back",
    { date: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_000_000_000_000 })) },
    ({ date }) =>
      Effect.sync(() => {
        const shown = encodeVerbatim(timestamp, new Date(date))
        assert.deepStrictEqual(value(coerceScalar(timestamp, shown)), new Date(date))
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
