import { assert, describe, it } from "@effect/vitest"
import { inspect } from "node:util"
import {
  awsError,
  type FailedCall,
  isExpired,
  isUnknownKey,
  RefusedHost,
  UnusableAnswer,
} from "../../src/aws/Failure.ts"

const write: FailedCall = {
  service: "s3",
  operation: "PutObject",
  role: "mcp-agent-role",
  identity: "arn:aws:sts::123456789012:assumed-role/r/s",
  idempotent: false,
}
const read = { ...write, operation: "GetObject", idempotent: true }

const answered = (name: string, message: string, status = 400, more: object = {}) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status, requestId: "REQ1" } }, more)

const broken = (code: string) => Object.assign(new Error("connection trouble"), { code })

describe("awsError", () => {
  it("AWS's code, words and request id are kept", () => {
    const error = awsError(answered("NoSuchKey", "The specified key does not exist.", 404), read)
    assert.deepInclude({ code: error.code, requestId: error.requestId }, { code: "NoSuchKey", requestId: "REQ1" })
    assert.match(error.message, /NoSuchKey: The specified key does not exist/)
  })

  it("a refusal names the action and the role", () => {
    for (const code of ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]) {
      const error = awsError(answered(code, "no", 403), write)
      assert.strictEqual(error.reason._tag, "AccessDenied")
      assert.match(error.message, /assumed-role\/r\/s.*mcp-agent-role.*s3:PutObject/)
    }
  })

  it("throttling is told as such, in the words of each service", () => {
    for (const code of [
      "Throttling",
      "ThrottlingException",
      "SlowDown",
      "RequestLimitExceeded",
      "ProvisionedThroughputExceededException",
      "TooManyRequestsException",
    ]) {
      assert.strictEqual(awsError(answered(code, "slow", 400), read).reason._tag, "Throttled", code)
    }
  })

  it("a write without an answer is unknown; a read, or one that was never sent, only unreachable", () => {
    assert.strictEqual(awsError(broken("ECONNRESET"), write).code, "outcome_unknown")
    assert.match(awsError(broken("ETIMEDOUT"), write).message, /may or may not have happened/)
    assert.strictEqual(awsError(broken("ECONNRESET"), read).code, "aws_unreachable")
    for (const code of ["ECONNREFUSED", "ENOTFOUND"])
      assert.strictEqual(awsError(broken(code), write).code, "aws_unreachable")
  })

  it("a change whose answer was lost on every try is not said to have come to nothing", () => {
    assert.match(awsError(broken("ECONNRESET"), read).message, /may have happened/)
    assert.match(awsError(broken("ECONNREFUSED"), read).message, /could not be reached/)
  })

  it("an answer that is not AWS's leaves a write unknown, and is not told in the SDK's words", () => {
    const unread = { $metadata: { httpStatusCode: 200 } }
    const html = Object.assign(new SyntaxError("Unexpected token '<' … inspect the hidden field"), unread)
    const gateway = Object.assign(new Error("UnknownError"), { name: "Unknown", $metadata: { httpStatusCode: 502 } })
    for (const thrown of [html, Object.assign(new Error("XML parse error"), unread), gateway]) {
      assert.strictEqual(awsError(thrown, write).code, "outcome_unknown")
      assert.strictEqual(awsError(thrown, read).code, "aws_unreachable")
      assert.match(awsError(thrown, read).message, /HTTP (?:200|502).*a proxy or another server/)
    }
    // S3 answers HEAD without a body: a request id says that it was S3.
    assert.strictEqual(awsError(answered("Unknown", "UnknownError", 403), write).reason._tag, "Service")
  })

  it("an answer that broke off or cannot be used is none, whatever its status was", () => {
    const hint = "aborted\n  Deserialization error: to see the raw response, inspect the hidden field {error}.$response"
    const cut = Object.assign(answered("Error", hint, 200), { code: "ECONNRESET" })
    for (const thrown of [cut, new UnusableAnswer("an answer above 20 MiB")]) {
      assert.strictEqual(awsError(thrown, write).code, "outcome_unknown")
      assert.strictEqual(awsError(thrown, read).code, "aws_unreachable")
      assert.notInclude(awsError(thrown, read).message, "hidden field")
    }
    assert.include(awsError(new UnusableAnswer("an answer above 20 MiB"), read).message, "above 20 MiB")
  })

  it("a refused host is named and nothing else of the request is", () => {
    const error = awsError(new RefusedHost("evil.example"), write)
    assert.strictEqual(error.code, "egress_refused")
    assert.match(error.message, /evil\.example.*nothing was sent/)
  })

  it("expired and unknown credentials are known by every service's name for them", () => {
    for (const code of ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
      assert.isTrue(isExpired(answered(code, "")))
    for (const code of ["InvalidClientTokenId", "AuthFailure", "UnrecognizedClientException", "InvalidAccessKeyId"])
      assert.isTrue(isUnknownKey(answered(code, "")))
    assert.isFalse(isExpired(answered("AccessDenied", "")))
  })

  it("hostile words are cleaned and cut, and no field is the thrown error itself", () => {
    const error = awsError(answered("X", `\u001b[31m${"a".repeat(5000)}\u202e`, 400, { secret: "canary" }), read)
    assert.isBelow(error.message.length, 1200)
    assert.notMatch(error.message, /\p{Cc}|\p{Cf}/u)
    assert.notInclude(inspect(error, { depth: 10 }), "canary")
  })
})
