import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  AttributeValue,
  compareValues,
  normalise,
  sameValue,
  sizeOf,
  typeOf,
} from "../../../src/sandbox/aws/DynamoDbValue.ts"

const decode = Schema.decodeUnknownEffect(AttributeValue)

describe("attribute values", () => {
  it.effect("are read at every depth, with numbers checked", () =>
    Effect.gen(function* () {
      const value = { M: { list: { L: [{ S: "a" }, { N: "1.50" }, { NULL: true }, { BS: ["AA=="] }] } } }
      assert.deepStrictEqual(yield* decode(value), value)
      for (const bad of [{ N: "one" }, { S: 1 }, { NS: ["1", "x"] }, { SS: [] }, { L: [{ Q: "" }] }, { B: "!" }, "a"]) {
        yield* Effect.flip(decode(bad))
      }
    }),
  )

  it("are the same whatever the spelling of numbers, the order of sets and the order of map members", () => {
    assert.isTrue(sameValue({ N: "1.0" }, { N: "1" }))
    assert.isTrue(sameValue({ NS: ["1", "2"] }, { NS: ["2.0", "1e0"] }))
    assert.isTrue(sameValue({ SS: ["a", "b"] }, { SS: ["b", "a"] }))
    assert.isTrue(sameValue({ M: { a: { S: "x" }, b: { N: "1" } } }, { M: { b: { N: "1.0" }, a: { S: "x" } } }))
    assert.isFalse(sameValue({ L: [{ S: "a" }, { S: "b" }] }, { L: [{ S: "b" }, { S: "a" }] }))
    assert.isFalse(sameValue({ S: "1" }, { N: "1" }))
    assert.deepStrictEqual(normalise({ M: { a: { N: "01.10" } } }), { M: { a: { N: "1.1" } } })
  })

  it("sort by number, by UTF-8 bytes and by bytes, and not across types", () => {
    assert.isBelow(compareValues({ N: "9" }, { N: "10" }) ?? 0, 0)
    assert.isBelow(compareValues({ S: "10" }, { S: "9" }) ?? 0, 0)
    // In UTF-16 the surrogate pair would come first.
    assert.isAbove(compareValues({ S: "\u{1F600}" }, { S: "\uFF5E" }) ?? 0, 0)
    assert.isBelow(compareValues({ B: "AA==" }, { B: "/w==" }) ?? 0, 0)
    assert.isUndefined(compareValues({ S: "1" }, { N: "1" }))
    assert.isUndefined(compareValues({ BOOL: true }, { BOOL: false }))
  })

  it("tell their type and size", () => {
    assert.strictEqual(typeOf({ BOOL: false }), "BOOL")
    assert.strictEqual(sizeOf({ S: "ü" }), 2)
    assert.strictEqual(sizeOf({ B: "AAA=" }), 2)
    assert.strictEqual(sizeOf({ L: [{ S: "" }, { S: "" }] }), 2)
    assert.isUndefined(sizeOf({ N: "10" }))
  })
})
