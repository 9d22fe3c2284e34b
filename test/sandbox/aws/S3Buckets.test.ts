import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { empty, seeded } from "../../../src/sandbox/Seed.ts"
import { awsCall, type CallOptions, refused, see } from "../../kit/AwsCalls.ts"

const call = (target: string, options: CallOptions = {}) => awsCall("s3", { target, ...options })

const location = (region: string) =>
  `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`

describe("S3Buckets", () => {
  it.effect("lists the caller's own buckets in pages, with their regions", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const first = yield* see(s3, call("/?max-buckets=3"))
      assert.deepStrictEqual(first.all("Name"), ["acme-app-logs", "acme-backups", "acme-config"])
      const token = first.all("ContinuationToken")[0] ?? ""
      const rest = yield* see(s3, call(`/?max-buckets=3&continuation-token=${token}`))
      assert.deepStrictEqual(rest.all("Name"), ["acme-media-eu", "acme-public-site"])
      assert.deepStrictEqual(rest.all("BucketRegion"), ["eu-west-1", "us-east-1"])
      assert.deepStrictEqual(rest.all("ContinuationToken"), [])
      const partner = yield* see(s3, call("/", { account: "210987654321" }))
      assert.deepStrictEqual(partner.all("Name"), ["globex-archive", "globex-reports"])
      assert.deepStrictEqual((yield* see(s3, call("/?prefix=acme-c"))).all("Name"), ["acme-config"])
      assert.deepStrictEqual((yield* see(s3, call("/?bucket-region=eu-west-1"))).all("Name"), ["acme-media-eu"])
    }),
  )

  it.effect("refuses a made-up token and a page of none", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      for (const query of ["continuation-token=x", "max-buckets=0", "max-buckets=-1", "max-buckets=some"])
        assert.strictEqual((yield* refused(s3, call(`/?${query}`))).code, "InvalidArgument", query)
    }),
  )

  it.effect("creates a bucket in the region it is asked in, locked to the public and encrypted", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(empty.buckets)
      const made = yield* see(s3, call("/new-one", { method: "PUT", region: "eu-west-1", body: location("eu-west-1") }))
      assert.strictEqual(made.headers["location"], "/new-one")
      assert.include((yield* see(s3, call("/new-one?location"))).text, ">eu-west-1</LocationConstraint>")
      assert.deepStrictEqual((yield* see(s3, call("/new-one?encryption"))).all("SSEAlgorithm"), ["AES256"])
      assert.deepStrictEqual((yield* see(s3, call("/new-one?publicAccessBlock"))).all("BlockPublicPolicy"), ["true"])
      const head = yield* see(s3, call("/new-one", { method: "HEAD" }))
      assert.strictEqual(head.headers["x-amz-bucket-region"], "eu-west-1")
    }),
  )

  it.effect("refuses names and places that S3 refuses", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const codes = (target: string, options: CallOptions) =>
        Effect.map(refused(s3, call(target, { method: "PUT", ...options })), ({ code }) => code)
      for (const name of ["ab", "Upper", "a..b", "1.2.3.4", "-abc"])
        assert.strictEqual(yield* codes(`/${name}`, {}), "InvalidBucketName", name)
      assert.strictEqual(yield* codes("/abc", { region: "eu-west-1" }), "IllegalLocationConstraintException")
      assert.strictEqual(yield* codes("/abc", { body: location("us-east-1") }), "InvalidLocationConstraint")
      assert.strictEqual(yield* codes("/abc", { body: "<nonsense/>" }), "MalformedXML")
      assert.strictEqual(yield* codes("/globex-reports", {}), "BucketAlreadyExists")
      const own = { region: "eu-west-1", body: location("eu-west-1") }
      assert.strictEqual(yield* codes("/acme-media-eu", own), "BucketAlreadyOwnedByYou")
      assert.strictEqual((yield* see(s3, call("/acme-config", { method: "PUT" }))).status, 200)
      assert.strictEqual((yield* see(s3, call("/acme-config/app/settings.json"))).status, 200)
    }),
  )

  it.effect("deletes an empty bucket only", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const full = yield* refused(s3, call("/acme-config", { method: "DELETE" }))
      assert.deepInclude(full, { status: 409, code: "BucketNotEmpty" })
      yield* see(s3, call("/short-lived", { method: "PUT" }))
      assert.strictEqual((yield* see(s3, call("/short-lived", { method: "DELETE" }))).status, 204)
      assert.strictEqual((yield* refused(s3, call("/short-lived", { method: "HEAD" }))).code, "NoSuchBucket")
    }),
  )

  it.effect("calls a policy public that lets everybody in, and us-east-1 by no name", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      assert.deepStrictEqual((yield* see(s3, call("/acme-public-site?policyStatus"))).all("IsPublic"), ["true"])
      assert.strictEqual((yield* refused(s3, call("/acme-config?policyStatus"))).code, "NoSuchBucketPolicy")
      assert.notInclude((yield* see(s3, call("/acme-config?location="))).text, "us-east-1")
      assert.deepStrictEqual((yield* see(s3, call("/acme-config?acl"))).all("Permission"), ["FULL_CONTROL"])
    }),
  )

  it.effect("asks for the permission that AWS asks for", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const asked: Array<string> = []
      yield* see(s3, call("/", { asked }))
      yield* see(s3, call("/acme-config", { method: "HEAD", asked }))
      yield* see(s3, call("/acme-config?location", { asked }))
      assert.deepStrictEqual(asked, [
        "s3:ListAllMyBuckets *",
        "s3:ListBucket arn:aws:s3:::acme-config",
        "s3:GetBucketLocation arn:aws:s3:::acme-config",
      ])
      const denied = yield* refused(s3, call("/", { denied: ["s3:ListAllMyBuckets"] }))
      assert.strictEqual(denied.code, "AccessDenied")
    }),
  )
})
