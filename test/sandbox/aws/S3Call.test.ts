import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { addressOf, ownerId } from "../../../src/sandbox/aws/S3Call.ts"
import { seeded } from "../../../src/sandbox/Seed.ts"
import { awsCall, refused } from "../../kit/AwsCalls.ts"

describe("S3Call", () => {
  it("reads bucket and key from the path, decoded once", () => {
    assert.deepStrictEqual(addressOf("127.0.0.1:80", "/b/%C3%BC%2B%20%26%3D%252F.txt"), {
      bucketName: "b",
      key: "ü+ &=%2F.txt",
    })
    assert.deepStrictEqual(addressOf("127.0.0.1:80", "/b"), { bucketName: "b", key: "" })
    assert.deepStrictEqual(addressOf("127.0.0.1:80", "/b/a//c/"), { bucketName: "b", key: "a//c/" })
    assert.deepStrictEqual(addressOf("127.0.0.1:80", "/"), { bucketName: "", key: "" })
  })

  it("reads the bucket from a virtual host, but not from S3's own name", () => {
    assert.deepStrictEqual(addressOf("my.bucket.localhost:4566", "/k/1"), { bucketName: "my.bucket", key: "k/1" })
    assert.deepStrictEqual(addressOf("abc.s3.eu-west-1.amazonaws.com", "/k"), { bucketName: "abc", key: "k" })
    assert.deepStrictEqual(addressOf("s3.localhost:4566", "/abc/k"), { bucketName: "abc", key: "k" })
    assert.deepStrictEqual(addressOf("localhost:4566", "/abc/k"), { bucketName: "abc", key: "k" })
  })

  it.effect("tells a missing bucket from one of another account", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const missing = yield* refused(s3, awsCall("s3", { target: "/no-such-bucket?list-type=2" }))
      assert.deepInclude(missing, { status: 404, code: "NoSuchBucket" })
      assert.deepStrictEqual(missing.fields, { BucketName: "no-such-bucket" })
      const foreign = yield* refused(s3, awsCall("s3", { target: "/globex-reports/2026/q1.csv" }))
      assert.deepInclude(foreign, { status: 403, code: "AccessDenied" })
      const headers = { "x-amz-expected-bucket-owner": "210987654321" }
      const unexpected = yield* refused(s3, awsCall("s3", { target: "/acme-config?list-type=2", headers }))
      assert.strictEqual(unexpected.code, "AccessDenied")
    }),
  )

  it("gives each account a canonical id of its own", () => {
    assert.match(ownerId("123456789012"), /^[0-9a-f]{64}$/)
    assert.notStrictEqual(ownerId("123456789012"), ownerId("210987654321"))
  })
})
