import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { decodePath, formPairs, queryPairs, xmlText } from "../../src/sandbox/Wire.ts"

describe("Wire", () => {
  it.effect.prop(
    "a path is decoded exactly once, whatever was in it",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const sane = text.replace(/\p{Cs}/gu, "x")
        assert.strictEqual(decodePath(encodeURIComponent(sane)), sane)
      }),
    { arbitrary: { runs: 1000, size: 200 } },
  )

  it("what is no encoding stays as it is; a plus is a plus in a path and a blank in a form", () => {
    assert.strictEqual(decodePath("%zz%2"), "%zz%2")
    assert.strictEqual(decodePath("%ff%fe"), "%ff%fe")
    assert.strictEqual(decodePath("a+b%2Bc%252F"), "a+b+c%2F")
    assert.deepEqual(queryPairs("list-type=2&prefix=a+b%20c&flag"), [
      ["list-type", "2"],
      ["prefix", "a+b c"],
      ["flag", ""],
    ])
    assert.deepEqual(queryPairs(""), [])
    assert.deepEqual(formPairs(Buffer.from("Action=X&A.1=b+c%2B")), [
      ["Action", "X"],
      ["A.1", "b c+"],
    ])
  })

  it("text cannot break out of its element", () => {
    assert.strictEqual(xmlText(`<a b="c">&'\r`), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;&#13;")
  })
})
