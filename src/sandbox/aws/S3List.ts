/** Lists of a bucket: ListObjectsV2, ListObjects (version 1) and ListObjectVersions. */
import { Effect } from "effect"
import type { WireResponse } from "../Wire.ts"
import type { AwsRefusal } from "./AwsCall.ts"
import { bucketFor, invalidArgument, ownerId, type S3Call } from "./S3Call.ts"
import { afterToken, compareKeys, foldPage, tokenOf, urlEncodeName } from "./S3Paging.ts"
import { currentVersion, type S3Bucket, type S3Version } from "./S3State.ts"
import { xmlAnswer } from "./S3Xml.ts"
import { element, isoTime, leaf } from "./XmlElement.ts"

interface Entry {
  readonly key: string
  readonly version: S3Version
}

interface ListRequest {
  readonly prefix: string
  readonly delimiter: string
  readonly max: number
  /** Writes a name, URL-encoded where the client asked for that. */
  readonly name: (element: string, value: string | undefined) => string
  readonly encoding: string | undefined
}

/** Numbers such as `max-keys`: a whole number from 0, more than 1000 means 1000. */
export const countParam = (s3: S3Call, name: string): Effect.Effect<number, AwsRefusal> => {
  const text = s3.params.get(name)
  if (text === undefined || text === "") return Effect.succeed(1000)
  return /^\d{1,10}$/.test(text) && Number(text) <= 2147483647
    ? Effect.succeed(Math.min(Number(text), 1000))
    : Effect.fail(invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, text))
}

const listRequest = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<ListRequest, AwsRefusal> {
  const encoding = s3.params.get("encoding-type")
  if (encoding !== undefined && encoding !== "url")
    return yield* invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encoding)
  return {
    prefix: s3.params.get("prefix") ?? "",
    delimiter: s3.params.get("delimiter") ?? "",
    max: yield* countParam(s3, "max-keys"),
    name: (element, value) =>
      leaf(element, value === undefined || encoding === undefined ? value : urlEncodeName(value)),
    encoding,
  }
})

/** An empty delimiter is left out of an answer, an empty prefix is not. */
const head = (bucket: S3Bucket, list: ListRequest, truncated: boolean): string =>
  leaf("Name", bucket.name) +
  list.name("Prefix", list.prefix) +
  list.name("Delimiter", list.delimiter === "" ? undefined : list.delimiter) +
  leaf("MaxKeys", list.max) +
  leaf("EncodingType", list.encoding) +
  leaf("IsTruncated", truncated)

const ownerXml = (account: string): string =>
  element("Owner", leaf("ID", ownerId(account)), leaf("DisplayName", `account-${account}`))

const contentOf = (version: S3Version): string =>
  leaf("ETag", `"${version.etag}"`) +
  leaf("ChecksumAlgorithm", version.checksum.algorithm.toUpperCase()) +
  leaf("ChecksumType", "FULL_OBJECT") +
  leaf("Size", version.body.length) +
  leaf("StorageClass", version.headers["x-amz-storage-class"] ?? "STANDARD")

const objectXml = (entry: Entry, list: ListRequest, owner: string): string =>
  element(
    "Contents",
    list.name("Key", entry.key),
    leaf("LastModified", isoTime(entry.version.modified)),
    contentOf(entry.version),
    owner,
  )

const prefixesXml = (prefixes: ReadonlyArray<string>, list: ListRequest): string =>
  prefixes.map((prefix) => element("CommonPrefixes", list.name("Prefix", prefix))).join("")

const sortedKeys = (bucket: S3Bucket): ReadonlyArray<string> => [...bucket.objects.keys()].sort(compareKeys)

/** The objects behind `after`, in order. A page may have ended with a common prefix: what it stood for comes no more. */
const objectsAfter = (bucket: S3Bucket, after: string, list: ListRequest) => {
  const entries = sortedKeys(bucket).flatMap((key): ReadonlyArray<Entry> => {
    const version = currentVersion(bucket, key)
    return version === undefined || (after !== "" && compareKeys(key, after) <= 0) ? [] : [{ key, version }]
  })
  return foldPage(entries, { ...list, shown: after })
}

