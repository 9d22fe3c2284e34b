/** From what the SDK threw to an AwsError: was it AWS's word, a refusal of ours, or silence? */
import { oneLine } from "../core/Text.ts"
import {
  AccessDenied,
  AwsError,
  ClientFailed,
  CredentialsRefused,
  EgressRefused,
  OutcomeUnknown,
  Service,
  Throttled,
  Unreachable,
} from "./AwsError.ts"

/** What the egress guard throws inside the SDK. */
export class RefusedHost extends Error {
  override readonly name = "RefusedHost"
  readonly host: string
  constructor(host: string) {
    super("host refused")
    this.host = host
  }
}

/** What is thrown inside the SDK at an answer that is not AWS's, or too large or too slow to be read. */
export class UnusableAnswer extends Error {
  override readonly name = "UnusableAnswer"
}

/** What is told of an answer that somebody else gave. */
export const foreignAnswer = (status: number): string =>
  `HTTP ${status} that is no answer of AWS's: a proxy or another server may stand in between`

/** The call that failed, as far as the words of its error need it. */
export interface FailedCall {
  readonly service: string
  readonly operation: string
  readonly role: string
  readonly identity: string | undefined
  /** Whether repeating it changes nothing more. */
  readonly idempotent: boolean
}

type Thrown = Readonly<Record<string, unknown>>

const record = (value: unknown): Thrown => (typeof value === "object" && value !== null ? (value as Thrown) : {}) // any object may be asked for any key

const string = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

/** AWS's code, from the error's name or, for some services, its `Code` or `code`. */
export const codeOf = (error: unknown): string => {
  const { Code, code, name } = record(error)
  const own = string(name)
  return own === undefined || own === "Error" || own === "UnknownError"
    ? (string(Code) ?? string(code) ?? own ?? "Unknown")
    : own
}

/** The answer's status, when there was an answer at all. */
const statusOf = (error: unknown): number | undefined => {
  const status = record(record(error)["$metadata"])["httpStatusCode"]
  return typeof status === "number" ? status : undefined
}

const requestIdOf = (error: unknown): string | undefined => {
  const thrown = record(error)
  return (
    string(record(thrown["$metadata"])["requestId"]) ??
    string(thrown["RequestId"]) ??
    string(thrown["RequestID"]) ??
    string(thrown["requestId"])
  )
}

/** Codes with which AWS says that a session is over. Refused before anything was done, so a write may be repeated. */
const EXPIRED = new Set(["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"])
/** Codes for keys that AWS does not know: revoked, or so new that AWS has not heard of them everywhere. */
const UNKNOWN_KEY = new Set([
  "InvalidClientTokenId",
  "AuthFailure",
  "UnrecognizedClientException",
  "InvalidAccessKeyId",
  "InvalidToken",
])
const DENIED = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "AuthorizationError",
  "AuthorizationErrorException",
])
const THROTTLED =
  /^(?:Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceeded|BandwidthLimit|PriorRequestNotComplete|RequestThrottled|LimitExceededRate)/

export const isExpired = (error: unknown): boolean => EXPIRED.has(codeOf(error))
export const isUnknownKey = (error: unknown): boolean => UNKNOWN_KEY.has(codeOf(error))

/** Errors of the connection that say that nothing was sent. */
const NOT_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
])

const CONNECTION =
  /^(?:ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET|ERR_TLS|CERT_|DEPTH_ZERO|UNABLE_TO|TimeoutError|NetworkingError|ERR_SSL|EPROTO|ABORT_ERR|UND_ERR)/

/** What the SDK calls an answer that it could not read. */
const UNREAD = new Set(["Error", "SyntaxError", "TypeError", "RangeError"])

/** What the SDK appends for whoever debugs it. */
const SDK_HINT = /\s*Deserialization error: to see the raw response[^]*$/

/** Not AWS's answer. AWS's has a code, or at least a request id where a body is missing (HEAD). */
const isForeign = (code: string, requestId: string | undefined): boolean =>
  UNREAD.has(code) || (requestId === undefined && (code === "Unknown" || code === "UnknownError"))

/** The error as people and programs are told of it. */
export const awsError = (thrown: unknown, call: FailedCall): AwsError => {
  const { operation, service } = call
  if (thrown instanceof RefusedHost) {
    return new AwsError({ reason: new EgressRefused({ service, operation, host: oneLine(thrown.host, 100) }) })
  }
  if (thrown instanceof UnusableAnswer) return noAnswer(call, thrown.message, true)
  const code = codeOf(thrown)
  const status = statusOf(thrown)
  const words = oneLine((string(record(thrown)["message"]) ?? "no message").replace(SDK_HINT, ""), 1000)
  // An answer that broke off has a status, too; what it was to say nobody knows.
  if (status === undefined || CONNECTION.test(code)) return silence(thrown, call, code, words)
  const requestId = requestIdOf(thrown)
  if (isForeign(code, requestId)) {
    return noAnswer(call, foreignAnswer(status), true)
  }
  const answer = { service, operation, code, words, status, ...(requestId === undefined ? {} : { requestId }) }
  if (DENIED.has(code)) {
    return new AwsError({
      reason: new AccessDenied({
        ...answer,
        role: call.role,
        ...(call.identity === undefined ? {} : { identity: call.identity }),
      }),
    })
  }
  if (THROTTLED.test(code) || status === 429) return new AwsError({ reason: new Throttled(answer) })
  if (EXPIRED.has(code) || UNKNOWN_KEY.has(code)) return new AwsError({ reason: new CredentialsRefused(answer) })
  return new AwsError({ reason: new Service(answer) })
}

/** No answer at all: was anything sent? */
const silence = (thrown: unknown, call: FailedCall, code: string, words: string): AwsError => {
  const system = string(record(thrown)["code"]) ?? code
  if (CONNECTION.test(system) || CONNECTION.test(code)) {
    return noAnswer(call, oneLine(`${system}: ${words}`, 200), !NOT_SENT.has(system))
  }
  const { operation, service } = call
  return new AwsError({ reason: new ClientFailed({ service, operation, what: words }) })
}

/** What is known of a call that AWS did not answer: it matters only when it was sent and must not be repeated. */
const noAnswer = ({ idempotent, operation, service }: FailedCall, detail: string, sent: boolean): AwsError =>
  sent && !idempotent
    ? new AwsError({ reason: new OutcomeUnknown({ service, operation, detail }) })
    : new AwsError({ reason: new Unreachable({ service, operation, detail, sent }) })
