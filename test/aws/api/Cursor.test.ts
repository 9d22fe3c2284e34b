import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { readCursor, writeCursor } from "../../../src/aws/api/Cursor.ts"

const call = { service: "s3", operation: "ListObjectsV2", parameters: { Bucket: "b", Prefix: "p/" } }

describe("Cursor", () => {
  it.effect.prop(
    "a cursor leads back to its place",
    { token: Schema.Json, skip: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })) },
    ({ skip, token }) =>
      Effect.gen(function* () {
        const cursor = writeCursor(call, { token, skip })
        assert.match(cursor, /^[\w-]+$/)
        // JSON has no minus zero.
        assert.deepStrictEqual(yield* readCursor(call, cursor), JSON.parse(JSON.stringify({ token, skip })))
      }),
    { arbitrary: { runs: 500, size: 100 } },
  )

  it.effect("a place on the first page has no token", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* readCursor(call, writeCursor(call, { skip: 100 })), { skip: 100 })
    }),
  )

  it.effect("is refused for another operation or other parameters", () =>
    Effect.gen(function* () {
      const cursor = writeCursor(call, { token: "t", skip: 0 })
      const other = yield* Effect.flip(readCursor({ ...call, operation: "ListObjects" }, cursor))
      assert.include(other.message, "another operation")
      const filter = yield* Effect.flip(readCursor({ ...call, parameters: { Bucket: "c" } }, cursor))
      assert.include(filter.message, "other parameters")
    }),
  )

  it.effect("the order of the parameters does not matter", () =>
    Effect.gen(function* () {
      const cursor = writeCursor(call, { token: "t", skip: 0 })
      assert.strictEqual((yield* readCursor({ ...call, parameters: { Prefix: "p/", Bucket: "b" } }, cursor)).token, "t")
    }),
  )

  it.effect("no parameters and empty parameters are the same", () =>
    Effect.gen(function* () {
      const cursor = writeCursor({ ...call, parameters: undefined }, { skip: 1 })
      assert.strictEqual((yield* readCursor({ ...call, parameters: {} }, cursor)).skip, 1)
    }),
  )

  it.effect.prop(
    "what is no cursor is refused with words, whatever it is",
    { text: Schema.String },
    ({ text }) =>
      Effect.gen(function* () {
        for (const cursor of [text, Buffer.from(text).toString("base64url")]) {
          const { reason } = yield* Effect.flip(readCursor(call, cursor))
          assert.strictEqual(reason._tag, "BadCursor")
        }
      }),
    { arbitrary: { runs: 500, size: 100 } },
  )

  it.effect("a cursor with a bad place, an unknown member or of another version is refused", () =>
    Effect.gen(function* () {
      const good: object = JSON.parse(Buffer.from(writeCursor(call, { skip: 1 }), "base64url").toString())
      for (const change of [{ k: -1 }, { k: 1.5 }, { k: "1" }, { v: 2 }, { more: 1 }]) {
        const cursor = Buffer.from(JSON.stringify({ ...good, ...change })).toString("base64url")
        const { reason } = yield* Effect.flip(readCursor(call, cursor))
        assert.strictEqual(reason._tag, "BadCursor", JSON.stringify(change))
      }
      const { reason } = yield* Effect.flip(readCursor(call, "x".repeat(40_000)))
      assert.strictEqual(reason._tag, "BadCursor")
    }),
  )
})
