/** An S3 call once bucket, key and query were read from its address, and the doors every operation goes through. */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { decodePath, queryPairs } from "../Wire.ts"
import { type AwsCall, AwsRefusal } from "./AwsCall.ts"
import type { S3Bucket, S3State } from "./S3State.ts"
import { parseXml, type XmlNode } from "./S3Xml.ts"

/** A call on S3. `bucketName` is empty for the service itself, `key` for a bucket. */
export interface S3Call extends AwsCall {
  readonly state: S3State
  readonly bucketName: string
  readonly key: string
  readonly params: ReadonlyMap<string, string>
}

/** Bucket and key of a request: from the path, or the bucket from the host (`BUCKET.s3.…`, `BUCKET.localhost`). */
export const addressOf = (host: string, path: string): { readonly bucketName: string; readonly key: string } => {
  const virtual = /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.(?:s3[.-].+|localhost)$/.exec(host.replace(/:\d+$/, ""))?.[1]
  const rest = path.replace(/^\//, "")
  if (virtual !== undefined) return { bucketName: virtual, key: decodePath(rest) }
  const slash = rest.indexOf("/")
  return slash < 0
    ? { bucketName: decodePath(rest), key: "" }
    : { bucketName: decodePath(rest.slice(0, slash)), key: decodePath(rest.slice(slash + 1)) }
}

/** Reads the address of an authenticated call. */
export const makeS3Call = (call: AwsCall, state: S3State): S3Call => ({
  ...call,
  ...addressOf(call.request.headers["host"] ?? "", call.request.path),
  state,
  params: new Map(queryPairs(call.request.query)),
})

/** A refusal that blames one argument. */
export const invalidArgument = (message: string, name: string, value: string): AwsRefusal =>
  new AwsRefusal({
    status: 400,
    code: "InvalidArgument",
    message,
    fields: { ArgumentName: name, ArgumentValue: value },
  })

/** The body was not the document that the operation takes. */
export const malformedXml: AwsRefusal = new AwsRefusal({
  status: 400,
  code: "MalformedXML",
  message: "The XML you provided was not well-formed or did not validate against our published schema.",
})

/** What the caller may not have; the server says the same for a missing permission. */
export const accessDenied: AwsRefusal = new AwsRefusal({ status: 403, code: "AccessDenied", message: "Access Denied" })

/** The body of the call, which must be an XML document with that root. */
export const bodyXml = (s3: S3Call, root: string): Effect.Effect<XmlNode, AwsRefusal> => {
  const node = parseXml(Buffer.from(s3.request.body).toString("utf8"))
  return node?.name === root ? Effect.succeed(node) : Effect.fail(malformedXml)
}

const ownBucket = (s3: S3Call): Effect.Effect<S3Bucket, AwsRefusal> => {
  const bucket = s3.state.get(s3.bucketName)
  if (bucket === undefined) {
    const fields = { BucketName: s3.bucketName }
    return Effect.fail(
      new AwsRefusal({ status: 404, code: "NoSuchBucket", message: "The specified bucket does not exist", fields }),
    )
  }
  const expected = s3.request.headers["x-amz-expected-bucket-owner"] ?? bucket.account
  return bucket.account === s3.principal.account && bucket.account === expected
    ? Effect.succeed(bucket)
    : Effect.fail(accessDenied)
}

/** The bucket of the call, once it is the caller's own and the action on it is allowed. */
export const bucketFor = Effect.fnUntraced(function* (
  s3: S3Call,
  action: string,
): Effect.fn.Return<S3Bucket, AwsRefusal> {
  const bucket = yield* ownBucket(s3)
  yield* s3.allow(action, `arn:aws:s3:::${bucket.name}`)
  return bucket
})

/** The bucket of the call, once the action on the key is allowed. */
export const bucketForKey = Effect.fnUntraced(function* (
  s3: S3Call,
  action: string,
): Effect.fn.Return<S3Bucket, AwsRefusal> {
  const bucket = yield* ownBucket(s3)
  yield* s3.allow(action, `arn:aws:s3:::${bucket.name}/${s3.key}`)
  return bucket
})

/** The canonical user id of an account: 64 hex characters, the same at every start. */
export const ownerId = (account: string): string =>
  createHash("sha256").update(`sandbox account ${account}`).digest("hex")
