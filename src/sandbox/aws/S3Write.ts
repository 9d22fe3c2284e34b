/** PutObject and CopyObject. */
import { Effect } from "effect"
import { decodePath, type WireResponse } from "../Wire.ts"
import { AwsRefusal } from "./AwsCall.ts"
import { bucketForKey, invalidArgument, type S3Call } from "./S3Call.ts"
import { checksumHeaders, verifyBody } from "./S3Checksum.ts"
import { conditionOf, namesEtag } from "./S3Range.ts"
import { findVersion, preconditionFailed } from "./S3Read.ts"
import { currentVersion, makeVersion, pushVersion, versioningOf, type S3Bucket, type S3Version } from "./S3State.ts"
import { tagsOfHeader } from "./S3Tags.ts"
import { emptyAnswer, xmlAnswer } from "./S3Xml.ts"
import { isoTime, leaf } from "./XmlElement.ts"

const kept = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
  "x-amz-storage-class",
  "x-amz-website-redirect-location",
])

/** The headers of a write that belong to the object. `aws-chunked` describes the transfer only. */
export const objectHeaders = Effect.fnUntraced(function* (
  headers: Readonly<Record<string, string>>,
): Effect.fn.Return<Readonly<Record<string, string>>, AwsRefusal> {
  const stored: Record<string, string> = { "content-type": "binary/octet-stream" }
  let metadata = 0
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith("x-amz-meta-")) metadata += name.length - "x-amz-meta-".length + value.length
    if (kept.has(name) || name.startsWith("x-amz-meta-")) stored[name] = value
  }
  const encodings = (stored["content-encoding"] ?? "").split(",").map((encoding) => encoding.trim())
  const encoding = encodings.filter((one) => one !== "" && one !== "aws-chunked").join(",")
  if (encoding === "") delete stored["content-encoding"]
  else stored["content-encoding"] = encoding
  if (metadata > 2048)
    return yield* new AwsRefusal({
      status: 400,
      code: "MetadataTooLarge",
      message: "Your metadata headers exceed the maximum allowed metadata size",
    })
  return stored
})

/** Checks what every way of writing has in common: the length of the key, an ACL (which no bucket here takes). */
export const checkWrite = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<void, AwsRefusal> {
  if (Buffer.byteLength(s3.key) > 1024)
    return yield* new AwsRefusal({ status: 400, code: "KeyTooLongError", message: "Your key is too long" })
  const acl = s3.request.headers["x-amz-acl"] ?? "private"
  if (acl !== "private" && acl !== "bucket-owner-full-control")
    return yield* new AwsRefusal({
      status: 400,
      code: "AccessControlListNotSupported",
      message: "The bucket does not allow ACLs",
    })
})

/** `If-None-Match: *` writes only where nothing is, `If-Match` only over that very content. */
export const checkOverwrite = Effect.fnUntraced(function* (
  s3: S3Call,
  bucket: S3Bucket,
): Effect.fn.Return<void, AwsRefusal> {
  const current = currentVersion(bucket, s3.key)
  const match = s3.request.headers["if-match"]
  const noneMatch = s3.request.headers["if-none-match"]
  if (noneMatch !== undefined && noneMatch !== "*")
    return yield* new AwsRefusal({
      status: 501,
      code: "NotImplemented",
      message: "A header you provided implies functionality that is not implemented",
      fields: { Header: "If-None-Match" },
    })
  if (noneMatch !== undefined && current !== undefined) return yield* preconditionFailed("If-None-Match")
  if (match === undefined) return
  // A write over something that is not there fails as a read of it does: NoSuchKey.
  if (current === undefined) return yield* Effect.asVoid(findVersion(s3, bucket))
  if (!namesEtag(match, current.etag)) return yield* preconditionFailed("If-Match")
})

/** What a write tells about the version it made. */
export const writtenHeaders = (bucket: S3Bucket, version: S3Version): Readonly<Record<string, string>> => ({
  "x-amz-server-side-encryption": "AES256",
  ...(versioningOf(bucket) === undefined ? {} : { "x-amz-version-id": version.id }),
})

/** PutObject. */
export const putObject = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const { headers: sent, body } = s3.request
  const bucket = yield* bucketForKey(s3, "s3:PutObject")
  if (sent["x-amz-tagging"] !== undefined) yield* bucketForKey(s3, "s3:PutObjectTagging")
  yield* checkWrite(s3)
  const checksum = yield* verifyBody(sent, body)
  const headers = yield* objectHeaders(sent)
  const tags = yield* tagsOfHeader(sent["x-amz-tagging"])
  yield* checkOverwrite(s3, bucket)
  const version = pushVersion(bucket, s3.key, makeVersion(body, { modified: s3.now, headers, checksum, tags }))
  return emptyAnswer(200, {
    etag: `"${version.etag}"`,
    ...checksumHeaders(checksum),
    ...writtenHeaders(bucket, version),
  })
})

/** `x-amz-copy-source: /bucket/key?versionId=…`, as a read of that object by the same caller. */
const sourceCall = (s3: S3Call): S3Call | undefined => {
  const [path = "", query = ""] = (s3.request.headers["x-amz-copy-source"] ?? "").replace(/^\//, "").split("?", 2)
  const decoded = decodePath(path)
  const slash = decoded.indexOf("/")
  if (slash < 1 || slash === decoded.length - 1) return undefined
  const id = /^versionId=(.+)$/.exec(query)?.[1]
  return {
    ...s3,
    bucketName: decoded.slice(0, slash),
    key: decoded.slice(slash + 1),
    params: new Map(id === undefined ? [] : [["versionId", decodePath(id)]]),
  }
}

/** CopyObject: content, and either the source's metadata or that of the request. */
export const copyObject = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const sent = s3.request.headers
  const source = sourceCall(s3)
  if (source === undefined)
    return yield* invalidArgument(
      "Invalid copy source object key",
      "x-amz-copy-source",
      sent["x-amz-copy-source"] ?? "",
    )
  const bucket = yield* bucketForKey(s3, "s3:PutObject")
  const from = yield* bucketForKey(source, source.params.has("versionId") ? "s3:GetObjectVersion" : "s3:GetObject")
  yield* checkWrite(s3)
  const original = yield* findVersion(source, from)
  if (conditionOf(sent, "x-amz-copy-source-", original) !== "ok")
    return yield* preconditionFailed("x-amz-copy-source-If-Match")
  const replace = sent["x-amz-metadata-directive"] === "REPLACE"
  const itself = from === bucket && source.key === s3.key && !source.params.has("versionId")
  if (itself && !replace && sent["x-amz-storage-class"] === undefined)
    return yield* new AwsRefusal({
      status: 400,
      code: "InvalidRequest",
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    })
  const headers = replace ? yield* objectHeaders(sent) : original.headers
  const tags =
    sent["x-amz-tagging-directive"] === "REPLACE" ? yield* tagsOfHeader(sent["x-amz-tagging"]) : original.tags
  yield* checkOverwrite(s3, bucket)
  const version = pushVersion(
    bucket,
    s3.key,
    makeVersion(original.body, { modified: s3.now, headers, tags, checksum: original.checksum }),
  )
  return xmlAnswer(
    "CopyObjectResult",
    [leaf("ETag", `"${version.etag}"`), leaf("LastModified", isoTime(version.modified))],
    {
      ...writtenHeaders(bucket, version),
      ...(versioningOf(from) === undefined ? {} : { "x-amz-copy-source-version-id": original.id }),
    },
  )
})
