/**
 * The AWS services this program can speak to, and the only place that imports their clients: on first use, by a fixed
 * list, since a name comes from a model and must never choose what code is loaded. EC2's client costs some 60 MB.
 */
import { Effect } from "effect"
import { nearest, oneLine } from "../../core/Text.ts"
import { ApiError, LoadFailed, UnknownService } from "./ApiError.ts"
import { modelOf, type ServiceId, type ServiceModel } from "./ServiceModel.ts"

/** Written out, so that the bundler and the type checker see every one of them. */
const loaders = {
  "cloudwatch-logs": () => import("@aws-sdk/client-cloudwatch-logs"),
  dynamodb: () => import("@aws-sdk/client-dynamodb"),
  ec2: () => import("@aws-sdk/client-ec2"),
  iam: () => import("@aws-sdk/client-iam"),
  kms: () => import("@aws-sdk/client-kms"),
  lambda: () => import("@aws-sdk/client-lambda"),
  s3: () => import("@aws-sdk/client-s3"),
  "secrets-manager": () => import("@aws-sdk/client-secrets-manager"),
  sns: () => import("@aws-sdk/client-sns"),
  sqs: () => import("@aws-sdk/client-sqs"),
  ssm: () => import("@aws-sdk/client-ssm"),
  sts: () => import("@aws-sdk/client-sts"),
} satisfies Record<ServiceId, () => Promise<object>>

/** What is known of a service without loading its client. */
export interface Service {
  readonly id: ServiceId
  /** AWS's name for people; its words are searched. */
  readonly title: string
  /** The prefix of the service's IAM actions. */
  readonly iam: string
  /** Other names it goes by: the AWS CLI's, boto3's, everyday ones. Compared without case, blanks, dashes. */
  readonly aliases: ReadonlyArray<string>
}

const service = (id: ServiceId, title: string, aliases: ReadonlyArray<string> = [], iam: string = id): Service => ({
  id,
  title,
  iam,
  aliases,
})

/** All services, by id. */
export const services: ReadonlyArray<Service> = [
  service("cloudwatch-logs", "Amazon CloudWatch Logs", ["logs", "cwl", "log"], "logs"),
  service("dynamodb", "Amazon DynamoDB", ["dynamo", "ddb"]),
  service("ec2", "Amazon Elastic Compute Cloud, VPC", ["vpc", "ebs", "compute"]),
  service("iam", "AWS Identity and Access Management", ["identityandaccessmanagement"]),
  service("kms", "AWS Key Management Service", ["keymanagementservice"]),
  service("lambda", "AWS Lambda functions", ["awslambda"]),
  service("s3", "Amazon Simple Storage Service", ["simplestorageservice", "s3api"]),
  service("secrets-manager", "AWS Secrets Manager", ["secrets"], "secretsmanager"),
  service("sns", "Amazon Simple Notification Service", ["simplenotificationservice"]),
  service("sqs", "Amazon Simple Queue Service", ["simplequeueservice", "queue"]),
  service("ssm", "AWS Systems Manager, Parameter Store", ["systemsmanager", "simplesystemsmanager", "parameterstore"]),
  service("sts", "AWS Security Token Service", ["securitytokenservice"]),
]

/** `Secrets Manager`, `amazon-secretsmanager` and `secrets_manager` are one. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/^(?:amazon|aws|sdk|client)+(?=.)/, "")

const byName: ReadonlyMap<string, Service> = new Map(
  services.flatMap((one) => [one.id, one.iam, ...one.aliases].map((name) => [plain(name), one] as const)),
)

/** The service of that name, in any spelling; otherwise an error that names the nearest. */
export const findService = (name: string): Effect.Effect<Service, ApiError> => {
  const found = byName.get(plain(name))
  if (found !== undefined) return Effect.succeed(found)
  const near = byName.get(nearest(plain(name), byName.keys()) ?? "")
  return Effect.fail(
    new ApiError({
      reason: new UnknownService({
        service: oneLine(name, 60),
        ...(near === undefined ? {} : { suggestion: near.id }),
        known: services.map(({ id }) => id),
      }),
    }),
  )
}

const loaded = new Map<ServiceId, ServiceModel>()

const load = Effect.fn("Registry.loadService")(function* (id: ServiceId) {
  const failed = (cause: unknown) => new ApiError({ reason: new LoadFailed({ service: id, cause }) })
  const [{ NormalizedSchema }, module] = yield* Effect.tryPromise({
    try: () => Promise.all([import("@smithy/core/schema"), loaders[id]()]),
    catch: failed,
  })
  // Whoever waited for the import, too, may have been first.
  const meanwhile = loaded.get(id)
  if (meanwhile !== undefined) return meanwhile
  const model = modelOf(id, module, (ref) => NormalizedSchema.of(ref))
  if (model === undefined) return yield* failed("the package has no operation schemas")
  loaded.set(id, model)
  return model
})

/** The service's model. The first call imports the client (0.1 s, EC2 0.5 s or so); later ones answer from memory. */
export const loadService = (id: ServiceId): Effect.Effect<ServiceModel, ApiError> =>
  Effect.suspend(() => {
    const known = loaded.get(id)
    return known === undefined ? load(id) : Effect.succeed(known)
  })
