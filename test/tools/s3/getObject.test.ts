import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { asText, PIECE, pieceOf } from "../../../src/tools/s3/getObject.ts"

const Position = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

describe("pieces of an object", () => {
  it("a range is what it says, and never more than a piece", () => {
    assert.deepEqual(pieceOf(undefined), { first: 0, last: PIECE - 1 })
    assert.deepEqual(pieceOf("0-1023"), { first: 0, last: 1023 })
    assert.deepEqual(pieceOf("bytes=5-5"), { first: 5, last: 5 })
    assert.deepEqual(pieceOf("100-"), { first: 100, last: 100 + PIECE - 1 })
    assert.deepEqual(pieceOf("0-99999999"), { first: 0, last: PIECE - 1 })
    for (const bad of ["", "5-1", "-5", "a-b", "0-1,3-4", "1e3-2e3"]) assert.isUndefined(pieceOf(bad), bad)
  })

  it.effect.prop(
    "any text cut at any byte comes back whole, piece by piece",
    { text: Schema.String, at: Position },
    ({ at, text }) =>
      Effect.sync(() => {
        const bytes = Buffer.from(`${text}é€𝄞${text}`.replace(/\p{Cc}|\p{Cs}/gu, "x"), "utf8")
        const size = 4 + (at % 50)
        let read = ""
        for (let from = 0; from < bytes.length;) {
          const piece = asText(bytes.subarray(from, from + size))
          assert.isDefined(piece)
          assert.isAbove(piece?.used ?? 0, 0)
          read += piece?.text
          from += piece?.used ?? bytes.length
        }
        assert.strictEqual(read, bytes.toString("utf8"))
      }),
    { arbitrary: { runs: 500, size: 300 } },
  )

  it("what is not text is not taken for it", () => {
    for (const bytes of [
      [0x89, 0x50, 0x4e, 0x47],
      [0xff, 0xfe, 0, 0],
      [0, 1, 2],
      [0xc3, 0x28, 0x41, 0x41, 0x41],
    ])
      assert.isUndefined(asText(Uint8Array.from(bytes)), String(bytes))
    assert.deepEqual(asText(new Uint8Array()), { text: "", used: 0 })
  })
})
