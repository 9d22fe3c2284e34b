/** What is configured on a bucket. Each question may be refused or unanswered alone; the others are still told. */
import { Effect, Result, type Schema } from "effect"
import { AwsError } from "../../aws/AwsError.ts"
import { awsFailure, type Place, sendRaw } from "../AwsFailure.ts"
import { tagsOf } from "../AwsFields.ts"

type Output = Readonly<Record<string, unknown>>

/** Codes with which S3 says that nothing of the kind is configured. */
const NOTHING = new Set([
  "NoSuchTagSet",
  "NoSuchBucketPolicy",
  "NoSuchLifecycleConfiguration",
  "ServerSideEncryptionConfigurationNotFoundError",
  "NoSuchPublicAccessBlockConfiguration",
])

const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<string | number, unknown>)[key] : undefined, // any object may be asked for any key
    value,
  )

const textOr = (value: unknown, otherwise: string): string =>
  typeof value === "string" && value !== "" ? value : otherwise

const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** The questions: member of the result, operation, what is told of its answer, and what its absence means. */
const QUESTIONS = {
  versioning: ["GetBucketVersioning", (output: Output) => at(output, "Status") ?? "Disabled", "Disabled"],
  encryption: [
    "GetBucketEncryption",
    (output: Output) =>
      at(
        output,
        "ServerSideEncryptionConfiguration",
        "Rules",
        0,
        "ApplyServerSideEncryptionByDefault",
        "SSEAlgorithm",
      ) ?? "none",
    "none",
  ],
  public_access_block: [
    "GetPublicAccessBlock",
    (output: Output) => at(output, "PublicAccessBlockConfiguration") ?? null,
    "none",
  ],
  policy_is_public: [
    "GetBucketPolicyStatus",
    (output: Output) => at(output, "PolicyStatus", "IsPublic") ?? false,
    "no policy",
  ],
  tags: [
    "GetBucketTagging",
    (output: Output) => tagsOf(list(at(output, "TagSet")) as Parameters<typeof tagsOf>[0]),
    {},
  ], // the SDK's type of TagSet
  lifecycle: [
    "GetBucketLifecycleConfiguration",
    (output: Output) =>
      list(at(output, "Rules")).map((rule) => ({ id: at(rule, "ID") ?? "", status: at(rule, "Status") ?? "" })),
    [],
  ],
  logging: ["GetBucketLogging", (output: Output) => at(output, "LoggingEnabled", "TargetBucket") ?? "off", "off"],
} as const

/** Every question has its answer, which is plain JSON: the SDK's own objects are taken apart above. */
type Settings = Readonly<Record<keyof typeof QUESTIONS, Schema.Json>>

/** A missing right or a failing question, in the place of its answer. */
const problem = (error: AwsError): { readonly error: string } => ({
  error: `${error.code}: ${"words" in error.reason ? error.reason.words : error.message}`,
})

/** The bucket itself must be there; its settings are asked for side by side. */
export const bucketInfo = Effect.fnUntraced(function* (input: Place & { readonly bucket: string }) {
  const { bucket } = input
  const ask = (operation: string) =>
    sendRaw<Output>(input, { service: "s3", operation, idempotent: true, input: { Bucket: bucket } })
  const location = yield* Effect.result(ask("GetBucketLocation"))
  if (Result.isFailure(location) && location.failure.code === "NoSuchBucket") return yield* awsFailure(location.failure)
  // Without a lease or a way to AWS no question will do better.
  if (Result.isFailure(location) && !("words" in location.failure.reason)) return yield* awsFailure(location.failure)
  const answers = yield* Effect.forEach(
    Object.entries(QUESTIONS),
    ([name, [operation, told, absent]]) =>
      Effect.result(ask(operation)).pipe(
        Effect.map((answer): readonly [string, unknown] => [
          name,
          Result.isSuccess(answer)
            ? told(answer.success)
            : NOTHING.has(answer.failure.code)
              ? absent
              : problem(answer.failure),
        ]),
      ),
    { concurrency: 4 },
  )
  return {
    bucket,
    // S3 leaves the constraint empty for its first region.
    region: Result.isFailure(location)
      ? problem(location.failure)
      : textOr(location.success["LocationConstraint"], "us-east-1"),
    ...(Object.fromEntries(answers) as Settings),
  }
})
