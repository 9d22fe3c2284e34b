/** Buckets themselves: list, create, delete, head, location, ACL and the status of a bucket's policy. */
import { Effect } from "effect"
import type { WireResponse } from "../Wire.ts"
import { AwsRefusal } from "./AwsCall.ts"
import { bodyXml, bucketFor, bucketForKey, invalidArgument, ownerId, type S3Call } from "./S3Call.ts"
import { defaultConfigurations, noConfiguration } from "./S3Configurations.ts"
import { countParam } from "./S3List.ts"
import { afterToken, compareKeys, tokenOf } from "./S3Paging.ts"
import { isPublicPolicy } from "./S3Policy.ts"
import { childText, emptyAnswer, xmlAnswer } from "./S3Xml.ts"
import { element, isoTime, leaf } from "./XmlElement.ts"

const ownerXml = (account: string): string =>
  element("Owner", leaf("ID", ownerId(account)), leaf("DisplayName", `account-${account}`))

/** ListBuckets: the caller's own, by name; `max-buckets` makes pages. */
export const listBuckets = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  yield* s3.allow("s3:ListAllMyBuckets", "*")
  const prefix = s3.params.get("prefix")
  const token = s3.params.get("continuation-token")
  const region = s3.params.get("bucket-region")
  const after = token === undefined ? "" : afterToken(token)
  if (after === undefined)
    return yield* invalidArgument("The continuation token provided is incorrect", "continuation-token", token ?? "")
  const max = yield* countParam(s3, "max-buckets")
  if (max === 0)
    return yield* invalidArgument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets", "0")
  const own = [...s3.state.values()]
    .filter((bucket) => bucket.account === s3.principal.account && bucket.name.startsWith(prefix ?? ""))
    .filter((bucket) => region === undefined || bucket.region === region)
    .sort((a, b) => compareKeys(a.name, b.name))
    .filter((bucket) => compareKeys(bucket.name, after) > 0)
  const page = own.slice(0, max)
  const last = own.length > max ? page.at(-1)?.name : undefined
  return xmlAnswer("ListAllMyBucketsResult", [
    ownerXml(s3.principal.account),
    element(
      "Buckets",
      ...page.map((bucket) =>
        element(
          "Bucket",
          leaf("Name", bucket.name),
          leaf("CreationDate", isoTime(bucket.created)),
          leaf("BucketRegion", bucket.region),
          leaf("BucketArn", `arn:aws:s3:::${bucket.name}`),
        ),
      ),
    ),
    leaf("Prefix", prefix),
    leaf("ContinuationToken", last === undefined ? undefined : tokenOf(last)),
  ])
})

const legalName = (name: string): boolean =>
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|^\d+\.\d+\.\d+\.\d+$|^xn--|-s3alias$/.test(name)

/** The region that `<CreateBucketConfiguration>` names; without one it is us-east-1, and only there. */
const newRegion = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<string, AwsRefusal> {
  const constraint =
    s3.request.body.length === 0
      ? undefined
      : childText(yield* bodyXml(s3, "CreateBucketConfiguration"), "LocationConstraint")
  if (constraint === "us-east-1")
    return yield* new AwsRefusal({
      status: 400,
      code: "InvalidLocationConstraint",
      message: "The specified location-constraint is not valid",
      fields: { LocationConstraint: constraint },
    })
  if ((constraint ?? "us-east-1") !== s3.region)
    return yield* new AwsRefusal({
      status: 400,
      code: "IllegalLocationConstraintException",
      message: `The ${constraint ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    })
  return s3.region
})

/** CreateBucket. In us-east-1 to create one's own bucket again is no error, as it never was there. */
export const createBucket = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const name = s3.bucketName
  yield* s3.allow("s3:CreateBucket", `arn:aws:s3:::${name}`)
  if (!legalName(name))
    return yield* new AwsRefusal({
      status: 400,
      code: "InvalidBucketName",
      message: "The specified bucket is not valid.",
      fields: { BucketName: name },
    })
  const region = yield* newRegion(s3)
  const old = s3.state.get(name)
  if (old !== undefined && old.account !== s3.principal.account)
    return yield* new AwsRefusal({
      status: 409,
      code: "BucketAlreadyExists",
      message: "The requested bucket name is not available. The bucket namespace is shared by all users of the system.",
      fields: { BucketName: name },
    })
  if (old !== undefined && (region !== "us-east-1" || old.region !== region))
    return yield* new AwsRefusal({
      status: 409,
      code: "BucketAlreadyOwnedByYou",
      message: "Your previous request to create the named bucket succeeded and you already own it.",
      fields: { BucketName: name },
    })
  if (old === undefined)
    s3.state.set(name, {
      name,
      account: s3.principal.account,
      region,
      created: s3.now,
      configurations: new Map(defaultConfigurations),
      objects: new Map(),
      uploads: new Map(),
    })
  return emptyAnswer(200, { location: `/${name}`, "x-amz-bucket-arn": `arn:aws:s3:::${name}` })
})

/** DeleteBucket: only an empty one, and old versions and delete markers count as content. */
export const deleteBucket = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketFor(s3, "s3:DeleteBucket")
  if (bucket.objects.size > 0)
    return yield* new AwsRefusal({
      status: 409,
      code: "BucketNotEmpty",
      message: "The bucket you tried to delete is not empty",
      fields: { BucketName: bucket.name },
    })
  s3.state.delete(bucket.name)
  return emptyAnswer(204)
})

/** HeadBucket. */
export const headBucket = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  yield* bucketFor(s3, "s3:ListBucket")
  return emptyAnswer(200, { "x-amz-access-point-alias": "false" })
})

/** GetBucketLocation: us-east-1 is told as nothing. */
export const getLocation = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const { region } = yield* bucketFor(s3, "s3:GetBucketLocation")
  return xmlAnswer("LocationConstraint", region === "us-east-1" ? [] : [region])
})

/** GetBucketPolicyStatus: public is a policy that allows everybody something without a condition. */
export const getPolicyStatus = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* bucketFor(s3, "s3:GetBucketPolicyStatus")
  const policy = bucket.configurations.get("policy")
  if (policy === undefined) return yield* noConfiguration("policy", bucket.name)
  return xmlAnswer("PolicyStatus", [leaf("IsPublic", isPublicPolicy(policy))])
})

/** GetBucketAcl and GetObjectAcl: with ACLs off, the owner has everything and nobody else has anything. */
export const getAcl = Effect.fnUntraced(function* (s3: S3Call): Effect.fn.Return<WireResponse, AwsRefusal> {
  const bucket = yield* s3.key === "" ? bucketFor(s3, "s3:GetBucketAcl") : bucketForKey(s3, "s3:GetObjectAcl")
  const grantee = `<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">${leaf("ID", ownerId(bucket.account))}</Grantee>`
  return xmlAnswer("AccessControlPolicy", [
    ownerXml(bucket.account),
    element("AccessControlList", element("Grant", grantee, leaf("Permission", "FULL_CONTROL"))),
  ])
})
