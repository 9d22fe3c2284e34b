import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeS3 } from "../../../src/sandbox/aws/S3.ts"
import { seeded } from "../../../src/sandbox/Seed.ts"
import { awsCall, type CallOptions, refused, see } from "../../kit/AwsCalls.ts"

const call = (target: string, options: CallOptions = {}) => awsCall("s3", { target, ...options })

const allow = (principal: unknown, condition?: unknown) =>
  JSON.stringify({
    Statement: { Effect: "Allow", Principal: principal, Action: "s3:GetObject", Resource: "*", Condition: condition },
  })

describe("S3Configurations", () => {
  it.effect("tells what is missing by S3's own code", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const missing = (name: string) => Effect.map(refused(s3, call(`/acme-media-eu?${name}`)), ({ code }) => code)
      assert.strictEqual(yield* missing("tagging"), "NoSuchTagSet")
      assert.strictEqual(yield* missing("policy"), "NoSuchBucketPolicy")
      assert.strictEqual(yield* missing("lifecycle"), "NoSuchLifecycleConfiguration")
      assert.strictEqual(yield* missing("encryption"), "ServerSideEncryptionConfigurationNotFoundError")
      assert.strictEqual(yield* missing("publicAccessBlock"), "NoSuchPublicAccessBlockConfiguration")
      assert.strictEqual((yield* refused(s3, call("/acme-config?cors"))).code, "NoSuchCORSConfiguration")
      for (const name of ["versioning", "logging"])
        assert.strictEqual((yield* see(s3, call(`/acme-media-eu?${name}`))).status, 200)
    }),
  )

  it.effect("tells a document again as it was put, until it is deleted", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const body = "<LifecycleConfiguration><Rule><Status>Enabled</Status></Rule></LifecycleConfiguration>"
      yield* see(s3, call("/acme-config?lifecycle", { method: "PUT", body }))
      assert.strictEqual((yield* see(s3, call("/acme-config?lifecycle"))).text, body)
      assert.strictEqual((yield* see(s3, call("/acme-config?lifecycle", { method: "DELETE" }))).status, 204)
      assert.strictEqual((yield* refused(s3, call("/acme-config?lifecycle"))).status, 404)
    }),
  )

  it.effect("takes only documents of the right kind", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const code = (name: string, body: string) =>
        Effect.map(refused(s3, call(`/acme-config?${name}`, { method: "PUT", body })), (refusal) => refusal.code)
      assert.strictEqual(yield* code("lifecycle", "<Tagging/>"), "MalformedXML")
      assert.strictEqual(yield* code("versioning", "<VersioningConfiguration/>"), "MalformedXML")
      assert.strictEqual(yield* code("policy", "not json"), "MalformedPolicy")
      assert.strictEqual(yield* code("policy", '{"Statement":[{"Effect":"Perhaps"}]}'), "MalformedPolicy")
      const twice = "<Tag><Key>a</Key><Value>1</Value></Tag>".repeat(2)
      assert.strictEqual(yield* code("tagging", `<Tagging><TagSet>${twice}</TagSet></Tagging>`), "InvalidTag")
    }),
  )

  it.effect("keeps a public policy out while the public access block forbids it", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const put = (body: string) => call("/acme-config?policy", { method: "PUT", body })
      for (const principal of ["*", { AWS: "*" }, { AWS: ["arn:aws:iam::1:root", "*"] }])
        assert.strictEqual((yield* refused(s3, put(allow(principal)))).code, "AccessDenied")
      assert.strictEqual((yield* see(s3, put(allow({ AWS: "arn:aws:iam::123456789012:root" })))).status, 204)
      yield* see(s3, put(allow("*", { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } })))
      yield* see(s3, call("/acme-config?publicAccessBlock", { method: "DELETE" }))
      assert.strictEqual((yield* see(s3, put(allow("*")))).status, 204)
      assert.deepStrictEqual((yield* see(s3, call("/acme-config?policyStatus"))).all("IsPublic"), ["true"])
    }),
  )

  it.effect("asks for the setting's own permission, which for a delete is mostly that of a put", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      const asked: Array<string> = []
      yield* see(s3, call("/acme-config?encryption", { asked }))
      yield* see(s3, call("/acme-config?encryption", { asked, method: "DELETE" }))
      yield* see(s3, call("/acme-public-site?policy", { asked, method: "DELETE" }))
      assert.deepStrictEqual(
        asked.map((line) => line.split(" ")[0]),
        ["s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration", "s3:DeleteBucketPolicy"],
      )
    }),
  )

  it.effect("has no answer for what it does not know", () =>
    Effect.gen(function* () {
      const s3 = yield* makeS3(seeded.buckets)
      for (const target of [
        "/acme-config?analytics&id=1",
        "/acme-config?nonsense",
        "/acme-config?constructor",
        "/acme-config/app?torrent",
      ])
        assert.deepInclude(yield* refused(s3, call(target)), { status: 501, code: "NotImplemented" })
      const remove = yield* refused(s3, call("/acme-config?versioning", { method: "DELETE" }))
      assert.strictEqual(remove.code, "NotImplemented")
    }),
  )
})
