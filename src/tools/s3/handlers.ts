/** What the S3 tools do: one or two operations each, their answers made small and named as the contract names them. */
import { Effect } from "effect"
import type {
  DeleteObjectCommandOutput,
  ListBucketsCommandOutput,
  ListObjectsV2CommandOutput,
  PutObjectCommandOutput,
} from "@aws-sdk/client-s3"
import type { Place } from "../AwsSend.ts"
import { read, send } from "../AwsSend.ts"
import { dateText, maybe } from "../AwsFields.ts"
import { ToolFailure } from "../ToolFailure.ts"

type In<A> = A & Place

/** One page of the account's buckets. */
export const listBuckets = Effect.fnUntraced(function* (
  input: In<{ readonly prefix?: string; readonly limit?: number; readonly cursor?: string }>,
) {
  const output = yield* read<ListBucketsCommandOutput>(input, "s3", "ListBuckets", {
    MaxBuckets: input.limit ?? 100,
    ...maybe("Prefix", input.prefix),
    ...maybe("ContinuationToken", input.cursor),
  })
  // Emulators and older S3 implementations ignore Prefix.
  const buckets = (output.Buckets ?? []).filter(({ Name }) => (Name ?? "").startsWith(input.prefix ?? ""))
  return {
    buckets: buckets.map(({ BucketRegion, CreationDate, Name }) => ({
      name: Name ?? "",
      creation_date: dateText(CreationDate),
      ...maybe("region", BucketRegion),
    })),
    ...maybe("next_cursor", output.ContinuationToken),
  }
})

/** One page of a bucket's objects; with a delimiter, of one level of its "folders". */
export const listObjects = Effect.fnUntraced(function* (
  input: In<{
    readonly bucket: string
    readonly prefix?: string
    readonly max_keys?: number
    readonly delimiter?: string
    readonly cursor?: string
  }>,
) {
  const output = yield* read<ListObjectsV2CommandOutput>(input, "s3", "ListObjectsV2", {
    Bucket: input.bucket,
    MaxKeys: input.max_keys ?? 100,
    ...maybe("Prefix", input.prefix),
    ...maybe("Delimiter", input.delimiter),
    ...maybe("ContinuationToken", input.cursor),
  })
  return {
    objects: (output.Contents ?? []).map(({ Key, LastModified, Size }) => ({
      key: Key ?? "",
      size: Size ?? 0,
      last_modified: dateText(LastModified),
    })),
    ...(output.CommonPrefixes === undefined || output.CommonPrefixes.length === 0
      ? {}
      : { prefixes: output.CommonPrefixes.map(({ Prefix }) => Prefix ?? "") }),
    is_truncated: output.IsTruncated ?? false,
    ...maybe("next_cursor", output.NextContinuationToken),
  }
})

/** The bytes of an object's content as the caller wrote them. */
const bytesOf = (content: string, encoding: "text" | "base64"): Effect.Effect<Uint8Array, ToolFailure> => {
  if (encoding === "text") return Effect.succeed(Buffer.from(content, "utf8"))
  const plain = content.replace(/\s+/g, "")
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(plain)
    ? Effect.succeed(Buffer.from(plain, "base64"))
    : Effect.fail(
        new ToolFailure({
          code: "invalid_arguments",
          what: "content: expected base64, as encoding says; nothing was sent.",
        }),
      )
}

/** Uploads. With if_match or if_none_match S3 refuses instead of overwriting what changed meanwhile. */
export const putObject = Effect.fnUntraced(function* (
  input: In<{
    readonly bucket: string
    readonly key: string
    readonly content: string
    readonly content_type?: string
    readonly encoding?: "text" | "base64"
    readonly metadata?: Readonly<Record<string, string>>
    readonly if_match?: string
    readonly if_none_match?: string
  }>,
) {
  const { bucket, key } = input
  const body = yield* bytesOf(input.content, input.encoding ?? "text")
  const output = yield* send<PutObjectCommandOutput>(input, {
    service: "s3",
    operation: "PutObject",
    // The same bytes at the same place; under a condition a second sending would be refused though the first one worked.
    idempotent: input.if_match === undefined && input.if_none_match === undefined,
    input: {
      Bucket: bucket,
      Key: key,
      Body: body,
      ...maybe(
        "ContentType",
        input.content_type ?? (input.encoding === "base64" ? undefined : "text/plain; charset=utf-8"),
      ),
      ...maybe("Metadata", input.metadata),
      ...maybe("IfMatch", input.if_match),
      ...maybe("IfNoneMatch", input.if_none_match),
    },
  })
  return {
    bucket,
    key,
    ...maybe("version_id", output.VersionId),
    ...maybe("etag", output.ETag),
    message: `Uploaded ${body.length} bytes to s3://${bucket}/${key}.`,
  }
})

/** Deletes an object, or one version of it. In a versioned bucket the former only puts a marker on top. */
export const deleteObject = Effect.fnUntraced(function* (
  input: In<{ readonly bucket: string; readonly key: string; readonly version_id?: string }>,
) {
  const { bucket, key } = input
  const output = yield* send<DeleteObjectCommandOutput>(input, {
    service: "s3",
    operation: "DeleteObject",
    // Without a version each sending may put another delete marker; harmless, and the object stays deleted.
    idempotent: true,
    input: { Bucket: bucket, Key: key, ...maybe("VersionId", input.version_id) },
  })
  const marked = output.DeleteMarker === true && input.version_id === undefined
  return {
    bucket,
    key,
    ...maybe("version_id", output.VersionId),
    message: marked
      ? `Put a delete marker on s3://${bucket}/${key}; its older versions are still there.`
      : `s3://${bucket}/${key} is deleted; S3 says the same of a key that never was.`,
  }
})
