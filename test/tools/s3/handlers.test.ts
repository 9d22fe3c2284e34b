import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { s3Tools } from "../../../src/tools/s3/tools.ts"
import { done, failed, says, scriptedAws } from "../../kit/ScriptedAws.ts"

const day = new Date("2026-03-01T12:00:00.000Z")

describe("S3 lists", () => {
  it.effect("buckets come a page at a time, also from an S3 that ignores the prefix", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({
        Buckets: [
          { Name: "logs-a", CreationDate: day, BucketRegion: "eu-west-1" },
          { Name: "other", CreationDate: day },
        ],
        ContinuationToken: "next",
      }))
      const result = done(
        yield* aws.call(s3Tools, "s3_list_buckets", { prefix: "logs-", limit: 2, cursor: "c", account: "a" }),
      )
      assert.deepEqual(result, {
        buckets: [{ name: "logs-a", creation_date: "2026-03-01T12:00:00.000Z", region: "eu-west-1" }],
        next_cursor: "next",
      })
      assert.deepInclude(aws.sent[0], { principal: "agent-7", account: "a", idempotent: true })
      assert.deepEqual(aws.sent[0]?.input, { MaxBuckets: 2, Prefix: "logs-", ContinuationToken: "c" })
    }),
  )

  it.effect("objects are listed 100 at a time unless asked otherwise, with the level's prefixes", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => ({
        Contents: [{ Key: "a/1", Size: 3, LastModified: day }],
        CommonPrefixes: [{ Prefix: "a/b/" }],
        IsTruncated: true,
        NextContinuationToken: "n",
      }))
      const result = done(
        yield* aws.call(s3Tools, "s3_list_objects", { bucket: "b", prefix: "a/", delimiter: "/", cursor: "c" }),
      )
      assert.deepEqual(result, {
        objects: [{ key: "a/1", size: 3, last_modified: "2026-03-01T12:00:00.000Z" }],
        prefixes: ["a/b/"],
        is_truncated: true,
        next_cursor: "n",
      })
      assert.deepEqual(aws.sent[0]?.input, {
        Bucket: "b",
        MaxKeys: 100,
        Prefix: "a/",
        Delimiter: "/",
        ContinuationToken: "c",
      })
    }),
  )

  it.effect("an empty bucket is an empty list", () =>
    Effect.gen(function* () {
      const result = done(yield* scriptedAws(() => ({})).call(s3Tools, "s3_list_objects", { bucket: "b" }))
      assert.deepEqual(result, { objects: [], is_truncated: false })
    }),
  )
})

describe("s3_put_object", () => {
  const put = (args: object) => {
    const aws = scriptedAws(() => ({ ETag: '"e"', VersionId: "v1" }))
    return Effect.map(aws.call(s3Tools, "s3_put_object", { bucket: "b", key: "k", ...args }), (outcome) => ({
      outcome,
      sent: aws.sent,
    }))
  }

  it.effect("text is sent as UTF-8, and the answer names what was written", () =>
    Effect.gen(function* () {
      const { outcome, sent } = yield* put({ content: "naïve", metadata: { by: "me" } })
      assert.deepEqual(done(outcome), {
        bucket: "b",
        key: "k",
        version_id: "v1",
        etag: '"e"',
        message: "Uploaded 6 bytes to s3://b/k.",
      })
      assert.deepInclude(sent[0]?.input, { ContentType: "text/plain; charset=utf-8", Metadata: { by: "me" } })
      assert.strictEqual(Buffer.from(sent[0]?.input["Body"] as Uint8Array).toString("utf8"), "naïve")
    }),
  )

  it.effect("base64 is sent as the bytes it means; what is none is refused before anything is sent", () =>
    Effect.gen(function* () {
      const { sent } = yield* put({ content: "AP8B\nAg==", encoding: "base64" })
      assert.deepEqual(sent[0]?.input["Body"], Buffer.from([0, 255, 1, 2]))
      assert.notProperty(sent[0]?.input, "ContentType")
      for (const content of ["AP8", "A===", "AP8-", "not base64"]) {
        const bad = yield* put({ content, encoding: "base64" })
        assert.strictEqual(failed(bad.outcome).code, "invalid_arguments", content)
        assert.deepEqual(bad.sent, [])
      }
    }),
  )

  it.effect("only an upload without a condition may be sent twice", () =>
    Effect.gen(function* () {
      const sends = function* (args: object) {
        return (yield* put({ content: "x", ...args })).sent[0]?.idempotent
      }
      assert.isTrue(yield* sends({}))
      assert.isFalse(yield* sends({ if_none_match: "*" }))
      assert.isFalse(yield* sends({ if_match: '"e"' }))
    }),
  )

  it.effect("a condition that does not hold is AWS's own refusal", () =>
    Effect.gen(function* () {
      const aws = scriptedAws(() => says("PreconditionFailed"))
      const outcome = yield* aws.call(s3Tools, "s3_put_object", {
        bucket: "b",
        key: "k",
        content: "x",
        if_none_match: "*",
      })
      assert.strictEqual(failed(outcome).code, "PreconditionFailed")
      assert.strictEqual(aws.sent[0]?.input["IfNoneMatch"], "*")
    }),
  )
})

describe("s3_delete_object", () => {
  it.effect("says whether the object is gone or only covered by a marker", () =>
    Effect.gen(function* () {
      const remove = function* (output: object, args: object = {}) {
        const aws = scriptedAws(() => output)
        return String(done(yield* aws.call(s3Tools, "s3_delete_object", { bucket: "b", key: "k", ...args }))["message"])
      }
      assert.match(yield* remove({ DeleteMarker: true, VersionId: "v" }), /older versions are still there/)
      assert.match(yield* remove({}), /is deleted/)
      assert.match(yield* remove({ DeleteMarker: true, VersionId: "v" }, { version_id: "v" }), /is deleted/)
    }),
  )
})
