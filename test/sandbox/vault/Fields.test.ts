import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { checkFields, recordOf } from "../../../src/sandbox/vault/Fields.ts"

const FIELDS = { ttl: "duration", names: "list", meta: "map", sync: "flag", count: "int", text: "text" } as const
const params = (sent: Parameters<typeof checkFields>[1]) => Result.getOrThrow(checkFields(FIELDS, sent)).params
const complaint = (sent: Parameters<typeof checkFields>[1]) => {
  const checked = checkFields(FIELDS, sent)
  return Result.isFailure(checked) ? checked.failure : "accepted"
}

describe("parameters", () => {
  it("the command line's texts become what the endpoint wants", () => {
    const read = params({ ttl: "15m", names: "a, b,", meta: "k=v=w", sync: "false", count: "3", text: 7 })
    assert.deepStrictEqual(read.list("names"), ["a", "b"])
    assert.deepStrictEqual(read.map("meta"), { k: "v=w" })
    assert.deepStrictEqual([read.number("ttl"), read.number("count"), read.text("text")], [900, 3, "7"])
    assert.isFalse(read.flag("sync", true))
  })

  it("what was not sent gives the fallback", () => {
    const read = params({})
    assert.deepStrictEqual([read.text("text", "x"), read.number("ttl", 5), read.flag("sync", true)], ["x", 5, true])
    assert.isUndefined(read.list("names"))
    assert.isFalse(read.has("ttl"))
  })

  it("unknown names are given back in order", () => {
    assert.deepStrictEqual(Result.getOrThrow(checkFields(FIELDS, { z: 1, text: "", b: 2 })).ignored, ["b", "z"])
  })

  it("a value of the wrong kind is refused with its name", () => {
    assert.strictEqual(
      complaint({ ttl: { a: 1 } }),
      'Field validation failed: error converting input map[a:1] for field "ttl": could not parse duration from input',
    )
    assert.include(complaint({ sync: "maybe" }), 'parsing "maybe": invalid syntax')
    assert.include(complaint({ count: "many" }), 'parsing "many": invalid syntax')
    assert.include(complaint({ text: [1] }), 'for field "text"')
    assert.include(complaint({ meta: "novalue" }), "expected a map")
  })

  it("only a JSON object is a record", () => {
    assert.deepStrictEqual([recordOf([1]), recordOf(null), recordOf("x")], [undefined, undefined, undefined])
    assert.deepStrictEqual(recordOf({ a: 1 }), { a: 1 })
  })
})
