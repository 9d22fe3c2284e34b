/** The signer's hash, by the published vectors and in pieces. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Sha256 } from "../../src/aws/Sha256.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const bytes = (text: string) => new Uint8Array(Buffer.from(text, "hex"))

const digest = (hash: Sha256) =>
  Effect.map(
    Effect.promise(() => hash.digest()),
    hex,
  )

describe("SHA-256", () => {
  it.effect("is that of FIPS 180-4", () =>
    Effect.gen(function* () {
      const empty = new Sha256()
      assert.strictEqual(yield* digest(empty), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
      const abc = new Sha256()
      abc.update("abc")
      assert.strictEqual(yield* digest(abc), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }),
  )

  it.effect("with a key is the HMAC of RFC 4231, whatever the key and the data are given as", () =>
    Effect.gen(function* () {
      const key = "Jefe"
      const data = "what do ya want for nothing?"
      const expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      // A view into something larger, as Node's small buffers are.
      const within = Buffer.concat([Buffer.from("before"), Buffer.from(key), Buffer.from("after")]).subarray(6, 10)
      const whole = new TextEncoder().encode(key)
      for (const secret of [key, whole, within, whole.buffer]) {
        for (const message of [data, new TextEncoder().encode(data), new TextEncoder().encode(data).buffer]) {
          const hash = new Sha256(secret)
          hash.update(message)
          assert.strictEqual(yield* digest(hash), expected)
        }
      }
      const long = new Sha256(bytes("aa".repeat(131)))
      long.update("Test Using Larger Than Block-Size Key - Hash Key First")
      assert.strictEqual(yield* digest(long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }),
  )

  it.effect.prop(
    "in pieces is that of the whole, also after a new beginning; a text counts as UTF-8",
    [Schema.Array(Schema.String), Schema.UndefinedOr(Schema.NonEmptyString)],
    ([pieces, secret]) =>
      Effect.gen(function* () {
        const whole = new Sha256(secret)
        whole.update(new TextEncoder().encode(pieces.map((one) => one.toWellFormed()).join("")))
        const hash = new Sha256(secret)
        hash.update("something else")
        hash.reset()
        for (const piece of pieces) hash.update(piece.toWellFormed())
        assert.strictEqual(yield* digest(hash), yield* digest(whole))
      }),
    { arbitrary: { runs: 300, size: 60 } },
  )
})