const nameOf = (last: Entry | string | undefined): string | undefined => (typeof last === "object" ? last.key : last)

/** ListObjectsV2. */
export const listObjectsV2 = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketFor(s3, "s3:ListBucket")
  const list = yield* listRequest(s3)
  const token = s3.params.get("continuation-token")
  const startAfter = s3.params.get("start-after")
  const after = token === undefined ? (startAfter ?? "") : afterToken(token)
  if (after === undefined)
    return yield* invalidArgument("The continuation token provided is incorrect", "continuation-token", token ?? "")
  const page = objectsAfter(bucket, after, list)
  const next = nameOf(page.last)
  const owner = s3.params.get("fetch-owner") === "true" ? ownerXml(bucket.account) : ""
  return xmlAnswer("ListBucketResult", [
    head(bucket, list, next !== undefined),
    leaf("KeyCount", page.items.length + page.prefixes.length),
    leaf("ContinuationToken", token),
    leaf("NextContinuationToken", next === undefined ? undefined : tokenOf(next)),
    list.name("StartAfter", startAfter),
    ...page.items.map((entry) => objectXml(entry, list, owner)),
    prefixesXml(page.prefixes, list),
  ])
})

/** ListObjects, version 1: the marker is a key, and a next one is told only together with a delimiter. */
export const listObjectsV1 = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketFor(s3, "s3:ListBucket")
  const list = yield* listRequest(s3)
  const marker = s3.params.get("marker") ?? ""
  const page = objectsAfter(bucket, marker, list)
  return xmlAnswer("ListBucketResult", [
    head(bucket, list, page.last !== undefined),
    list.name("Marker", marker),
    list.name("NextMarker", list.delimiter === "" ? undefined : nameOf(page.last)),
    ...page.items.map((entry) => objectXml(entry, list, ownerXml(bucket.account))),
    prefixesXml(page.prefixes, list),
  ])
})

const versionXml = (entry: Entry, list: ListRequest, bucket: S3Bucket): string =>
  element(
    entry.version.marker ? "DeleteMarker" : "Version",
    list.name("Key", entry.key),
    leaf("VersionId", entry.version.id),
    leaf("IsLatest", bucket.objects.get(entry.key)?.[0] === entry.version),
    leaf("LastModified", isoTime(entry.version.modified)),
    entry.version.marker ? "" : contentOf(entry.version),
    ownerXml(bucket.account),
  )

/** The versions behind a marker: behind the whole key, or behind one of its versions. */
const versionsAfter = (bucket: S3Bucket, marker: string, id: string | undefined): ReadonlyArray<Entry> =>
  sortedKeys(bucket).flatMap((key): ReadonlyArray<Entry> => {
    const order = marker === "" ? 1 : compareKeys(key, marker)
    if (order < 0) return []
    const stack = bucket.objects.get(key) ?? []
    const seen = stack.findIndex((version) => version.id === id)
    const rest = order > 0 ? stack : seen < 0 ? [] : stack.slice(seen + 1)
    return rest.map((version) => ({ key, version }))
  })

/** ListObjectVersions: versions and delete markers, newest first within a key. */
export const listObjectVersions = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketFor(s3, "s3:ListBucketVersions")
  const list = yield* listRequest(s3)
  const marker = s3.params.get("key-marker") ?? ""
  const id = s3.params.get("version-id-marker")
  const page = foldPage(versionsAfter(bucket, marker, id), { ...list, shown: marker })
  return xmlAnswer("ListVersionsResult", [
    head(bucket, list, page.last !== undefined),
    list.name("KeyMarker", marker),
    leaf("VersionIdMarker", id ?? ""),
    list.name("NextKeyMarker", nameOf(page.last)),
    leaf("NextVersionIdMarker", typeof page.last === "object" ? page.last.version.id : undefined),
    ...page.items.map((entry) => versionXml(entry, list, bucket)),
    prefixesXml(page.prefixes, list),
  ])
})
