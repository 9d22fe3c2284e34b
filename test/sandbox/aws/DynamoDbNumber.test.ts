import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  addDecimals,
  compareDecimals,
  type Decimal,
  formatDecimal,
  negate,
  parseDecimal,
} from "../../../src/sandbox/aws/DynamoDbNumber.ts"

const decimal = (text: string): Decimal => {
  const parsed = parseDecimal(text)
  assert.isDefined(parsed, text)
  return parsed
}

const Int = Schema.Int.check(Schema.isBetween({ minimum: -1_000_000_000, maximum: 1_000_000_000 }))

describe("DynamoDB's numbers", () => {
  it("have one spelling each", () => {
    const spellings: ReadonlyArray<readonly [string, string]> = [
      ["1.0", "1"],
      ["-0.0", "0"],
      ["1e3", "1000"],
      ["0.00120", "0.0012"],
      ["12.50", "12.5"],
      [".5", "0.5"],
      ["+7", "7"],
      ["1E100", "1E100"],
      ["12345678901234567890123456789012345678", "12345678901234567890123456789012345678"],
    ]
    for (const [text, expected] of spellings) assert.strictEqual(formatDecimal(decimal(text)), expected)
  })

  it("have bounds: 38 digits and 126 powers of ten", () => {
    for (const text of ["", "x", "1,5", "0x10", "1e", "1e127", "1e-131", "1".repeat(39), "NaN", "--1"]) {
      assert.isUndefined(parseDecimal(text), text)
    }
  })

  it("keep digits that a JavaScript number would lose", () => {
    const sum = addDecimals(decimal("9007199254740993"), decimal("0.0000000001"))
    assert.strictEqual(formatDecimal(sum), "9007199254740993.0000000001")
    assert.isAbove(compareDecimals(decimal("9007199254740993"), decimal("9007199254740992")), 0)
  })

  it.effect.prop(
    "sort and add up as whole numbers do, at any scale",
    { a: Int, b: Int, scale: Schema.Int.check(Schema.isBetween({ minimum: -20, maximum: 20 })) },
    ({ a, b, scale }) =>
      Effect.sync(() => {
        const [left, right] = [decimal(`${a}e${scale}`), decimal(`${b}e${scale}`)]
        assert.strictEqual(Math.sign(compareDecimals(left, right)), Math.sign(a - b))
        assert.deepStrictEqual(addDecimals(left, right), decimal(`${a + b}e${scale}`))
        assert.deepStrictEqual(addDecimals(left, negate(left)), decimal("0"))
        assert.deepStrictEqual(decimal(formatDecimal(left)), left)
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
