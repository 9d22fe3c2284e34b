import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { flagOf, numberOf, requiredOf, rowsOf, valuesOf } from "../../../src/sandbox/aws/Ec2Form.ts"

const form = new Map([
  ["InstanceId.10", "j"],
  ["InstanceId.2", "b"],
  ["InstanceId.1", "a"],
  ["Tag.1.Key", "k"],
  ["Tag.1.Value", "v"],
  ["Tag.2.Key", "only"],
  ["DryRun", "True"],
  ["Odd", "yes"],
  ["MaxResults", "5"],
])

describe("Ec2Form", () => {
  it("orders numbered fields by number, not by text", () => {
    assert.deepStrictEqual(valuesOf(form, "InstanceId"), ["a", "b", "j"])
    assert.deepStrictEqual(valuesOf(form, "Instance"), [])
  })

  it("groups the fields of a row", () => {
    assert.deepStrictEqual(
      rowsOf(form, "Tag").map((row) => [...row]),
      [
        [
          ["Key", "k"],
          ["Value", "v"],
        ],
        [["Key", "only"]],
      ],
    )
  })

  it.effect("reads flags and numbers, and says what is wrong with others", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* flagOf(form, "DryRun"))
      assert.isFalse(yield* flagOf(form, "Force"))
      assert.strictEqual((yield* Effect.flip(flagOf(form, "Odd"))).code, "InvalidParameterValue")
      assert.strictEqual(yield* numberOf(form, "MaxResults", 5, 1000), 5)
      assert.isUndefined(yield* numberOf(form, "MinResults", 5, 1000))
      assert.strictEqual((yield* Effect.flip(numberOf(form, "MaxResults", 6, 1000))).code, "InvalidParameterValue")
      assert.strictEqual((yield* Effect.flip(numberOf(form, "Odd", 0, 9))).code, "InvalidParameterValue")
      assert.strictEqual((yield* Effect.flip(requiredOf(form, "ImageId"))).code, "MissingParameter")
    }),
  )
})
