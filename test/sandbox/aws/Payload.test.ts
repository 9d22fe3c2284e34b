import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { crc32 } from "node:zlib"
import { acceptPayload, decodeChunks, signedPayloadHash } from "../../../src/sandbox/aws/Payload.ts"
import { sha256Hex } from "../../../src/sandbox/SigV4.ts"
import { wireRequest } from "../../kit/SignedAws.ts"

const STREAMING = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

const crcOf = (data: Uint8Array): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(data))
  return bytes.toString("base64")
}

const chunked = (pieces: ReadonlyArray<Uint8Array>, trailer: string): Buffer =>
  Buffer.concat([
    ...pieces
      .filter((piece) => piece.length > 0)
      .flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]),
    Buffer.from(`0\r\n${trailer}\r\n\r\n`),
  ])

const upload = (body: Buffer, length: number, more: Record<string, string> = {}) =>
  wireRequest({
    method: "PUT",
    path: "/b/k",
    body,
    headers: {
      "content-encoding": "aws-chunked",
      "transfer-encoding": "chunked",
      "x-amz-decoded-content-length": String(length),
      "x-amz-trailer": "x-amz-checksum-crc32",
      ...more,
    },
  })

describe("aws-chunked bodies", () => {
  it.effect.prop(
    "come out as they went in, in however many pieces, with their checksum as a header",
    { pieces: Schema.Array(Schema.String) },
    ({ pieces }) =>
      Effect.gen(function* () {
        const parts = pieces.map((piece) => Buffer.from(piece))
        const data = Buffer.concat(parts)
        const body = chunked(parts, `x-amz-checksum-crc32:${crcOf(data)}`)
        const accepted = yield* acceptPayload(upload(body, data.length), STREAMING)
        assert.deepStrictEqual(Buffer.from(accepted.body), data)
        assert.strictEqual(accepted.headers["x-amz-checksum-crc32"], crcOf(data))
        assert.strictEqual(accepted.headers["content-length"], String(data.length))
        assert.notProperty(accepted.headers, "content-encoding")
        assert.notProperty(accepted.headers, "transfer-encoding")
      }),
    { arbitrary: { runs: 300, size: 60 } },
  )

  it.effect("keep the object's own encoding", () =>
    Effect.gen(function* () {
      const body = chunked([Buffer.from("z")], `x-amz-checksum-crc32:${crcOf(Buffer.from("z"))}`)
      const accepted = yield* acceptPayload(upload(body, 1, { "content-encoding": "gzip, aws-chunked" }), STREAMING)
      assert.strictEqual(accepted.headers["content-encoding"], "gzip")
    }),
  )

  it.effect("are refused when cut short, of another length, with a wrong checksum or without the announced one", () =>
    Effect.gen(function* () {
      const data = Buffer.from("hello")
      const trailer = `x-amz-checksum-crc32:${crcOf(data)}`
      const whole = chunked([data], trailer)
      const codes: ReadonlyArray<readonly [ReturnType<typeof upload>, string]> = [
        [upload(whole.subarray(0, 5), 5), "IncompleteBody"],
        [upload(whole, 6), "IncompleteBody"],
        [upload(Buffer.from("hello"), 5), "IncompleteBody"],
        [upload(chunked([data], "x-amz-checksum-crc32:AAAAAA=="), 5), "BadDigest"],
        [upload(chunked([data], ""), 5), "MalformedTrailerError"],
        [upload(whole, 5, { "x-amz-trailer": "x-amz-acl" }), "MalformedTrailerError"],
      ]
      for (const [request, code] of codes) {
        assert.strictEqual((yield* Effect.flip(acceptPayload(request, STREAMING))).code, code)
      }
      const { "x-amz-decoded-content-length": _, ...headers } = upload(whole, 5).headers
      const lengthless = yield* Effect.flip(acceptPayload({ ...upload(whole, 5), headers }, STREAMING))
      assert.strictEqual(lengthless.status, 411)
    }),
  )

  it.effect("bring no header but the announced checksum", () =>
    Effect.gen(function* () {
      const data = Buffer.from("hello")
      const body = chunked([data], `x-amz-checksum-crc32:${crcOf(data)}\r\nx-amz-acl:public-read`)
      const accepted = yield* acceptPayload(upload(body, 5), STREAMING)
      assert.notProperty(accepted.headers, "x-amz-acl")
    }),
  )

  it("may carry extensions after a chunk's length", () => {
    const body = Buffer.from("2;chunk-signature=ab\r\nhi\r\n0\r\n\r\n")
    assert.deepStrictEqual(decodeChunks(body)?.data.toString(), "hi")
    assert.isUndefined(decodeChunks(Buffer.from("zz\r\nhi\r\n0\r\n\r\n")))
  })
})

describe("payload hashes", () => {
  it("S3's is what the client says, other services' is that of the body", () => {
    const headers = { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }
    const request = wireRequest({ headers, body: Buffer.from("x") })
    assert.strictEqual(signedPayloadHash(request, "s3", false), "UNSIGNED-PAYLOAD")
    assert.strictEqual(signedPayloadHash(request, "dynamodb", false), sha256Hex("x"))
    assert.isUndefined(signedPayloadHash(wireRequest({}), "s3", false))
    assert.strictEqual(signedPayloadHash(wireRequest({}), "s3", true), "UNSIGNED-PAYLOAD")
  })

  it.effect("a body must have the hash that was signed, or be declared unsigned", () =>
    Effect.gen(function* () {
      const request = wireRequest({ body: Buffer.from("x") })
      assert.strictEqual(yield* acceptPayload(request, sha256Hex("x")), request)
      assert.strictEqual(yield* acceptPayload(request, "UNSIGNED-PAYLOAD"), request)
      const other = yield* Effect.flip(acceptPayload(request, sha256Hex("y")))
      assert.strictEqual(other.code, "XAmzContentSHA256Mismatch")
      const signedChunks = yield* Effect.flip(acceptPayload(request, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"))
      assert.strictEqual(signedChunks.status, 501)
    }),
  )
})
