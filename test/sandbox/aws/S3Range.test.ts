import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { conditionOf, namesEtag, rangeOf } from "../../../src/sandbox/aws/S3Range.ts"

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 }))

describe("S3Range", () => {
  it.effect.prop(
    "a range that is served lies within the object, and reads what an array's slice reads",
    { first: Count, last: Count, size: Count },
    ({ first, last, size }) =>
      Effect.sync(() => {
        const bytes = Array.from({ length: size }, (_, index) => index)
        const range = rangeOf(`bytes=${first}-${last}`, size)
        if (last < first) assert.isUndefined(range)
        else if (first >= size) assert.strictEqual(range, "unsatisfiable")
        else if (typeof range === "object") {
          assert.isBelow(range.end, size)
          assert.deepStrictEqual(bytes.slice(range.start, range.end + 1), bytes.slice(first, last + 1))
        } else assert.fail("no range")
      }),
    { arbitrary: { runs: 1000 } },
  )

  it("serves open and trailing ranges, and refuses those beyond the end", () => {
    assert.deepStrictEqual(rangeOf("bytes=3-", 10), { start: 3, end: 9 })
    assert.deepStrictEqual(rangeOf("bytes=-4", 10), { start: 6, end: 9 })
    assert.deepStrictEqual(rangeOf("bytes=-400", 10), { start: 0, end: 9 })
    assert.strictEqual(rangeOf("bytes=10-", 10), "unsatisfiable")
    assert.strictEqual(rangeOf("bytes=-0", 10), "unsatisfiable")
    assert.strictEqual(rangeOf("bytes=0-", 0), "unsatisfiable")
  })

  it("reads anything else as a request for the whole object", () => {
    for (const header of [undefined, "", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,3-4"])
      assert.isUndefined(rangeOf(header, 10), header)
  })

  it("knows an entity tag among several, weak, bare or any", () => {
    assert.isTrue(namesEtag('"a", W/"b"', "b"))
    assert.isTrue(namesEtag("b", "b"))
    assert.isTrue(namesEtag("*", "b"))
    assert.isFalse(namesEtag('"a"', "b"))
  })

  it("weighs dates in whole seconds and lets an entity tag outrank them", () => {
    const version = { etag: "e", modified: 1_790_856_000_700 }
    const same = "Thu, 01 Oct 2026 12:00:00 GMT"
    const before = "Thu, 01 Oct 2026 11:59:59 GMT"
    assert.strictEqual(conditionOf({ "if-modified-since": same }, "", version), "unchanged")
    assert.strictEqual(conditionOf({ "if-modified-since": before }, "", version), "ok")
    assert.strictEqual(conditionOf({ "if-unmodified-since": before }, "", version), "failed")
    assert.strictEqual(conditionOf({ "if-match": '"e"', "if-unmodified-since": before }, "", version), "ok")
    assert.strictEqual(conditionOf({ "if-none-match": '"x"', "if-modified-since": same }, "", version), "ok")
    assert.strictEqual(conditionOf({ "if-modified-since": "whenever" }, "", version), "ok")
  })
})
