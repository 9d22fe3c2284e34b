import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { seeded } from "../../../src/sandbox/Seed.ts"
import { awsCall, type CallOptions, refused, see } from "../../kit/AwsCalls.ts"

const remove = (target: string, options: CallOptions = {}) => awsCall("s3", { method: "DELETE", target, ...options })
const get = (target: string) => awsCall("s3", { target })
const batch = (bucket: string, keys: ReadonlyArray<string>, options: CallOptions & { readonly quiet?: boolean } = {}) =>
  awsCall("s3", {
    method: "POST",
    target: `/${bucket}?delete`,
    body: `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join("")}<Quiet>${options.quiet ?? false}</Quiet></Delete>`,
    ...options,
  })

describe("S3Delete", () => {
  it.effect("deletes for good where versioning was never on, and does not mind a key that is not there", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const answer = yield* see(s3, remove("/acme-config/app/limits.yaml"))
      assert.strictEqual(answer.status, 204)
      assert.notProperty(answer.headers, "x-amz-delete-marker")
      assert.strictEqual((yield* refused(s3, get("/acme-config/app/limits.yaml"))).code, "NoSuchKey")
      assert.strictEqual((yield* see(s3, remove("/acme-config/app/limits.yaml"))).status, 204)
    }),
  )

  it.effect("only hides content where versioning is on; to remove the marker brings it back", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const marker = yield* see(s3, remove("/acme-backups/manifest.json"))
      assert.strictEqual(marker.headers["x-amz-delete-marker"], "true")
      assert.strictEqual((yield* refused(s3, get("/acme-backups/manifest.json"))).code, "NoSuchKey")
      const id = marker.headers["x-amz-version-id"] ?? ""
      const undone = yield* see(s3, remove(`/acme-backups/manifest.json?versionId=${id}`))
      assert.strictEqual(undone.headers["x-amz-delete-marker"], "true")
      assert.strictEqual((yield* see(s3, get("/acme-backups/manifest.json"))).status, 200)
    }),
  )

  it.effect("removes one version for good, under a permission of its own", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const id = (yield* see(s3, get("/acme-backups/manifest.json"))).headers["x-amz-version-id"] ?? ""
      const target = `/acme-backups/manifest.json?versionId=${id}`
      const denied = yield* refused(s3, remove(target, { denied: ["s3:DeleteObjectVersion"] }))
      assert.strictEqual(denied.code, "AccessDenied")
      yield* see(s3, remove(target, { denied: ["s3:DeleteObject"] }))
      assert.strictEqual((yield* refused(s3, get("/acme-backups/manifest.json"))).code, "NoSuchKey")
      assert.strictEqual((yield* refused(s3, remove("/acme-backups/x?versionId=no"))).code, "InvalidArgument")
    }),
  )

  it.effect("deletes many at once and tells row by row what it may not", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const done = yield* see(s3, batch("acme-config", ["app/limits.yaml", "docs/a+b &amp; c=d%.txt", "none"]))
      assert.deepStrictEqual(done.all("Key"), ["app/limits.yaml", "docs/a+b &amp; c=d%.txt", "none"])
      assert.strictEqual((yield* refused(s3, get("/acme-config/docs/a%2Bb%20%26%20c%3Dd%25.txt"))).code, "NoSuchKey")
      const denied = { denied: ["s3:DeleteObject"], quiet: true }
      const refusedRows = yield* see(s3, batch("acme-config", ["empty.flag"], denied))
      assert.deepStrictEqual(refusedRows.all("Code"), ["AccessDenied"])
      assert.strictEqual((yield* see(s3, get("/acme-config/empty.flag"))).status, 200)
      const quiet = yield* see(s3, batch("acme-config", ["empty.flag"], { quiet: true }))
      assert.deepStrictEqual(quiet.all("Key"), [])
    }),
  )

  it.effect("refuses a batch that is empty, too long, or of another account's bucket", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const many = Array.from({ length: 1001 }, (_, index) => `k${index}`)
      for (const keys of [[], many, [""]])
        assert.strictEqual((yield* refused(s3, batch("acme-config", keys))).code, "MalformedXML")
      assert.strictEqual((yield* refused(s3, batch("globex-reports", ["2026/q1.csv"]))).code, "AccessDenied")
    }),
  )
})
