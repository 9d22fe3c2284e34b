import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AwsError, Unreachable } from "../../../src/aws/AwsError.ts"
import { s3Tools } from "../../../src/tools/s3/tools.ts"
import { done, failed, member, says, scriptedAws } from "../../kit/ScriptedAws.ts"

const nothing: Readonly<Record<string, object>> = {
  GetBucketLocation: {},
  GetBucketVersioning: {},
  GetBucketEncryption: says("ServerSideEncryptionConfigurationNotFoundError"),
  GetPublicAccessBlock: says("NoSuchPublicAccessBlockConfiguration"),
  GetBucketPolicyStatus: says("NoSuchBucketPolicy"),
  GetBucketTagging: says("NoSuchTagSet"),
  GetBucketLifecycleConfiguration: says("NoSuchLifecycleConfiguration"),
  GetBucketLogging: {},
}

const bucket = (answers: Readonly<Record<string, object>>) =>
  scriptedAws(({ operation }) => answers[operation] ?? says("NotScripted"))

const info = (aws: ReturnType<typeof bucket>) => aws.call(s3Tools, "s3_get_bucket_info", { bucket: "b" })

describe("s3_get_bucket_info", () => {
  it.effect("what is not configured is told as such, without an error", () =>
    Effect.gen(function* () {
      const aws = bucket(nothing)
      const result = done(yield* info(aws))
      assert.deepInclude(result, {
        bucket: "b",
        region: "us-east-1",
        versioning: "Disabled",
        encryption: "none",
        policy_status: "no policy",
        tags: {},
        lifecycle: [],
        logging: "off",
      })
      assert.strictEqual(member(result["public_access_block"], "block_public_acls"), false)
      assert.notProperty(result, "errors")
      assert.isTrue(aws.sent.every(({ input }) => input["Bucket"] === "b"))
    }),
  )

  it.effect("what is configured is told in short", () =>
    Effect.gen(function* () {
      const result = done(
        yield* info(
          bucket({
            GetBucketLocation: { LocationConstraint: "eu-central-1" },
            GetBucketVersioning: { Status: "Suspended" },
            GetBucketEncryption: {
              ServerSideEncryptionConfiguration: {
                Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } }],
              },
            },
            GetPublicAccessBlock: { PublicAccessBlockConfiguration: { BlockPublicPolicy: true } },
            GetBucketPolicyStatus: { PolicyStatus: { IsPublic: true } },
            GetBucketTagging: { TagSet: [{ Key: "env", Value: "prod" }] },
            GetBucketLifecycleConfiguration: { Rules: [{ ID: "old", Status: "Enabled" }] },
            GetBucketLogging: { LoggingEnabled: { TargetBucket: "logs" } },
          }),
        ),
      )
      assert.deepEqual(result, {
        bucket: "b",
        region: "eu-central-1",
        versioning: "Suspended",
        encryption: "aws:kms",
        public_access_block: {
          block_public_acls: false,
          ignore_public_acls: false,
          block_public_policy: true,
          restrict_public_buckets: false,
        },
        policy_status: "public",
        tags: { env: "prod" },
        lifecycle: [{ id: "old", status: "Enabled" }],
        logging: "logs",
      })
    }),
  )

  it.effect("a question that is refused is missing and explained; the others are still answered", () =>
    Effect.gen(function* () {
      const result = done(
        yield* info(
          bucket({
            ...nothing,
            GetBucketLocation: says("AccessDenied", "no location"),
            GetBucketTagging: says("AccessDenied", "no tags"),
          }),
        ),
      )
      assert.notProperty(result, "region")
      assert.notProperty(result, "tags")
      assert.deepEqual(result["errors"], { region: "AccessDenied: no location", tags: "AccessDenied: no tags" })
      assert.strictEqual(result["logging"], "off")
    }),
  )

  it.effect("without the bucket, or without a way to AWS, nothing else is asked", () =>
    Effect.gen(function* () {
      const away = new AwsError({
        reason: new Unreachable({ service: "s3", operation: "GetBucketLocation", detail: "ENOTFOUND", sent: false }),
      })
      for (const [failure, code] of [
        [says("NoSuchBucket"), "NoSuchBucket"],
        [away, "aws_unreachable"],
      ] as const) {
        const aws = bucket({ ...nothing, GetBucketLocation: failure })
        assert.strictEqual(failed(yield* info(aws)).code, code)
        assert.strictEqual(aws.sent.length, 1)
      }
    }),
  )
})
