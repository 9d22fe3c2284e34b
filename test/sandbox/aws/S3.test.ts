import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Readable } from "node:stream"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { awsCall, refused, see } from "../../kit/AwsCalls.ts"
import { awsSandbox, pagesOf, send } from "../../kit/AwsSandbox.ts"

/** The official client on a fresh sandbox. */
const client = Effect.gen(function* () {
  const options = yield* awsSandbox
  return yield* Effect.acquireRelease(
    Effect.sync(() => new S3Client({ ...options, forcePathStyle: true, maxAttempts: 1 })),
    (s3) => Effect.sync(() => s3.destroy()),
  )
})

const contentOf = (output: GetObjectCommandOutput) =>
  send(() => output.Body?.transformToString() ?? Promise.resolve(""))

const Bucket = "acme-config"

describe("S3 with the official client", () => {
  it.live("lists buckets with their regions, and pages through objects", () =>
    Effect.gen(function* () {
      const s3 = yield* client
      const { Buckets } = yield* send(() => s3.send(new ListBucketsCommand({})))
      const media = Buckets?.find(({ Name }) => Name === "acme-media-eu")
      assert.strictEqual(media?.BucketRegion, "eu-west-1")
      const keys: Array<string> = []
      const pages = yield* pagesOf(paginateListObjectsV2({ client: s3, pageSize: 50 }, { Bucket: "acme-app-logs" }))
      for (const page of pages) keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ""))
      assert.deepStrictEqual([pages.length, new Set(keys).size], [3, 121])
    }),
  )

  it.live("carries a hard key, metadata and text there and back, also in a list", () =>
    Effect.gen(function* () {
      const s3 = yield* client
      const Key = "ü+ &=%2F.txt"
      yield* send(() => s3.send(new PutObjectCommand({ Bucket, Key, Body: "grüße", Metadata: { by: "test" } })))
      const read = yield* send(() => s3.send(new GetObjectCommand({ Bucket, Key })))
      assert.strictEqual(yield* contentOf(read), "grüße")
      assert.deepStrictEqual(read.Metadata, { by: "test" })
      const list = yield* send(() => s3.send(new ListObjectsV2Command({ Bucket, Prefix: "ü" })))
      assert.deepStrictEqual(
        list.Contents?.map((object) => object.Key),
        [Key],
      )
      const encoded = yield* send(() => s3.send(new ListObjectsV2Command({ Bucket, Prefix: "ü", EncodingType: "url" })))
      assert.strictEqual(encoded.Contents?.[0]?.Key, "%C3%BC%2B+%26%3D%252F.txt")
      const CopySource = encodeURI(`/${Bucket}/`) + encodeURIComponent(Key)
      yield* send(() => s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource })))
      assert.strictEqual(
        yield* contentOf(yield* send(() => s3.send(new GetObjectCommand({ Bucket, Key: "copy" })))),
        "grüße",
      )
    }),
  )

  it.live("takes a stream of known length out of its aws-chunked form", () =>
    Effect.gen(function* () {
      const s3 = yield* client
      const text = "0123456789".repeat(20_000)
      const Body = Readable.from([text.slice(0, 70_000), text.slice(70_000)])
      const input = { Bucket, Key: "stream", Body, ContentLength: text.length, ContentEncoding: "identity" }
      const written = yield* send(() => s3.send(new PutObjectCommand(input)))
      assert.match(written.ChecksumCRC32 ?? "", /^[\w+/]{6}==$/)
      const read = yield* send(() => s3.send(new GetObjectCommand({ Bucket, Key: "stream" })))
      assert.strictEqual(yield* contentOf(read), text)
      assert.strictEqual(read.ContentEncoding, "identity")
    }),
  )

  it.live("answers ranges, heads and preconditions as the client understands them", () =>
    Effect.gen(function* () {
      const s3 = yield* client
      const Key = "docs/runbook.md"
      const part = yield* send(() => s3.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=2-8" })))
      assert.strictEqual(yield* contentOf(part), "Runbook")
      assert.strictEqual(part.ContentRange, "bytes 2-8/55")
      const head = yield* send(() => s3.send(new HeadObjectCommand({ Bucket, Key })))
      assert.strictEqual(head.ContentLength, 55)
      const failed = (run: () => Promise<unknown>) => Effect.flip(send(run))
      const beyond = yield* failed(() => s3.send(new GetObjectCommand({ Bucket, Key, Range: "bytes=999-" })))
      assert.deepInclude(beyond, { name: "InvalidRange", status: 416 })
      const none = yield* failed(() => s3.send(new HeadObjectCommand({ Bucket, Key: "none" })))
      assert.deepInclude(none, { name: "NotFound", status: 404 })
      const once = yield* failed(() => s3.send(new PutObjectCommand({ Bucket, Key, Body: "x", IfNoneMatch: "*" })))
      assert.deepInclude(once, { name: "PreconditionFailed", status: 412 })
      const same = yield* failed(() => s3.send(new GetObjectCommand({ Bucket, Key, IfNoneMatch: head.ETag })))
      assert.strictEqual(same.status, 304)
      const missing = yield* failed(() => s3.send(new GetBucketTaggingCommand({ Bucket: "acme-media-eu" })))
      assert.deepInclude(missing, { name: "NoSuchTagSet", status: 404 })
    }),
  )

  it.live("reads what the client writes as XML", () =>
    Effect.gen(function* () {
      const s3 = yield* client
      const TagSet = [{ Key: "a<b", Value: "1 & 2" }]
      yield* send(() => s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } })))
      assert.deepStrictEqual((yield* send(() => s3.send(new GetBucketTaggingCommand({ Bucket })))).TagSet, TagSet)
      const Delete = { Objects: [{ Key: "docs/a+b & c=d%.txt" }, { Key: "docs/Überblick – März 2026.txt" }] }
      const deleted = yield* send(() => s3.send(new DeleteObjectsCommand({ Bucket, Delete })))
      assert.strictEqual(deleted.Deleted?.length, 2)
      assert.strictEqual(
        (yield* send(() => s3.send(new ListObjectsV2Command({ Bucket, Prefix: "docs/" })))).KeyCount,
        1,
      )
      const location = yield* send(() => s3.send(new GetBucketLocationCommand({ Bucket: "acme-media-eu" })))
      assert.strictEqual(location.LocationConstraint, "eu-west-1")
      const versioning = yield* send(() => s3.send(new GetBucketVersioningCommand({ Bucket: "acme-backups" })))
      assert.strictEqual(versioning.Status, "Enabled")
    }),
  )
})

describe("S3 by its addresses", () => {
  it.effect("serves a bucket by virtual host too", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3([
        {
          name: "my-bucket",
          account: "123456789012",
          region: "us-east-1",
          created: "2026-01-01T00:00:00.000Z",
          objects: [{ key: "k", body: "v", modified: "2026-01-01T00:00:00.000Z" }],
        },
      ])
      const answer = yield* see(s3, awsCall("s3", { target: "/k", headers: { host: "my-bucket.localhost:4566" } }))
      assert.strictEqual(answer.text, "v")
    }),
  )

  it.effect("implements no operation that S3 does not have", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3([])
      for (const method of ["POST", "PATCH", "DELETE"])
        assert.strictEqual((yield* refused(s3, awsCall("s3", { method }))).code, "NotImplemented", method)
    }),
  )
})
