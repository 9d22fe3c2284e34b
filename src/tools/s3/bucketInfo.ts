/** What is configured on a bucket. Each question may be refused or unanswered alone; the others are still told. */
import { Effect, Result } from "effect"
import type {
  GetBucketEncryptionCommandOutput,
  GetBucketLifecycleConfigurationCommandOutput,
  GetBucketLocationCommandOutput,
  GetBucketLoggingCommandOutput,
  GetBucketPolicyStatusCommandOutput,
  GetBucketTaggingCommandOutput,
  GetBucketVersioningCommandOutput,
  GetPublicAccessBlockCommandOutput,
} from "@aws-sdk/client-s3"
import type { AwsError } from "../../aws/AwsError.ts"
import { type Place, sendRaw } from "../AwsSend.ts"
import { toolFailure } from "../ToolFailure.ts"
import { tagsOf } from "../AwsFields.ts"
import type { BucketInfo } from "./shapes.ts"

type Answer = Partial<Omit<typeof BucketInfo.Type, "bucket" | "errors">>

/** Codes with which S3 says that nothing of the kind is configured. */
const NOTHING = new Set([
  "NoSuchTagSet",
  "NoSuchBucketPolicy",
  "NoSuchLifecycleConfiguration",
  "ServerSideEncryptionConfigurationNotFoundError",
  "NoSuchPublicAccessBlockConfiguration",
])

/** Why one question has no answer, in AWS's own words. */
const problem = ({ code, message, reason }: AwsError): string =>
  `${code}: ${"words" in reason ? reason.words : message}`

/** What is told of an operation's output. */
type Told<Out> = (output: Out) => Answer

/** Each question: an operation, what is told of its answer, and what it means when nothing is configured. */
const question = <Out>(member: keyof Answer, operation: string, told: Told<Out>, nothing: Answer = {}): Question => ({
  member,
  operation,
  told: (output) => told(output as Out),
  nothing,
}) // the SDK's type of that operation

interface Question {
  readonly member: keyof Answer
  readonly operation: string
  readonly told: (output: unknown) => Answer
  readonly nothing: Answer
}

const unblocked = {
  block_public_acls: false,
  ignore_public_acls: false,
  block_public_policy: false,
  restrict_public_buckets: false,
}

const QUESTIONS: ReadonlyArray<Question> = [
  question<GetBucketVersioningCommandOutput>("versioning", "GetBucketVersioning", ({ Status }) => ({
    versioning: Status ?? "Disabled",
  })),
  question<GetBucketEncryptionCommandOutput>(
    "encryption",
    "GetBucketEncryption",
    ({ ServerSideEncryptionConfiguration: found }) => ({
      encryption: found?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm ?? "none",
    }),
    { encryption: "none" },
  ),
  question<GetPublicAccessBlockCommandOutput>(
    "public_access_block",
    "GetPublicAccessBlock",
    ({ PublicAccessBlockConfiguration: found }) => ({
      public_access_block: {
        block_public_acls: found?.BlockPublicAcls ?? false,
        ignore_public_acls: found?.IgnorePublicAcls ?? false,
        block_public_policy: found?.BlockPublicPolicy ?? false,
        restrict_public_buckets: found?.RestrictPublicBuckets ?? false,
      },
    }),
    { public_access_block: unblocked },
  ),
  question<GetBucketPolicyStatusCommandOutput>(
    "policy_status",
    "GetBucketPolicyStatus",
    ({ PolicyStatus }) => ({ policy_status: PolicyStatus?.IsPublic === true ? "public" : "not public" }),
    { policy_status: "no policy" },
  ),
  question<GetBucketTaggingCommandOutput>("tags", "GetBucketTagging", ({ TagSet }) => ({ tags: tagsOf(TagSet) }), {
    tags: {},
  }),
  question<GetBucketLifecycleConfigurationCommandOutput>(
    "lifecycle",
    "GetBucketLifecycleConfiguration",
    ({ Rules }) => ({ lifecycle: (Rules ?? []).map(({ ID, Status }) => ({ id: ID ?? "", status: Status ?? "" })) }),
    { lifecycle: [] },
  ),
  question<GetBucketLoggingCommandOutput>("logging", "GetBucketLogging", ({ LoggingEnabled }) => ({
    logging: LoggingEnabled?.TargetBucket ?? "off",
  })),
]

/** The bucket itself must be there; its settings are asked for side by side. */
export const bucketInfo = Effect.fnUntraced(function* (input: Place & { readonly bucket: string }) {
  const { bucket } = input
  const ask = (operation: string) =>
    sendRaw<unknown>(input, { service: "s3", operation, idempotent: true, input: { Bucket: bucket } })
  const location = yield* Effect.result(ask("GetBucketLocation"))
  // A bucket that is not there, or no way to AWS at all: no other question will do better.
  if (
    Result.isFailure(location) &&
    (location.failure.code === "NoSuchBucket" || !("words" in location.failure.reason))
  ) {
    return yield* toolFailure(location.failure)
  }
  const errors: Record<string, string> = {}
  if (Result.isFailure(location)) errors["region"] = problem(location.failure)
  const answers = yield* Effect.forEach(
    QUESTIONS,
    ({ member, nothing, operation, told }) =>
      Effect.map(Effect.result(ask(operation)), (answer): Answer => {
        if (Result.isSuccess(answer)) return told(answer.success)
        if (NOTHING.has(answer.failure.code)) return nothing
        errors[member] = problem(answer.failure)
        return {}
      }),
    { concurrency: 4 },
  )
  return {
    bucket,
    // S3 leaves the constraint empty for its first region.
    ...(Result.isSuccess(location)
      ? { region: (location.success as GetBucketLocationCommandOutput).LocationConstraint ?? "us-east-1" } // its SDK type
      : {}),
    ...answers.reduce<Answer>((all, one) => ({ ...all, ...one }), {}),
    ...(Object.keys(errors).length === 0 ? {} : { errors }),
  }
})
