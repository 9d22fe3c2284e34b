/**
 * The refusals that every service gives alike, each in the words of the protocol asked in: status, code and text.
 * Codes: the common errors in AWS's service references and, for S3, its list of error responses.
 */
import { AwsRefusal } from "./AwsCall.ts"
import type { Protocol } from "./Protocol.ts"

/** Why a request is turned away before, or instead of, reaching its operation. */
export type RefusalCause =
  | "unsigned"
  | "malformed"
  | "unknownKey"
  | "badToken"
  | "expired"
  | "skewed"
  | "signature"
  | "denied"
  | "throttled"
  | "unknownOperation"

type Words = readonly [status: number, code: string, message: string]

const INVALID_TOKEN = "The security token included in the request is invalid."
const EXPIRED_TOKEN = "The security token included in the request is expired"
const NO_TOKEN = "Request is missing Authentication Token"
const INCOMPLETE = "Authorization header is not readable: Credential, SignedHeaders and Signature are needed."
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
const NOT_VALIDATED = "AWS was not able to validate the provided access credentials"

const s3: Readonly<Record<RefusalCause, Words>> = {
  unsigned: [403, "AccessDenied", "Access Denied"],
  malformed: [400, "AuthorizationHeaderMalformed", "The authorization header that you provided is not valid."],
  unknownKey: [403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."],
  badToken: [400, "InvalidToken", "The provided token is malformed or otherwise invalid."],
  expired: [400, "ExpiredToken", "The provided token has expired."],
  skewed: [403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."],
  signature: [
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  ],
  denied: [403, "AccessDenied", "Access Denied"],
  throttled: [503, "SlowDown", "Please reduce your request rate."],
  unknownOperation: [501, "NotImplemented", "The sandbox does not implement this operation."],
}

const ec2: Readonly<Record<RefusalCause, Words>> = {
  unsigned: [400, "MissingParameter", "The request must contain the parameter AWSAccessKeyId"],
  malformed: [400, "IncompleteSignature", INCOMPLETE],
  unknownKey: [401, "AuthFailure", NOT_VALIDATED],
  badToken: [401, "AuthFailure", NOT_VALIDATED],
  expired: [400, "RequestExpired", "Request has expired."],
  skewed: [400, "RequestExpired", "Request has expired."],
  signature: [401, "AuthFailure", NOT_VALIDATED],
  denied: [403, "UnauthorizedOperation", "You are not authorized to perform this operation."],
  throttled: [503, "RequestLimitExceeded", "Request limit exceeded."],
  unknownOperation: [400, "InvalidAction", "The action is not valid for this web service."],
}

const query: Readonly<Record<RefusalCause, Words>> = {
  unsigned: [403, "MissingAuthenticationToken", NO_TOKEN],
  malformed: [400, "IncompleteSignature", INCOMPLETE],
  unknownKey: [403, "InvalidClientTokenId", INVALID_TOKEN],
  badToken: [403, "InvalidClientTokenId", INVALID_TOKEN],
  expired: [403, "ExpiredToken", EXPIRED_TOKEN],
  skewed: [403, "SignatureDoesNotMatch", "Signature expired or not yet current."],
  signature: [403, "SignatureDoesNotMatch", MISMATCH],
  denied: [403, "AccessDenied", "Access denied"],
  throttled: [400, "Throttling", "Rate exceeded"],
  unknownOperation: [400, "InvalidAction", "Could not find the operation."],
}

const json: Readonly<Record<RefusalCause, Words>> = {
  unsigned: [400, "MissingAuthenticationTokenException", NO_TOKEN],
  malformed: [400, "IncompleteSignatureException", INCOMPLETE],
  unknownKey: [400, "UnrecognizedClientException", INVALID_TOKEN],
  badToken: [400, "UnrecognizedClientException", INVALID_TOKEN],
  expired: [400, "ExpiredTokenException", EXPIRED_TOKEN],
  skewed: [400, "InvalidSignatureException", "Signature expired or not yet current."],
  signature: [400, "InvalidSignatureException", MISMATCH],
  denied: [400, "AccessDeniedException", "Access denied"],
  throttled: [400, "ThrottlingException", "Rate exceeded"],
  unknownOperation: [400, "UnknownOperationException", "The sandbox does not know this operation."],
}

/** Lambda and its kind answer with HTTP's own statuses where the JSON protocol says 400. */
const restJson: Readonly<Record<RefusalCause, Words>> = {
  unsigned: [403, "MissingAuthenticationTokenException", NO_TOKEN],
  malformed: [403, "IncompleteSignatureException", INCOMPLETE],
  unknownKey: [403, "UnrecognizedClientException", INVALID_TOKEN],
  badToken: [403, "UnrecognizedClientException", INVALID_TOKEN],
  expired: [403, "ExpiredTokenException", EXPIRED_TOKEN],
  skewed: [403, "InvalidSignatureException", "Signature expired or not yet current."],
  signature: [403, "InvalidSignatureException", MISMATCH],
  denied: [403, "AccessDeniedException", "Access denied"],
  throttled: [429, "TooManyRequestsException", "Rate Exceeded."],
  unknownOperation: [404, "UnknownOperationException", "The sandbox does not know this operation."],
}

const tables: Readonly<Record<Protocol, typeof s3>> = { s3, ec2, query, json, "rest-json": restJson }

/** A refusal in a protocol's words; `message` replaces the usual text, `fields` go into an S3 error body. */
export const refusal = (
  protocol: Protocol,
  cause: RefusalCause,
  more: { readonly message?: string; readonly fields?: Readonly<Record<string, string>> } = {},
): AwsRefusal => {
  const [status, code, message] = tables[protocol][cause]
  return new AwsRefusal({
    status,
    code,
    message: more.message ?? message,
    ...(more.fields === undefined ? {} : { fields: more.fields }),
  })
}

/** Says who was not allowed what, as AWS does. */
export const deniedRefusal = (
  protocol: Protocol,
  who: string,
  action: string,
  resource: string,
  explicit: boolean,
): AwsRefusal => {
  const because = explicit
    ? "with an explicit deny in an identity-based policy"
    : `because no identity-based policy allows the ${action} action`
  const where = protocol === "s3" ? `"${resource}"` : resource
  const text = `User: ${who} is not authorized to perform: ${action} on resource: ${where} ${because}`
  return refusal(protocol, "denied", {
    message: protocol === "ec2" ? `You are not authorized to perform this operation. ${text}` : text,
  })
}
