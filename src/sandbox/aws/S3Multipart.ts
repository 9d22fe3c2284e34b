/** Multipart uploads: created, filled part by part in any order, and completed or aborted. Clients use them above some MiB. */
import { Effect } from "effect"
import { createHash, randomBytes } from "node:crypto"
import type { WireResponse } from "../Wire.ts"
import { AwsRefusal } from "./AwsCall.ts"
import { bodyXml, bucketFor, bucketForKey, invalidArgument, malformedXml, ownerId, type S3Call } from "./S3Call.ts"
import { checksumHeaders, verifyBody } from "./S3Checksum.ts"
import { makeVersion, pushVersion, type S3Bucket, type S3Upload } from "./S3State.ts"
import { tagsOfHeader } from "./S3Tags.ts"
import { checkOverwrite, checkWrite, objectHeaders, writtenHeaders } from "./S3Write.ts"
import { childrenOf, childText, emptyAnswer, xmlAnswer, type XmlNode } from "./S3Xml.ts"
import { element, isoTime, leaf } from "./XmlElement.ts"

/** Every part but the last has at least this many bytes. */
const MIN_PART = 5 * 1024 * 1024

const refuse = (status: number, code: string, message: string) => new AwsRefusal({ status, code, message })

const uploadOf = (s3: S3Call, bucket: S3Bucket): Effect.Effect<S3Upload, AwsRefusal> => {
  const upload = bucket.uploads.get(s3.params.get("uploadId") ?? "")
  return upload?.key === s3.key
    ? Effect.succeed(upload)
    : Effect.fail(
        refuse(
          404,
          "NoSuchUpload",
          "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
        ),
      )
}

/** CreateMultipartUpload. */
export const createUpload = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketForKey(s3, "s3:PutObject")
  yield* checkWrite(s3)
  const headers = yield* objectHeaders(s3.request.headers)
  const tags = yield* tagsOfHeader(s3.request.headers["x-amz-tagging"])
  const id = randomBytes(32).toString("base64url")
  bucket.uploads.set(id, { id, key: s3.key, started: s3.now, headers, tags, parts: new Map() })
  return xmlAnswer("InitiateMultipartUploadResult", [
    leaf("Bucket", bucket.name),
    leaf("Key", s3.key),
    leaf("UploadId", id),
  ])
})

/** UploadPart; the same number again replaces the part. */
export const uploadPart = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketForKey(s3, "s3:PutObject")
  const upload = yield* uploadOf(s3, bucket)
  const text = s3.params.get("partNumber") ?? ""
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (number < 1 || number > 10000)
    return yield* invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text)
  const { body, headers } = s3.request
  const checksum = yield* verifyBody(headers, body)
  const etag = createHash("md5").update(body).digest("hex")
  upload.parts.set(number, { body, etag, modified: s3.now })
  const { "x-amz-checksum-type": _, ...sums } = checksumHeaders(checksum)
  return emptyAnswer(200, { etag: `"${etag}"`, ...sums })
})

/** The parts that a `<CompleteMultipartUpload>` names, in its order. */
const namedParts = Effect.fnUntraced(function* (upload: S3Upload, document: XmlNode) {
  const rows = childrenOf(document, "Part")
  if (rows.length === 0) return yield* malformedXml
  let before = 0
  const parts: Array<{ readonly body: Uint8Array; readonly etag: string }> = []
  for (const row of rows) {
    const number = Number(childText(row, "PartNumber"))
    const part = upload.parts.get(number)
    if (part === undefined || childText(row, "ETag")?.replaceAll('"', "") !== part.etag)
      return yield* refuse(400, "InvalidPart", "One or more of the specified parts could not be found.")
    if (number <= before) return yield* refuse(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
    before = number
    parts.push(part)
  }
  if (parts.slice(0, -1).some((part) => part.body.length < MIN_PART))
    return yield* refuse(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size")
  return parts
})

/** CompleteMultipartUpload: the ETag is the MD5 of the parts' MD5s, with their number behind it. */
export const completeUpload = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketForKey(s3, "s3:PutObject")
  const upload = yield* uploadOf(s3, bucket)
  const parts = yield* namedParts(upload, yield* bodyXml(s3, "CompleteMultipartUpload"))
  yield* checkOverwrite(s3, bucket)
  const digest = createHash("md5")
  for (const part of parts) digest.update(part.etag, "hex")
  bucket.uploads.delete(upload.id)
  const version = pushVersion(
    bucket,
    s3.key,
    makeVersion(Buffer.concat(parts.map((part) => part.body)), {
      modified: s3.now,
      etag: `${digest.digest("hex")}-${parts.length}`,
      headers: upload.headers,
      tags: upload.tags,
    }),
  )
  return xmlAnswer(
    "CompleteMultipartUploadResult",
    [
      leaf("Location", `/${bucket.name}/${s3.key}`),
      leaf("Bucket", bucket.name),
      leaf("Key", s3.key),
      leaf("ETag", `"${version.etag}"`),
    ],
    writtenHeaders(bucket, version),
  )
})

/** AbortMultipartUpload. */
export const abortUpload = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketForKey(s3, "s3:AbortMultipartUpload")
  const upload = yield* uploadOf(s3, bucket)
  bucket.uploads.delete(upload.id)
  return emptyAnswer(204)
})

/** ListParts, in one page: an upload here has no more parts than its 64 MiB bodies make sensible. */
export const listParts = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketForKey(s3, "s3:ListMultipartUploadParts")
  const upload = yield* uploadOf(s3, bucket)
  const parts = [...upload.parts].sort(([a], [b]) => a - b)
  return xmlAnswer("ListPartsResult", [
    leaf("Bucket", bucket.name),
    leaf("Key", upload.key),
    leaf("UploadId", upload.id),
    leaf("MaxParts", 10000),
    leaf("IsTruncated", false),
    ...parts.map(([number, part]) =>
      element(
        "Part",
        leaf("PartNumber", number),
        leaf("LastModified", isoTime(part.modified)),
        leaf("ETag", `"${part.etag}"`),
        leaf("Size", part.body.length),
      ),
    ),
  ])
})

/** ListMultipartUploads, in one page. */
export const listUploads = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketFor(s3, "s3:ListBucketMultipartUploads")
  const prefix = s3.params.get("prefix") ?? ""
  const uploads = [...bucket.uploads.values()].filter((upload) => upload.key.startsWith(prefix))
  const owner = leaf("ID", ownerId(bucket.account))
  return xmlAnswer("ListMultipartUploadsResult", [
    leaf("Bucket", bucket.name),
    leaf("Prefix", prefix),
    leaf("MaxUploads", 1000),
    leaf("IsTruncated", false),
    ...uploads.map((upload) =>
      element(
        "Upload",
        leaf("Key", upload.key),
        leaf("UploadId", upload.id),
        element("Initiator", owner),
        element("Owner", owner),
        leaf("StorageClass", "STANDARD"),
        leaf("Initiated", isoTime(upload.started)),
      ),
    ),
  ])
})
