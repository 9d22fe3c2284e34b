import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { seeded } from "../../../src/sandbox/Seed.ts"
import { awsCall, type CallOptions, refused, see } from "../../kit/AwsCalls.ts"

const runbook = "/acme-config/docs/runbook.md"

const get = (headers: Readonly<Record<string, string>> = {}, target = runbook, options: CallOptions = {}) =>
  awsCall("s3", { target, headers, ...options })

describe("S3Read", () => {
  it.effect("reads content with its type, metadata and date", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const answer = yield* see(s3, get())
      assert.match(answer.text, /^# Runbook/)
      assert.deepInclude(answer.headers, {
        "content-type": "text/markdown",
        "x-amz-meta-author": "platform team",
        "last-modified": "Tue, 30 Jun 2026 16:20:00 GMT",
        "x-amz-tagging-count": "1",
        "content-length": String(answer.text.length),
      })
      assert.notProperty(answer.headers, "x-amz-version-id")
    }),
  )

  it.effect("serves a range, says which, and refuses one beyond the end", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const part = yield* see(s3, get({ range: "bytes=2-8" }))
      assert.strictEqual(part.status, 206)
      assert.strictEqual(part.text, "Runbook")
      assert.strictEqual(part.headers["content-range"], "bytes 2-8/55")
      const beyond = yield* refused(s3, get({ range: "bytes=999-" }))
      assert.deepInclude(beyond, { status: 416, code: "InvalidRange" })
      assert.deepStrictEqual(beyond.fields, { RangeRequested: "bytes=999-", ActualObjectSize: "55" })
    }),
  )

  it.effect("honours preconditions", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const etag = (yield* see(s3, get())).headers["etag"] ?? ""
      const unchanged = yield* see(s3, get({ "if-none-match": etag }))
      assert.strictEqual(unchanged.status, 304)
      assert.strictEqual(unchanged.text, "")
      assert.strictEqual(unchanged.headers["etag"], etag)
      assert.strictEqual((yield* see(s3, get({ "if-match": etag }))).status, 200)
      assert.deepInclude(yield* refused(s3, get({ "if-match": '"x"' })), { status: 412, code: "PreconditionFailed" })
      assert.strictEqual((yield* see(s3, get({ "if-none-match": '"x"' }))).status, 200)
    }),
  )

  it.effect("tells the checksum of a whole object when asked, but not that of a part", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const enabled = { "x-amz-checksum-mode": "ENABLED" }
      assert.property((yield* see(s3, get(enabled))).headers, "x-amz-checksum-crc32")
      assert.notProperty((yield* see(s3, get())).headers, "x-amz-checksum-crc32")
      assert.notProperty((yield* see(s3, get({ ...enabled, range: "bytes=0-1" }))).headers, "x-amz-checksum-crc32")
    }),
  )

  it.effect("lets the query replace headers of the answer", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const answer = yield* see(s3, get({}, `${runbook}?response-content-type=text%2Fplain`))
      assert.strictEqual(answer.headers["content-type"], "text/plain")
    }),
  )

  it.effect("reads old versions, and knows markers and ids that are none", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const list = yield* see(s3, get({}, "/acme-backups?versions&prefix=db/orders"))
      const oldest = list.all("VersionId").at(-1) ?? ""
      const answer = yield* see(s3, get({}, `/acme-backups/db/orders.sql?versionId=${oldest}`))
      assert.strictEqual(answer.text, "-- orders, first copy\n")
      assert.strictEqual(answer.headers["x-amz-version-id"], oldest)
      const retired = yield* see(s3, get({}, "/acme-backups?versions&prefix=db/retired"))
      const marker = retired.all("VersionId")[0] ?? ""
      const read = (query: string) => refused(s3, get({}, `/acme-backups/db/retired.sql${query}`))
      assert.deepInclude(yield* read(""), { status: 404, code: "NoSuchKey" })
      assert.deepInclude(yield* read(`?versionId=${marker}`), { status: 405, code: "MethodNotAllowed" })
      assert.deepInclude(yield* read(`?versionId=${"x".repeat(32)}`), { status: 404, code: "NoSuchVersion" })
      assert.deepInclude(yield* read("?versionId=nonsense"), { status: 400, code: "InvalidArgument" })
    }),
  )

  it.effect("does not tell those who may not list whether a key exists", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const missing = "/acme-config/none"
      const open = yield* refused(s3, get({}, missing))
      assert.deepInclude(open, { status: 404, code: "NoSuchKey" })
      assert.deepStrictEqual(open.fields, { Key: "none" })
      const closed = yield* refused(s3, get({}, missing, { denied: ["s3:ListBucket"] }))
      assert.strictEqual(closed.code, "AccessDenied")
    }),
  )

  it.effect("asks for another permission to read a version", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const asked: Array<string> = []
      yield* see(s3, get({}, runbook, { asked }))
      yield* see(s3, get({}, `${runbook}?versionId=null`, { asked, method: "HEAD" }))
      assert.deepStrictEqual(asked, [
        "s3:GetObject arn:aws:s3:::acme-config/docs/runbook.md",
        "s3:GetObjectVersion arn:aws:s3:::acme-config/docs/runbook.md",
      ])
    }),
  )
})
