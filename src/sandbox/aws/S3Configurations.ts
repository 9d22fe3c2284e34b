/**
 * The settings of a bucket that are documents: put, told again, deleted. A document is kept as it was sent once it was
 * seen to be of the right kind, so that clients read back exactly what they wrote.
 */
import { Effect } from "effect"
import type { WireResponse } from "../Wire.ts"
import { AwsRefusal } from "./AwsCall.ts"
import { accessDenied, bodyXml, bucketFor, malformedXml, type S3Call } from "./S3Call.ts"
import { verifyBody } from "./S3Checksum.ts"
import { isPolicy, isPublicPolicy } from "./S3Policy.ts"
import type { S3Bucket } from "./S3State.ts"
import { tagsOfXml } from "./S3Tags.ts"
import { childText, emptyAnswer, S3_NAMESPACE, xmlAnswer, type XmlNode } from "./S3Xml.ts"

interface Configuration {
  /** The document's root element; a policy is JSON and has none. */
  readonly root: string
  /** IAM actions: to read, to put and (where it differs) to delete. */
  readonly get: string
  readonly put: string
  readonly delete?: string
  /** The code of the 404 when nothing was put, or undefined where an empty document is told instead. */
  readonly missing?: readonly [code: string, message: string]
  /** The status of a successful put where it is not 200. */
  readonly putStatus?: number
}

/** By the query parameter that names it (IAM actions as in the service authorization reference of S3). */
const configurations: ReadonlyMap<string, Configuration> = new Map(
  Object.entries<Configuration>({
    accelerate: {
      root: "AccelerateConfiguration",
      get: "s3:GetAccelerateConfiguration",
      put: "s3:PutAccelerateConfiguration",
    },
    cors: {
      root: "CORSConfiguration",
      get: "s3:GetBucketCORS",
      put: "s3:PutBucketCORS",
      missing: ["NoSuchCORSConfiguration", "The CORS configuration does not exist"],
    },
    encryption: {
      root: "ServerSideEncryptionConfiguration",
      get: "s3:GetEncryptionConfiguration",
      put: "s3:PutEncryptionConfiguration",
      missing: [
        "ServerSideEncryptionConfigurationNotFoundError",
        "The server side encryption configuration was not found",
      ],
    },
    lifecycle: {
      root: "LifecycleConfiguration",
      get: "s3:GetLifecycleConfiguration",
      put: "s3:PutLifecycleConfiguration",
      missing: ["NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"],
    },
    logging: { root: "BucketLoggingStatus", get: "s3:GetBucketLogging", put: "s3:PutBucketLogging" },
    notification: {
      root: "NotificationConfiguration",
      get: "s3:GetBucketNotification",
      put: "s3:PutBucketNotification",
    },
    ownershipControls: {
      root: "OwnershipControls",
      get: "s3:GetBucketOwnershipControls",
      put: "s3:PutBucketOwnershipControls",
      missing: ["OwnershipControlsNotFoundError", "The bucket ownership controls were not found"],
    },
    policy: {
      root: "",
      get: "s3:GetBucketPolicy",
      put: "s3:PutBucketPolicy",
      delete: "s3:DeleteBucketPolicy",
      missing: ["NoSuchBucketPolicy", "The bucket policy does not exist"],
      putStatus: 204,
    },
    publicAccessBlock: {
      root: "PublicAccessBlockConfiguration",
      get: "s3:GetBucketPublicAccessBlock",
      put: "s3:PutBucketPublicAccessBlock",
      missing: ["NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"],
    },
    replication: {
      root: "ReplicationConfiguration",
      get: "s3:GetReplicationConfiguration",
      put: "s3:PutReplicationConfiguration",
      missing: ["ReplicationConfigurationNotFoundError", "The replication configuration was not found"],
    },
    tagging: {
      root: "Tagging",
      get: "s3:GetBucketTagging",
      put: "s3:PutBucketTagging",
      missing: ["NoSuchTagSet", "The TagSet does not exist"],
      putStatus: 204,
    },
    versioning: { root: "VersioningConfiguration", get: "s3:GetBucketVersioning", put: "s3:PutBucketVersioning" },
    website: {
      root: "WebsiteConfiguration",
      get: "s3:GetBucketWebsite",
      put: "s3:PutBucketWebsite",
      delete: "s3:DeleteBucketWebsite",
      missing: ["NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"],
    },
  }),
)

