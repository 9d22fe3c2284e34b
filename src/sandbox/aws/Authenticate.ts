/**
 * Finds out who signed a request, or refuses it as the service asked would. Order as observed with AWS: is it signed,
 * does the key exist, does the token belong to it, has it ended, is the date near, does the signature match.
 */
import { DateTime, Effect } from "effect"
import { type Authorization, authorizationOf, sameSignature, signatureOf } from "../SigV4.ts"
import { queryPairs, type WireRequest } from "../Wire.ts"
import { AwsRefusal } from "./AwsCall.ts"
import { type Credential, findCredential, secretOf } from "./Credential.ts"
import type { Identity } from "./Identity.ts"
import { acceptPayload, signedPayloadHash } from "./Payload.ts"
import { type Protocol, protocolOf } from "./Protocol.ts"
import { type RefusalCause, refusal } from "./Refusals.ts"
import { isoSeconds } from "./XmlElement.ts"

/** A request whose signature is good. */
interface Authenticated {
  readonly credential: Credential
  readonly region: string
  /** As the service is to see it: out of its aws-chunked framing. */
  readonly request: WireRequest
}

/** How far a request's date may lie from the sandbox's clock: 15 minutes, both ways. */
const MAX_SKEW_MILLIS = 15 * 60 * 1000

/** The longest a presigned address may be good for: seven days. */
const MAX_PRESIGNED_SECONDS = 7 * 24 * 60 * 60

const amzDateMillis = (amzDate: string): number | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(amzDate)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second] = match
  const time = DateTime.make(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return time._tag === "Some" ? DateTime.toEpochMillis(time.value) : undefined
}

/** Milliseconds since the epoch as SigV4 writes dates: `YYYYMMDDTHHMMSSZ`. */
export const amzDateOf = (millis: number): string =>
  DateTime.formatIso(DateTime.makeUnsafe(millis)).replace(/[-:]|\.\d+/g, "")

type Refuse = (cause: RefusalCause, message?: string, fields?: Readonly<Record<string, string>>) => AwsRefusal

const refuser =
  (protocol: Protocol): Refuse =>
  (cause, message, fields) =>
    refusal(protocol, cause, {
      ...(message === undefined ? {} : { message }),
      ...(fields === undefined ? {} : { fields }),
    })

/** What is wrong with the date; `undefined`: nothing. */
const dateProblem = (authorization: Authorization, now: number, protocol: Protocol): AwsRefusal | undefined => {
  const refuse = refuser(protocol)
  const { amzDate, scope } = authorization
  const signedAt = amzDateMillis(amzDate)
  if (signedAt === undefined) {
    return refuse("malformed", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  }
  if (scope.date !== amzDate.slice(0, 8)) {
    return refuse("signature", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.")
  }
  const serverTime = amzDateOf(now)
  const seconds = authorization.expiresIn
  if (seconds !== undefined) {
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_PRESIGNED_SECONDS) {
      return refuse("malformed", "X-Amz-Expires must be between 1 and 604800 seconds.")
    }
    if (now > signedAt + seconds * 1000) {
      const fields = { "X-Amz-Expires": String(seconds), ServerTime: isoSeconds(now) }
      return refuse(protocol === "s3" ? "denied" : "skewed", "Request has expired", fields)
    }
  }
  const early = signedAt - now > MAX_SKEW_MILLIS
  const late = seconds === undefined && now - signedAt > MAX_SKEW_MILLIS
  if (!early && !late) return undefined
  if (protocol === "s3") {
    const fields = {
      RequestTime: amzDate,
      ServerTime: isoSeconds(now),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MILLIS),
    }
    return refuse("skewed", undefined, fields)
  }
  if (protocol === "ec2") return refuse("skewed")
  const edge = amzDateOf(now + (early ? MAX_SKEW_MILLIS : -MAX_SKEW_MILLIS))
  return refuse(
    "skewed",
    early
      ? `Signature not yet current: ${amzDate} is still later than ${edge} (${serverTime} + 15 min.)`
      : `Signature expired: ${amzDate} is now earlier than ${edge} (${serverTime} - 15 min.)`,
  )
}

