import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { seeded } from "../../../src/sandbox/Seed.ts"
import { awsCall, type CallOptions, refused, see } from "../../kit/AwsCalls.ts"

const call = (target: string, options: CallOptions = {}) => awsCall("s3", { target, ...options })

describe("S3List", () => {
  it.effect("pages through more objects than a page holds", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const first = yield* see(s3, call("/acme-app-logs?list-type=2&prefix=logs/&max-keys=100"))
      assert.deepStrictEqual(first.all("IsTruncated"), ["true"])
      assert.deepStrictEqual(first.all("KeyCount"), ["100"])
      const token = encodeURIComponent(first.all("NextContinuationToken")[0] ?? "")
      const rest = yield* see(s3, call(`/acme-app-logs?list-type=2&prefix=logs/&continuation-token=${token}`))
      assert.deepStrictEqual(rest.all("IsTruncated"), ["false"])
      const keys = [...first.all("Key"), ...rest.all("Key")]
      assert.strictEqual(new Set(keys).size, 120)
      assert.deepStrictEqual(keys, [...keys].sort())
    }),
  )

  it.effect("does not show a folded prefix again on the next page", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const query = "list-type=2&prefix=logs/2026/09/&delimiter=/&max-keys=20"
      const first = yield* see(s3, call(`/acme-app-logs?${query}`))
      const token = first.all("NextContinuationToken")[0] ?? ""
      const rest = yield* see(s3, call(`/acme-app-logs?${query}&continuation-token=${token}`))
      assert.strictEqual(first.all("KeyCount")[0], "20")
      assert.strictEqual(rest.all("KeyCount")[0], "10")
      assert.include(rest.text, "<CommonPrefixes><Prefix>logs/2026/09/21/</Prefix></CommonPrefixes>")
      assert.notInclude(rest.text, "09/20/")
    }),
  )

  it.effect("tells size, entity tag and time of an object, and its owner on request", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const plain = yield* see(s3, call("/acme-config?list-type=2&prefix=docs/runbook"))
      assert.deepStrictEqual(plain.all("LastModified"), ["2026-06-30T16:20:00.000Z"])
      assert.deepStrictEqual(plain.all("Size"), ["55"])
      assert.match(plain.all("ETag")[0] ?? "", /^&quot;[0-9a-f]{32}&quot;$/)
      assert.deepStrictEqual(plain.all("ID"), [])
      const owned = yield* see(s3, call("/acme-config?list-type=2&prefix=docs/runbook&fetch-owner=true"))
      assert.strictEqual(owned.all("ID").length, 1)
    }),
  )

  it.effect("writes names for URLs where that is asked", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const list = yield* see(s3, call("/acme-config?list-type=2&prefix=docs/a%2B&encoding-type=url"))
      assert.deepStrictEqual(list.all("Key"), ["docs/a%2Bb+%26+c%3Dd%25.txt"])
      assert.deepStrictEqual(list.all("Prefix"), ["docs/a%2B"])
      assert.deepStrictEqual(list.all("EncodingType"), ["url"])
      const raw = yield* see(s3, call("/acme-config?list-type=2&prefix=docs/a%2B"))
      assert.deepStrictEqual(raw.all("Key"), ["docs/a+b &amp; c=d%.txt"])
    }),
  )

  it.effect("starts behind a key, in both versions of the list", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const second = yield* see(s3, call("/acme-config?list-type=2&start-after=app/limits.yaml&max-keys=1"))
      assert.deepStrictEqual(second.all("Key"), ["app/settings.json"])
      const first = yield* see(s3, call("/acme-config?marker=app/limits.yaml&max-keys=1"))
      assert.deepStrictEqual(first.all("Key"), ["app/settings.json"])
      assert.deepStrictEqual(first.all("IsTruncated"), ["true"])
      assert.deepStrictEqual(first.all("NextMarker"), [])
      const folded = yield* see(s3, call("/acme-config?delimiter=/&max-keys=1"))
      assert.deepStrictEqual(folded.all("NextMarker"), ["app/"])
    }),
  )

  it.effect("lists versions newest first and goes on behind one of them", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const all = yield* see(s3, call("/acme-backups?versions&prefix=db/"))
      assert.strictEqual(all.all("VersionId").length, 7)
      assert.deepStrictEqual(all.all("IsLatest").filter((latest) => latest === "true").length, 3)
      assert.strictEqual(all.text.match(/<DeleteMarker>/g)?.length, 1)
      const first = yield* see(s3, call("/acme-backups?versions&prefix=db/&max-keys=3"))
      const key = first.all("NextKeyMarker")[0] ?? ""
      const id = first.all("NextVersionIdMarker")[0] ?? ""
      const rest = yield* see(s3, call(`/acme-backups?versions&prefix=db/&key-marker=${key}&version-id-marker=${id}`))
      assert.deepStrictEqual([...first.all("VersionId"), ...rest.all("VersionId")], [...all.all("VersionId")])
    }),
  )

  it.effect("does not list what was deleted", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const list = yield* see(s3, call("/acme-backups?list-type=2"))
      assert.deepStrictEqual(list.all("Key"), ["db/customers.sql", "db/orders.sql", "manifest.json"])
    }),
  )

  it.effect("refuses arguments that are none", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      for (const query of ["max-keys=x", "max-keys=-1", "encoding-type=base64", "list-type=2&continuation-token=zz"])
        assert.strictEqual((yield* refused(s3, call(`/acme-config?${query}`))).code, "InvalidArgument", query)
      const none = yield* see(s3, call("/acme-config?list-type=2&max-keys=0"))
      assert.deepStrictEqual(none.all("IsTruncated"), ["false"])
    }),
  )
})
