/** DeleteObject and DeleteObjects. Where versioning was ever on, a delete without a version only puts a marker on top. */
import { Effect } from "effect"
import type { WireResponse } from "../Wire.ts"
import type { AwsRefusal } from "./AwsCall.ts"
import { bodyXml, bucketFor, bucketForKey, invalidArgument, malformedXml, type S3Call } from "./S3Call.ts"
import { verifyBody } from "./S3Checksum.ts"
import { makeVersion, pushVersion, removeVersion, versioningOf, type S3Bucket } from "./S3State.ts"
import { childrenOf, childText, emptyAnswer, xmlAnswer, type XmlNode } from "./S3Xml.ts"
import { element, leaf } from "./XmlElement.ts"

/** What a delete did: the version it removed or made, and whether that is a delete marker. */
interface Deleted {
  readonly id: string | undefined
  readonly marker: boolean
}

const remove = (bucket: S3Bucket, key: string, id: string | undefined, now: number): Deleted => {
  if (id !== undefined) return { id, marker: removeVersion(bucket, key, id)?.marker ?? false }
  if (versioningOf(bucket) === undefined) {
    bucket.objects.delete(key)
    return { id: undefined, marker: false }
  }
  return {
    id: pushVersion(bucket, key, makeVersion(Buffer.alloc(0), { modified: now, marker: true })).id,
    marker: true,
  }
}

/** Deletes the call's key; that it does not exist is no error. */
const deleteOne = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<Deleted, AwsRefusal> {
  const id = s3.params.get("versionId")
  const bucket = yield* bucketForKey(s3, id === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion")
  if (id !== undefined && !/^(?:null|[\w-]{32})$/.test(id))
    return yield* invalidArgument("Invalid version id specified", "versionId", id)
  return remove(bucket, s3.key, id, s3.now)
})

/** DeleteObject. */
export const deleteObject = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const deleted = yield* deleteOne(s3)
  return emptyAnswer(204, {
    ...(deleted.id === undefined ? {} : { "x-amz-version-id": deleted.id }),
    ...(deleted.marker ? { "x-amz-delete-marker": "true" } : {}),
  })
})

const deletedXml = (key: string, asked: string | undefined, deleted: Deleted): string =>
  element(
    "Deleted",
    leaf("Key", key),
    leaf("VersionId", asked),
    deleted.marker ? leaf("DeleteMarker", true) + leaf("DeleteMarkerVersionId", deleted.id) : "",
  )

const errorXml = (key: string, asked: string | undefined, refusal: AwsRefusal): string =>
  element(
    "Error",
    leaf("Key", key),
    leaf("VersionId", asked),
    leaf("Code", refusal.code),
    leaf("Message", refusal.message),
  )

/** One row of the answer; what may not be deleted is told in its row and does not stop the others. */
const deleteRow = Effect.fnUntraced(function* (s3: S3Call, object: XmlNode, quiet: boolean) {
  const key = childText(object, "Key") ?? ""
  const asked = childText(object, "VersionId")
  const call = { ...s3, key, params: new Map(asked === undefined ? [] : [["versionId", asked]]) }
  return yield* deleteOne(call).pipe(
    Effect.match({
      onSuccess: (deleted) => (quiet ? "" : deletedXml(key, asked, deleted)),
      onFailure: (refusal) => errorXml(key, asked, refusal),
    }),
  )
})

/** DeleteObjects: up to 1000 keys at once. */
export const deleteObjects = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  // The permission is that of each key; this only sees to it that the bucket is the caller's.
  yield* bucketFor({ ...s3, allow: () => Effect.void }, "s3:DeleteObject")
  yield* verifyBody(s3.request.headers, s3.request.body)
  const document = yield* bodyXml(s3, "Delete")
  const objects = childrenOf(document, "Object")
  if (objects.length === 0 || objects.length > 1000 || objects.some((object) => !childText(object, "Key")))
    return yield* malformedXml
  const quiet = childText(document, "Quiet") === "true"
  return xmlAnswer("DeleteResult", yield* Effect.forEach(objects, (object) => deleteRow(s3, object, quiet)))
})
