/** Tags of objects and buckets: the `<Tagging>` document, the `x-amz-tagging` header, and the three object operations. */
import { Effect } from "effect"
import { formPairs, type WireResponse } from "../Wire.ts"
import { AwsRefusal } from "./AwsCall.ts"
import { bodyXml, bucketForKey, malformedXml, type S3Call } from "./S3Call.ts"
import { findVersion } from "./S3Read.ts"
import type { S3Bucket, S3Tag, S3Version } from "./S3State.ts"
import { childrenOf, childText, emptyAnswer, xmlAnswer, type XmlNode } from "./S3Xml.ts"
import { element, leaf } from "./XmlElement.ts"

const invalidTag = (message: string) => new AwsRefusal({ status: 400, code: "InvalidTag", message })

/** Checks number, length and uniqueness of tags: an object may carry 10, a bucket 50. */
export const checkTags = Effect.fnUntraced(function* (
  tags: ReadonlyArray<S3Tag>,
  most: number,
): Effect.fn.Return<ReadonlyArray<S3Tag>, AwsRefusal> {
  if (tags.length > most)
    return yield* new AwsRefusal({ status: 400, code: "BadRequest", message: `Tags cannot be more than ${most}` })
  if (new Set(tags.map((tag) => tag.key)).size < tags.length)
    return yield* invalidTag("Cannot provide multiple Tags with the same key")
  for (const { key, value } of tags) {
    if (key === "" || key.length > 128) return yield* invalidTag("The TagKey you have provided is invalid")
    if (value.length > 256) return yield* invalidTag("The TagValue you have provided is invalid")
  }
  return tags
})

/** The tags of a `<Tagging>` document. */
export const tagsOfXml = Effect.fnUntraced(function* (
  node: XmlNode,
  most: number,
): Effect.fn.Return<ReadonlyArray<S3Tag>, AwsRefusal> {
  const tags: Array<S3Tag> = []
  for (const set of childrenOf(node, "TagSet")) {
    for (const tag of childrenOf(set, "Tag")) {
      const key = childText(tag, "Key")
      const value = childText(tag, "Value")
      if (key === undefined || value === undefined) return yield* malformedXml
      tags.push({ key, value })
    }
  }
  return yield* checkTags(tags, most)
})

/** The tags of an `x-amz-tagging` header, which is written like a form (`a=1&b=2`). */
export const tagsOfHeader = (header: string | undefined): Effect.Effect<ReadonlyArray<S3Tag>, AwsRefusal> =>
  checkTags(
    formPairs(Buffer.from(header ?? "")).map(([key, value]) => ({ key, value })),
    10,
  )

/** Object tags can be changed without writing a new version. */
const retag = (bucket: S3Bucket, key: string, version: S3Version, tags: ReadonlyArray<S3Tag>): void => {
  const stack = bucket.objects.get(key) ?? []
  bucket.objects.set(
    key,
    stack.map((old) => (old === version ? { ...old, tags } : old)),
  )
}

const actionOf = (s3: S3Call, verb: string): string =>
  `s3:${verb}Object${s3.params.has("versionId") ? "Version" : ""}Tagging`

const versionHeader = (version: S3Version): Readonly<Record<string, string>> =>
  version.id === "null" ? {} : { "x-amz-version-id": version.id }

/** GetObjectTagging. */
export const getObjectTagging = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketForKey(s3, actionOf(s3, "Get"))
  const version = yield* findVersion(s3, bucket)
  const tags = version.tags.map(({ key, value }) => element("Tag", leaf("Key", key), leaf("Value", value)))
  return xmlAnswer("Tagging", [element("TagSet", ...tags)])
})

/** PutObjectTagging. */
export const putObjectTagging = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketForKey(s3, actionOf(s3, "Put"))
  const tags = yield* tagsOfXml(yield* bodyXml(s3, "Tagging"), 10)
  const version = yield* findVersion(s3, bucket)
  retag(bucket, s3.key, version, tags)
  return emptyAnswer(200, versionHeader(version))
})

/** DeleteObjectTagging. */
export const deleteObjectTagging = Effect.fnUntraced(function* (
  s3: S3Call,
): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketForKey(s3, actionOf(s3, "Delete"))
  const version = yield* findVersion(s3, bucket)
  retag(bucket, s3.key, version, [])
  return emptyAnswer(204, versionHeader(version))
})
