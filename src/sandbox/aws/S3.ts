/**
 * S3 of the sandbox: finds the operation that a method, an address and a subresource stand for. The permission of every
 * operation is asked where it is carried out.
 */
import { Effect } from "effect"
import type { WireResponse } from "../Wire.ts"
import { type AwsCall, AwsRefusal, type AwsService } from "./AwsCall.ts"
import {
  createBucket,
  deleteBucket,
  getAcl,
  getLocation,
  getPolicyStatus,
  headBucket,
  listBuckets,
} from "./S3Buckets.ts"
import { makeS3Call, type S3Call } from "./S3Call.ts"
import { configurationOperation } from "./S3Configurations.ts"
import { deleteObject, deleteObjects } from "./S3Delete.ts"
import { listObjectsV1, listObjectsV2, listObjectVersions } from "./S3List.ts"
import { abortUpload, completeUpload, createUpload, listParts, listUploads, uploadPart } from "./S3Multipart.ts"
import { getObject } from "./S3Read.ts"
import { bucketFromSeed, type BucketSeed, type S3State } from "./S3State.ts"
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from "./S3Tags.ts"
import { copyObject, putObject } from "./S3Write.ts"

type Operation = (s3: S3Call) => Effect.Effect<WireResponse, AwsRefusal>

const notImplemented = new AwsRefusal({
  status: 501,
  code: "NotImplemented",
  message: "A header or query parameter you provided implies functionality that the sandbox does not have.",
})

/** A write whose content is that of another object. */
const isCopy = (s3: S3Call): boolean => s3.request.headers["x-amz-copy-source"] !== undefined

/** By method and subresource; the bare method is the operation without one. */
const bucketOperations: Readonly<Record<string, Operation>> = {
  GET: (s3) => (s3.params.get("list-type") === "2" ? listObjectsV2(s3) : listObjectsV1(s3)),
  HEAD: headBucket,
  PUT: createBucket,
  DELETE: deleteBucket,
  "GET location": getLocation,
  "GET policyStatus": getPolicyStatus,
  "GET acl": getAcl,
  "GET versions": listObjectVersions,
  "GET uploads": listUploads,
  "POST delete": deleteObjects,
}

const objectOperations: Readonly<Record<string, Operation>> = {
  GET: getObject,
  HEAD: getObject,
  PUT: (s3) => (isCopy(s3) ? copyObject(s3) : putObject(s3)),
  DELETE: deleteObject,
  "GET tagging": getObjectTagging,
  "PUT tagging": putObjectTagging,
  "DELETE tagging": deleteObjectTagging,
  "GET acl": getAcl,
  "POST uploads": createUpload,
  "PUT uploadId": (s3) => (isCopy(s3) ? Effect.fail(notImplemented) : uploadPart(s3)),
  "POST uploadId": completeUpload,
  "DELETE uploadId": abortUpload,
  "GET uploadId": listParts,
}

/** Query parameters that only refine an operation; anything else without a value names a subresource. */
const refining =
  /^(?:prefix|delimiter|marker|max-.*|encoding-type|continuation-token|start-after|fetch-owner|list-type|key-marker|version-id-marker|versionId|partNumber|part-number-marker|upload-id-marker|bucket-region|x-id|response-.*|x-amz-.*)$/i

const subresourceOf = (params: ReadonlyMap<string, string>): string | undefined =>
  params.has("uploadId") ? "uploadId" : [...params].find(([name, value]) => value === "" && !refining.test(name))?.[0]

const operationOf = (s3: S3Call): Operation | undefined => {
  const { method } = s3.request
  if (s3.bucketName === "") return method === "GET" ? listBuckets : undefined
  const subresource = subresourceOf(s3.params)
  const operations = s3.key === "" ? bucketOperations : objectOperations
  if (subresource === undefined) return operations[method]
  const configuration = s3.key === "" ? configurationOperation(method, subresource) : undefined
  return configuration ?? operations[`${method} ${subresource}`]
}

/** Answers about a bucket tell its region, as clients follow it. */
const withRegion = (s3: S3Call, answer: WireResponse): WireResponse => {
  const region = s3.key === "" ? s3.state.get(s3.bucketName)?.region : undefined
  return region === undefined || "closed" in answer
    ? answer
    : { ...answer, headers: { ...answer.headers, "x-amz-bucket-region": region } }
}

/** An S3 with these buckets in it; what is changed lives as long as the service. */
export const makeS3 = (seed: ReadonlyArray<BucketSeed>): Effect.Effect<AwsService> =>
  Effect.sync(() => {
    const state: S3State = new Map(seed.map((bucket) => [bucket.name, bucketFromSeed(bucket)]))
    return Effect.fnUntraced(function* (call: AwsCall) {
      const s3 = makeS3Call(call, state)
      const operation = operationOf(s3)
      if (operation === undefined) return yield* notImplemented
      return withRegion(s3, yield* operation(s3))
    })
  })
