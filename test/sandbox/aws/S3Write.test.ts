import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { seeded } from "../../../src/sandbox/Seed.ts"
import { awsCall, type CallOptions, NOON, refused, see } from "../../kit/AwsCalls.ts"

const put = (target: string, options: CallOptions = {}) => awsCall("s3", { method: "PUT", target, ...options })
const get = (target: string) => awsCall("s3", { target })
const copy = (target: string, source: string, headers: Readonly<Record<string, string>> = {}) =>
  put(target, { headers: { "x-amz-copy-source": source, ...headers } })

describe("S3Write", () => {
  it.effect("stores content with its type and metadata, stamped with the sandbox's time", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const headers = {
        "content-type": "text/css",
        "cache-control": "no-store",
        "x-amz-meta-by": "test",
        "x-amz-tagging": "a=1&b=x%20y",
        "content-encoding": "aws-chunked,gzip",
        "x-unknown": "not kept",
      }
      const written = yield* see(s3, put("/acme-config/new.css", { body: "p{}", headers }))
      // md5 of `p{}`
      assert.strictEqual(written.headers["etag"], '"7a4751fa9748e84d3723692e174fafbf"')
      const read = yield* see(s3, get("/acme-config/new.css"))
      assert.strictEqual(read.text, "p{}")
      assert.deepInclude(read.headers, {
        "content-type": "text/css",
        "cache-control": "no-store",
        "content-encoding": "gzip",
        "x-amz-meta-by": "test",
        "x-amz-tagging-count": "2",
        "last-modified": "Thu, 01 Oct 2026 12:00:00 GMT",
      })
      assert.notProperty(read.headers, "x-unknown")
    }),
  )

  it.effect("writes only over nothing with If-None-Match, and only over the same with If-Match", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const once = put("/acme-config/once", { body: "1", headers: { "if-none-match": "*" } })
      const etag = (yield* see(s3, once)).headers["etag"] ?? ""
      assert.deepInclude(yield* refused(s3, once), { status: 412, code: "PreconditionFailed" })
      const over = (tag: string, key = "once") =>
        put(`/acme-config/${key}`, { body: "2", headers: { "if-match": tag } })
      assert.strictEqual((yield* refused(s3, over('"other"'))).code, "PreconditionFailed")
      assert.strictEqual((yield* see(s3, over(etag))).status, 200)
      assert.strictEqual((yield* refused(s3, over(etag))).code, "PreconditionFailed")
      assert.strictEqual((yield* refused(s3, over(etag, "none"))).code, "NoSuchKey")
      const odd = put("/acme-config/once", { headers: { "if-none-match": '"x"' } })
      assert.strictEqual((yield* refused(s3, odd)).code, "NotImplemented")
    }),
  )

  it.effect("stores nothing of a write it refuses", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const code = (options: CallOptions, key = "refused") =>
        Effect.map(refused(s3, put(`/acme-config/${key}`, { body: "x", ...options })), (refusal) => refusal.code)
      assert.strictEqual(yield* code({ headers: { "x-amz-checksum-crc32": "AAAAAA==" } }), "BadDigest")
      assert.strictEqual(yield* code({ headers: { "x-amz-acl": "public-read" } }), "AccessControlListNotSupported")
      assert.strictEqual(yield* code({ headers: { "x-amz-meta-a": "x".repeat(2048) } }), "MetadataTooLarge")
      assert.strictEqual(yield* code({ denied: ["s3:PutObject"] }), "AccessDenied")
      const tagged = { headers: { "x-amz-tagging": "a=1" }, denied: ["s3:PutObjectTagging"] }
      assert.strictEqual(yield* code(tagged), "AccessDenied")
      assert.strictEqual(yield* code({}, "k".repeat(1025)), "KeyTooLongError")
      assert.strictEqual((yield* refused(s3, get("/acme-config/refused"))).code, "NoSuchKey")
    }),
  )

  it.effect("makes a new version where versioning is on", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const one = yield* see(s3, put("/acme-backups/n", { body: "1" }))
      const two = yield* see(s3, put("/acme-backups/n", { body: "2" }))
      const id = one.headers["x-amz-version-id"] ?? ""
      assert.notStrictEqual(two.headers["x-amz-version-id"], id)
      assert.strictEqual((yield* see(s3, get(`/acme-backups/n?versionId=${id}`))).text, "1")
      assert.strictEqual((yield* see(s3, get("/acme-backups/n"))).text, "2")
      assert.notProperty((yield* see(s3, put("/acme-config/n", { body: "1" }))).headers, "x-amz-version-id")
    }),
  )

  it.effect("copies content and metadata, or takes new metadata", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const copied = yield* see(s3, copy("/acme-config/c1", "/acme-config/docs/runbook.md"))
      assert.deepStrictEqual(copied.all("LastModified"), ["2026-10-01T12:00:00.000Z"])
      assert.strictEqual((yield* see(s3, get("/acme-config/c1"))).headers["x-amz-meta-author"], "platform team")
      const replacing = { "x-amz-metadata-directive": "REPLACE", "x-amz-meta-author": "me" }
      yield* see(s3, copy("/acme-config/c1", "acme-config/c1", replacing))
      assert.strictEqual((yield* see(s3, get("/acme-config/c1"))).headers["x-amz-meta-author"], "me")
      const encoded = copy("/acme-config/c2", "acme-config/docs/a%2Bb%20%26%20c%3Dd%25.txt")
      assert.strictEqual((yield* see(s3, encoded)).status, 200)
    }),
  )

  it.effect("refuses copies that copy nothing", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const runbook = "/acme-config/docs/runbook.md"
      const code = (source: string, headers: Readonly<Record<string, string>> = {}) =>
        Effect.map(refused(s3, copy(runbook, source, headers)), (refusal) => refusal.code)
      assert.strictEqual(yield* code(runbook), "InvalidRequest")
      assert.strictEqual(yield* code("acme-config"), "InvalidArgument")
      assert.strictEqual(yield* code("/acme-config/none"), "NoSuchKey")
      assert.strictEqual(yield* code("/globex-reports/2026/q1.csv"), "AccessDenied")
      const stale = { "x-amz-copy-source-if-match": '"x"' }
      assert.strictEqual(yield* code("/acme-config/app/limits.yaml", stale), "PreconditionFailed")
    }),
  )

  it.effect("counts time in the sandbox's clock", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      yield* see(s3, put("/acme-config/later", { now: NOON + 61_000 }))
      const read = yield* see(s3, get("/acme-config/later"))
      assert.strictEqual(read.headers["last-modified"], "Thu, 01 Oct 2026 12:01:01 GMT")
    }),
  )
})
