/** GetObject and HeadObject. */
import { Effect } from "effect"
import { httpDate, type WireResponse } from "../Wire.ts"
import { AwsRefusal } from "./AwsCall.ts"
import { bucketForKey, invalidArgument, type S3Call } from "./S3Call.ts"
import { checksumHeaders } from "./S3Checksum.ts"
import { conditionOf, rangeOf } from "./S3Range.ts"
import { currentVersion, versioningOf, type S3Bucket, type S3Version } from "./S3State.ts"
import { emptyAnswer } from "./S3Xml.ts"

const noSuchKey = (key: string): AwsRefusal =>
  new AwsRefusal({ status: 404, code: "NoSuchKey", message: "The specified key does not exist.", fields: { Key: key } })

/** A precondition did not hold; `condition` is the header's name. */
export const preconditionFailed = (condition: string): AwsRefusal =>
  new AwsRefusal({
    status: 412,
    code: "PreconditionFailed",
    message: "At least one of the pre-conditions you specified did not hold",
    fields: { Condition: condition },
  })

const versionById = Effect.fnUntraced(function* (
  bucket: S3Bucket,
  key: string,
  id: string,
): Effect.fn.Return<S3Version, AwsRefusal> {
  if (!/^(?:null|[\w-]{32})$/.test(id)) return yield* invalidArgument("Invalid version id specified", "versionId", id)
  const version = bucket.objects.get(key)?.find((one) => one.id === id)
  if (version === undefined)
    return yield* new AwsRefusal({
      status: 404,
      code: "NoSuchVersion",
      message: "The specified version does not exist.",
      fields: { Key: key, VersionId: id },
    })
  if (version.marker)
    return yield* new AwsRefusal({
      status: 405,
      code: "MethodNotAllowed",
      message: "The specified method is not allowed against this resource.",
      fields: { Method: "GET", ResourceType: "DeleteMarker" },
    })
  return version
})

/**
 * The version that the call names, else the newest. That a key does not exist is told only to those who may list the
 * bucket; others get AccessDenied.
 */
export const findVersion = Effect.fnUntraced(function* (
  s3: S3Call,
  bucket: S3Bucket,
): Effect.fn.Return<S3Version, AwsRefusal> {
  const id = s3.params.get("versionId")
  if (id !== undefined) return yield* versionById(bucket, s3.key, id)
  const version = currentVersion(bucket, s3.key)
  if (version !== undefined) return version
  yield* s3.allow("s3:ListBucket", `arn:aws:s3:::${bucket.name}`)
  return yield* noSuchKey(s3.key)
})

/** `response-content-type` and its like replace a header of the answer. */
const overrides = (s3: S3Call): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...s3.params].flatMap(([name, value]) => (name.startsWith("response-") ? [[name.slice(9), value]] : [])),
  )

const versionHeaders = (bucket: S3Bucket, version: S3Version): Readonly<Record<string, string>> => ({
  ...version.headers,
  etag: `"${version.etag}"`,
  "last-modified": httpDate(version.modified),
  "accept-ranges": "bytes",
  "x-amz-server-side-encryption": "AES256",
  ...(versioningOf(bucket) === undefined ? {} : { "x-amz-version-id": version.id }),
  ...(version.tags.length === 0 ? {} : { "x-amz-tagging-count": String(version.tags.length) }),
})

/** GetObject; HeadObject is the same answer, whose body the server leaves out. */
export const getObject = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const versioned = s3.params.has("versionId")
  const bucket = yield* bucketForKey(s3, versioned ? "s3:GetObjectVersion" : "s3:GetObject")
  const version = yield* findVersion(s3, bucket)
  const asked = s3.request.headers
  const headers = { ...versionHeaders(bucket, version), ...overrides(s3) }
  const condition = conditionOf(asked, "", version)
  if (condition === "failed")
    return yield* preconditionFailed(asked["if-match"] === undefined ? "If-Unmodified-Since" : "If-Match")
  if (condition === "unchanged") return emptyAnswer(304, headers)
  const size = version.body.length
  const range = rangeOf(asked["range"], size)
  if (range === "unsatisfiable")
    return yield* new AwsRefusal({
      status: 416,
      code: "InvalidRange",
      message: "The requested range is not satisfiable",
      fields: { RangeRequested: asked["range"] ?? "", ActualObjectSize: String(size) },
    })
  if (range !== undefined) {
    const body = version.body.subarray(range.start, range.end + 1)
    const place = `bytes ${range.start}-${range.end}/${size}`
    return {
      status: 206,
      headers: { ...headers, "content-range": place, "content-length": String(body.length) },
      body,
    }
  }
  // A checksum covers the whole object, so a range goes without.
  const sums = asked["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED" ? checksumHeaders(version.checksum) : {}
  return { status: 200, headers: { ...headers, ...sums, "content-length": String(size) }, body: version.body }
})
