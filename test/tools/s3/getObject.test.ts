import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { Readable } from "node:stream"
import { asText, PIECE, pieceOf } from "../../../src/tools/s3/getObject.ts"
import { s3Tools } from "../../../src/tools/s3/tools.ts"
import { done, failed, says, scriptedAws } from "../../kit/ScriptedAws.ts"

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

/** A bucket with one object in it, which answers ranges as S3 does. */
const holding = (content: Uint8Array) =>
  scriptedAws(({ input }) => {
    const match = /^bytes=(\d+)-(\d+)$/.exec(String(input["Range"]))
    const [first, last] = match === null ? [0, content.length] : [Number(match[1]), Number(match[2])]
    if (match !== null && first >= content.length) return says("InvalidRange")
    const part = content.subarray(first, last + 1)
    return {
      Body: { transformToByteArray: () => Promise.resolve(part) },
      ContentLength: part.length,
      ...(match === null ? {} : { ContentRange: `bytes ${first}-${first + part.length - 1}/${content.length}` }),
    }
  })

const get = (aws: ReturnType<typeof holding>, args: object = {}) =>
  aws.call(s3Tools, "s3_get_object", { bucket: "b", key: "k", ...args })

describe("s3_get_object", () => {
  it.effect("next_range leads through the whole object, and no character is cut in two", () =>
    Effect.gen(function* () {
      const whole = "aé€𝄞".repeat(8000)
      const aws = holding(Buffer.from(whole, "utf8"))
      let read = ""
      let range: unknown
      do {
        const piece: Readonly<Record<string, unknown>> = done(yield* get(aws, range === undefined ? {} : { range }))
        assert.deepInclude(piece, { encoding: "text", size: 80_000 })
        read += String(piece["content"])
        range = piece["next_range"]
      } while (range !== undefined)
      assert.strictEqual(read, whole)
      assert.strictEqual(aws.sent.length, 3)
    }),
  )

  it.effect("bytes come as base64, and a wish for text is refused", () =>
    Effect.gen(function* () {
      const aws = holding(Buffer.from([0, 255, 1]))
      assert.deepInclude(done(yield* get(aws)), { encoding: "base64", content: "AP8B", range: "0-2" })
      assert.strictEqual(failed(yield* get(aws, { encoding: "text" })).code, "not_text")
    }),
  )

  it.effect("an empty object is empty; a range beyond the end is an error that says so", () =>
    Effect.gen(function* () {
      assert.deepEqual(done(yield* get(holding(new Uint8Array()))), {
        bucket: "b",
        key: "k",
        content: "",
        size: 0,
        encoding: "text",
      })
      assert.match(failed(yield* get(holding(Buffer.from("abc")), { range: "3-9" })).text, /ends before byte 3/)
    }),
  )

  it.live("a caller who gives up while the rest does not come closes the connection", () =>
    Effect.gen(function* () {
      const started = Promise.withResolvers<void>()
      const body = Object.assign(new Readable({ read() {} }), {
        transformToByteArray: () => {
          started.resolve()
          return Promise.withResolvers<Uint8Array>().promise
        },
      })
      const fiber = yield* Effect.forkChild(get(scriptedAws(() => ({ Body: body }))))
      yield* Effect.promise(() => started.promise)
      assert.isFalse(body.destroyed)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(body.destroyed)
    }),
  )
})