/** What is wrong with the session token; `undefined`: nothing. A user's own key goes without one. */
const tokenProblem = (
  credential: Credential,
  token: string | undefined,
  now: number,
  refuse: Refuse,
): AwsRefusal | undefined => {
  if (credential._tag === "user") return token === undefined ? undefined : refuse("badToken")
  if (token === undefined || !sameSignature(token, credential.session.token)) return refuse("badToken")
  return now >= credential.session.expiresAt ? refuse("expired") : undefined
}

/** What is wrong with the list of signed headers; `undefined`: nothing. */
const headersProblem = (
  authorization: Authorization,
  request: WireRequest,
  protocol: Protocol,
): AwsRefusal | undefined => {
  const refuse = refuser(protocol)
  const signed = new Set(authorization.signedHeaders)
  if (!signed.has("host"))
    return refuse("signature", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  const unsigned = Object.keys(request.headers).filter((name) => name.startsWith("x-amz-") && !signed.has(name))
  if (protocol !== "s3" || unsigned.length === 0) return undefined
  return refuse("denied", "There were headers present in the request which were not signed", {
    HeadersNotSigned: unsigned.join(", "),
  })
}

const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/

const tokenOf = (request: WireRequest, authorization: Authorization): string | undefined =>
  authorization.presigned
    ? new Map(queryPairs(request.query)).get("X-Amz-Security-Token")
    : request.headers["x-amz-security-token"]

/** Authenticates a request that names `authorization`'s service. `now`: milliseconds since the epoch. */
export const authenticate = Effect.fnUntraced(function* (
  identity: Identity,
  request: WireRequest,
  authorization: Authorization,
  now: number,
): Effect.fn.Return<Authenticated, AwsRefusal> {
  const { scope, accessKeyId } = authorization
  const protocol = protocolOf(scope.service, request)
  const refuse = refuser(protocol)

  const credential = findCredential(identity, accessKeyId)
  if (credential === undefined) {
    return yield* refuse("unknownKey", undefined, protocol === "s3" ? { AWSAccessKeyId: accessKeyId } : undefined)
  }
  if (!REGION.test(scope.region)) {
    return yield* refuse(
      protocol === "s3" ? "malformed" : "signature",
      protocol === "s3"
        ? `The authorization header is malformed; the region '${scope.region}' is wrong; expecting 'us-east-1'`
        : "Credential should be scoped to a valid region.",
      { Region: "us-east-1" },
    )
  }
  const problem =
    tokenProblem(credential, tokenOf(request, authorization), now, refuse) ??
    dateProblem(authorization, now, protocol) ??
    headersProblem(authorization, request, protocol)
  if (problem !== undefined) return yield* problem

  const hash = signedPayloadHash(request, scope.service, authorization.presigned)
  if (hash === undefined) {
    return yield* refuse("malformed", "Missing required header for this request: x-amz-content-sha256")
  }
  const expected = signatureOf(request, secretOf(credential), authorization, hash)
  if (!sameSignature(expected, authorization.signature)) {
    return yield* refuse("signature", undefined, protocol === "s3" ? { AWSAccessKeyId: accessKeyId } : undefined)
  }
  const accepted = scope.service === "s3" ? yield* acceptPayload(request, hash) : request
  return { credential, region: scope.region, request: accepted }
})

/** The signature AWS used before 2014 and no longer takes; old clients still presign S3 addresses with it. */
const isSignatureV2 = (request: WireRequest): boolean =>
  (request.headers["authorization"] ?? "").startsWith("AWS ") ||
  queryPairs(request.query).some(([name]) => name === "AWSAccessKeyId")

/** The signature a request carries; unsigned or unreadable ones are refused in the words of the service they mean. */
export const readAuthorization = (request: WireRequest, service: string): Effect.Effect<Authorization, AwsRefusal> => {
  const authorization = authorizationOf(request)
  if (authorization !== undefined) return Effect.succeed(authorization)
  const protocol = protocolOf(service, request)
  if (protocol === "s3" && isSignatureV2(request)) {
    return Effect.fail(
      new AwsRefusal({
        status: 400,
        code: "InvalidRequest",
        message: "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
      }),
    )
  }
  return Effect.fail(refusal(protocol, request.headers["authorization"] === undefined ? "unsigned" : "malformed"))
}
