import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import type { AwsService } from "../../../src/sandbox/aws/AwsCall.ts"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { seeded } from "../../../src/sandbox/Seed.ts"
import { awsCall, refused, see } from "../../kit/AwsCalls.ts"

const big = Buffer.alloc(5 * 1024 * 1024, "a")
const small = Buffer.from("the end")
const object = "/acme-config/big"

const begin = (s3: AwsService) =>
  Effect.map(
    see(s3, awsCall("s3", { method: "POST", target: `${object}?uploads`, headers: { "content-type": "text/x" } })),
    (answer) => answer.all("UploadId")[0] ?? "",
  )

const part = (id: string, number: number | string, body: Uint8Array) =>
  awsCall("s3", { method: "PUT", target: `${object}?partNumber=${number}&uploadId=${id}`, body })

const md5 = (body: Uint8Array) => createHash("md5").update(body).digest("hex")

const complete = (id: string, parts: ReadonlyArray<readonly [number: number, etag: string]>) =>
  awsCall("s3", {
    method: "POST",
    target: `${object}?uploadId=${id}`,
    body: `<CompleteMultipartUpload>${parts
      .map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag></Part>`)
      .join("")}</CompleteMultipartUpload>`,
  })

describe("S3Multipart", () => {
  it.effect("puts parts that came in any order together, under the entity tag that AWS computes", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const id = yield* begin(s3)
      yield* see(s3, part(id, 2, small))
      assert.strictEqual((yield* see(s3, part(id, 1, big))).headers["etag"], `"${md5(big)}"`)
      assert.strictEqual((yield* refused(s3, awsCall("s3", { target: object }))).code, "NoSuchKey")
      const parts = yield* see(s3, awsCall("s3", { target: `${object}?uploadId=${id}` }))
      assert.deepStrictEqual(parts.all("PartNumber"), ["1", "2"])
      yield* see(
        s3,
        complete(id, [
          [1, md5(big)],
          [2, md5(small)],
        ]),
      )
      const read = yield* see(s3, awsCall("s3", { target: object }))
      assert.strictEqual(read.text.length, big.length + small.length)
      assert.strictEqual(read.headers["content-type"], "text/x")
      const tag = createHash("md5").update(md5(big), "hex").update(md5(small), "hex").digest("hex")
      assert.strictEqual(read.headers["etag"], `"${tag}-2"`)
      assert.strictEqual((yield* refused(s3, complete(id, [[1, md5(big)]]))).code, "NoSuchUpload")
    }),
  )

  it.effect("refuses parts that are unknown, out of order or too small, and keeps the upload", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const id = yield* begin(s3)
      yield* see(s3, part(id, 1, small))
      yield* see(s3, part(id, 2, small))
      const code = (parts: ReadonlyArray<readonly [number, string]>) =>
        Effect.map(refused(s3, complete(id, parts)), (refusal) => refusal.code)
      const one = [1, md5(small)] as const
      const two = [2, md5(small)] as const
      assert.strictEqual(yield* code([[3, md5(small)]]), "InvalidPart")
      assert.strictEqual(yield* code([[1, md5(big)]]), "InvalidPart")
      assert.strictEqual(yield* code([two, one]), "InvalidPartOrder")
      assert.strictEqual(yield* code([one, two]), "EntityTooSmall")
      assert.strictEqual(yield* code([]), "MalformedXML")
      for (const number of [0, 10001, "x"])
        assert.strictEqual((yield* refused(s3, part(id, number, small))).code, "InvalidArgument")
      assert.strictEqual((yield* see(s3, complete(id, [two]))).status, 200)
    }),
  )

  it.effect("lists uploads under way, and forgets an aborted one", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const id = yield* begin(s3)
      const uploads = awsCall("s3", { target: "/acme-config?uploads" })
      assert.deepStrictEqual((yield* see(s3, uploads)).all("UploadId"), [id])
      const elsewhere = awsCall("s3", { method: "DELETE", target: `/acme-config/other?uploadId=${id}` })
      assert.strictEqual((yield* refused(s3, elsewhere)).code, "NoSuchUpload")
      yield* see(s3, awsCall("s3", { method: "DELETE", target: `${object}?uploadId=${id}` }))
      assert.deepStrictEqual((yield* see(s3, uploads)).all("UploadId"), [])
      assert.strictEqual((yield* refused(s3, part(id, 1, small))).code, "NoSuchUpload")
    }),
  )

  it.effect("does not store a part that is a copy of something else", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const id = yield* begin(s3)
      const headers = { "x-amz-copy-source": "/acme-config/empty.flag" }
      const call = awsCall("s3", { method: "PUT", target: `${object}?partNumber=1&uploadId=${id}`, headers })
      assert.strictEqual((yield* refused(s3, call)).code, "NotImplemented")
    }),
  )
})