/** The document that a bucket is given for a subresource: its elements in the S3 namespace. */
export const documentOf = (root: string, content: string): string =>
  `<${root} xmlns="${S3_NAMESPACE}">${content}</${root}>`

/** What S3 gives every new bucket: encryption with its own keys, and no public access. */
export const defaultConfigurations: ReadonlyMap<string, string> = new Map([
  [
    "encryption",
    documentOf(
      "ServerSideEncryptionConfiguration",
      "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>",
    ),
  ],
  [
    "publicAccessBlock",
    documentOf(
      "PublicAccessBlockConfiguration",
      "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>",
    ),
  ],
  [
    "ownershipControls",
    documentOf("OwnershipControls", "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"),
  ],
])

/** The 404 for a setting that a bucket does not have. */
export const noConfiguration = (name: string, bucketName: string): AwsRefusal => {
  const [code, message] = configurations.get(name)?.missing ?? [
    "NoSuchConfiguration",
    "The configuration does not exist",
  ]
  return new AwsRefusal({ status: 404, code, message, fields: { BucketName: bucketName } })
}

const checkPolicy = Effect.fnUntraced(function* (bucket: S3Bucket, text: string): Effect.fn.Return<void, AwsRefusal> {
  if (!isPolicy(text))
    return yield* new AwsRefusal({
      status: 400,
      code: "MalformedPolicy",
      message: "This policy contains invalid Json or lacks a valid statement.",
    })
  const block = bucket.configurations.get("publicAccessBlock") ?? ""
  if (block.includes("<BlockPublicPolicy>true</BlockPublicPolicy>") && isPublicPolicy(text)) return yield* accessDenied
})

const checkXml = Effect.fnUntraced(function* (name: string, node: XmlNode): Effect.fn.Return<void, AwsRefusal> {
  if (name === "tagging") yield* tagsOfXml(node, 50)
  if (name === "versioning" && !["Enabled", "Suspended"].includes(childText(node, "Status") ?? ""))
    return yield* malformedXml
})

const read = Effect.fnUntraced(function* (s3: S3Call, name: string, kind: Configuration) {
  const bucket = yield* bucketFor(s3, kind.get)
  const document = bucket.configurations.get(name)
  if (document === undefined && kind.missing !== undefined) return yield* noConfiguration(name, bucket.name)
  if (document === undefined) return xmlAnswer(kind.root, [])
  return {
    status: 200,
    headers: { "content-type": kind.root === "" ? "application/json" : "application/xml" },
    body: document,
  }
})

const write = Effect.fnUntraced(function* (s3: S3Call, name: string, kind: Configuration) {
  const bucket = yield* bucketFor(s3, kind.put)
  yield* verifyBody(s3.request.headers, s3.request.body)
  const text = Buffer.from(s3.request.body).toString("utf8")
  if (kind.root === "") yield* checkPolicy(bucket, text)
  else yield* checkXml(name, yield* bodyXml(s3, kind.root))
  bucket.configurations.set(name, text)
  return emptyAnswer(kind.putStatus ?? 200)
})

const remove = Effect.fnUntraced(function* (s3: S3Call, name: string, kind: Configuration) {
  const bucket = yield* bucketFor(s3, kind.delete ?? kind.put)
  bucket.configurations.delete(name)
  return emptyAnswer(204)
})

/** The operation on a bucket's setting, or undefined where there is no such setting or no such operation on it. */
export const configurationOperation = (
  method: string,
  name: string,
): ((s3: S3Call) => Effect.Effect<WireResponse, AwsRefusal>) | undefined => {
  const kind = configurations.get(name)
  if (kind === undefined) return undefined
  if (method === "GET") return (s3) => read(s3, name, kind)
  if (method === "PUT") return (s3) => write(s3, name, kind)
  return method === "DELETE" && kind.missing !== undefined ? (s3) => remove(s3, name, kind) : undefined
}
