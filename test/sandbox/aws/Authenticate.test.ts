import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { signatureOf } from "../../../src/sandbox/SigV4.ts"
import type { WireRequest } from "../../../src/sandbox/Wire.ts"
import { amzDateOf } from "../../../src/sandbox/aws/Authenticate.ts"
import type { AwsService } from "../../../src/sandbox/aws/AwsCall.ts"
import { type Answer, keyIn, makeSignedAws, rootKey, type SigningKey, wireRequest } from "../../kit/SignedAws.ts"

/** A service that says who called, in which region, with what body. */
const echo: AwsService = (call) =>
  Effect.succeed({
    status: 200,
    headers: {},
    body: `${call.principal.arn} ${call.region} ${Buffer.from(call.request.body).toString()}`,
  })

const services = new Map(["s3", "ec2", "lambda", "logs"].map((name) => [name, echo]))
const start = makeSignedAws({ services })

/** A request that each service's protocol would be asked with. */
const requests: Readonly<Record<string, WireRequest>> = {
  s3: wireRequest({ method: "GET", path: "/b/k" }),
  sts: wireRequest({
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from("Action=GetCallerIdentity&Version=2011-06-15"),
  }),
  ec2: wireRequest({
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from("Action=DescribeVpcs&Version=2016-11-15"),
  }),
  dynamodb: wireRequest({ headers: { "x-amz-target": "DynamoDB_20120810.ListTables" }, body: Buffer.from("{}") }),
  lambda: wireRequest({ method: "GET", path: "/2015-03-31/functions/f" }),
}

const codeOf = (answer: Answer): string => {
  const xml = /<Code>(.*?)<\/Code>/.exec(answer.text)?.[1]
  return `${answer.status} ${xml ?? answer.headers["x-amzn-errortype"]}`
}

/** The status and code with which each service refuses `make`'s request. */
const refusals = (make: (service: string, request: WireRequest) => Effect.Effect<Answer>) =>
  Effect.map(
    Effect.forEach(Object.entries(requests), ([service, request]) =>
      Effect.map(make(service, request), (answer) => [service, codeOf(answer)] as const),
    ),
    (all) => Object.fromEntries(all),
  )

describe("each service refuses in its own words", () => {
  const refusedWith = (key: SigningKey) =>
    Effect.gen(function* () {
      const aws = yield* start
      return yield* refusals((service, request) => Effect.flatMap(aws.sign(request, service, key), aws.send))
    })

  it.effect("a key that nobody has", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusedWith({ accessKeyId: "AKIANOBODY", secretKey: "x" }), {
        s3: "403 InvalidAccessKeyId",
        sts: "403 InvalidClientTokenId",
        ec2: "401 AuthFailure",
        dynamodb: "400 UnrecognizedClientException",
        lambda: "403 UnrecognizedClientException",
      })
    }),
  )

  it.effect("a wrong secret", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* refusedWith({ ...rootKey, secretKey: "wrong" }), {
        s3: "403 SignatureDoesNotMatch",
        sts: "403 SignatureDoesNotMatch",
        ec2: "401 AuthFailure",
        dynamodb: "400 InvalidSignatureException",
        lambda: "403 InvalidSignatureException",
      })
    }),
  )

  const badToken = {
    s3: "400 InvalidToken",
    sts: "403 InvalidClientTokenId",
    ec2: "401 AuthFailure",
    dynamodb: "400 UnrecognizedClientException",
    lambda: "403 UnrecognizedClientException",
  }

  it.effect("a token that is missing, foreign, or not due", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const role = { RoleArn: "arn:aws:iam::123456789012:role/Any", RoleSessionName: "s1" }
      const one = keyIn(yield* aws.form("sts", "AssumeRole", role))
      const two = keyIn(yield* aws.form("sts", "AssumeRole", role))
      const withToken = (key: SigningKey) =>
        refusals((service, request) => Effect.flatMap(aws.sign(request, service, key), aws.send))
      assert.deepStrictEqual(yield* withToken({ accessKeyId: one.accessKeyId, secretKey: one.secretKey }), badToken)
      assert.deepStrictEqual(yield* withToken({ ...one, sessionToken: two.sessionToken ?? "" }), badToken)
      assert.deepStrictEqual(yield* withToken({ ...rootKey, sessionToken: "surplus" }), badToken)
    }),
  )

  it.effect("a session that has ended", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const role = { RoleArn: "arn:aws:iam::123456789012:role/Any", RoleSessionName: "s1" }
      const key = keyIn(yield* aws.form("sts", "AssumeRole", role))
      yield* TestClock.adjust("1 hour")
      const answers = yield* refusals((service, request) => Effect.flatMap(aws.sign(request, service, key), aws.send))
      assert.deepStrictEqual(answers, {
        s3: "400 ExpiredToken",
        sts: "403 ExpiredToken",
        ec2: "400 RequestExpired",
        dynamodb: "400 ExpiredTokenException",
        lambda: "403 ExpiredTokenException",
      })
    }),
  )

  it.effect("no signature", () =>
    Effect.gen(function* () {
      const aws = yield* start
      assert.deepStrictEqual(yield* refusals((_, request) => aws.send(request)), {
        s3: "403 AccessDenied",
        sts: "403 MissingAuthenticationToken",
        ec2: "400 MissingParameter",
        dynamodb: "400 MissingAuthenticationTokenException",
        lambda: "403 MissingAuthenticationTokenException",
      })
    }),
  )

  it.effect("a date more than 15 minutes off, either way", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const skewed = {
        s3: "403 RequestTimeTooSkewed",
        sts: "403 SignatureDoesNotMatch",
        ec2: "400 RequestExpired",
        dynamodb: "400 InvalidSignatureException",
        lambda: "403 InvalidSignatureException",
      }
      yield* TestClock.setTime(10_000_000)
      const late = yield* refusals((service, request) =>
        Effect.gen(function* () {
          const signed = yield* aws.sign(request, service)
          yield* TestClock.adjust("901 seconds")
          return yield* aws.send(signed)
        }),
      )
      assert.deepStrictEqual(late, skewed)
      const early = yield* refusals((service, request) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(100_000_000)
          const signed = yield* aws.sign(request, service)
          yield* TestClock.setTime(100_000_000 - 901_000)
          return yield* aws.send(signed)
        }),
      )
      assert.deepStrictEqual(early, skewed)
    }),
  )
})

describe("a signature covers what was sent", () => {
  it.effect("a changed body, path, query or signed header is a wrong signature", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const request = wireRequest({ path: "/fn", query: "a=1", headers: { "x-note": "1" }, body: Buffer.from("{}") })
      const signed = yield* aws.sign(request, "logs")
      assert.strictEqual((yield* aws.send(signed)).status, 200)
      const changed: ReadonlyArray<WireRequest> = [
        { ...signed, body: Buffer.from("{ }") },
        { ...signed, path: "/other" },
        { ...signed, query: "a=2" },
        { ...signed, method: "PUT" },
        { ...signed, headers: { ...signed.headers, "x-note": "2" } },
        { ...signed, headers: { ...signed.headers, host: "elsewhere" } },
      ]
      for (const request of changed) {
        assert.strictEqual(codeOf(yield* aws.send(request)), "403 InvalidSignatureException")
      }
    }),
  )

  it.effect("an S3 body other than the hash that was signed is told as such", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const signed = yield* aws.sign(wireRequest({ method: "PUT", path: "/b/k", body: Buffer.from("one") }), "s3")
      const answer = yield* aws.send({ ...signed, body: Buffer.from("two") })
      assert.strictEqual(codeOf(answer), "400 XAmzContentSHA256Mismatch")
    }),
  )

  it.effect("an x-amz header added behind the signature is refused by S3", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const signed = yield* aws.sign(requests["s3"] ?? wireRequest({}), "s3")
      const answer = yield* aws.send({ ...signed, headers: { ...signed.headers, "x-amz-acl": "public-read" } })
      assert.strictEqual(codeOf(answer), "403 AccessDenied")
      assert.include(answer.text, "<HeadersNotSigned>x-amz-acl</HeadersNotSigned>")
    }),
  )

  it.effect("the scope must name the date that was signed and a region", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const request = requests["sts"] ?? wireRequest({})
      const nowhere = yield* Effect.flatMap(aws.sign(request, "sts", rootKey, "nowhere"), aws.send)
      assert.include(nowhere.text, "Credential should be scoped to a valid region.")
      const wrong = yield* Effect.flatMap(aws.sign(requests["s3"] ?? request, "s3", rootKey, "moon"), aws.send)
      assert.strictEqual(codeOf(wrong), "400 AuthorizationHeaderMalformed")
      const signed = yield* aws.sign(request, "sts")
      const authorization = (signed.headers["authorization"] ?? "").replace("/19700101/", "/19700102/")
      const other = yield* aws.send({ ...signed, headers: { ...signed.headers, authorization } })
      assert.include(other.text, "Date in Credential scope does not match")
    }),
  )

  it.effect("the region of the scope is the service's", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const request = requests["ec2"] ?? wireRequest({})
      const answer = yield* Effect.flatMap(aws.sign(request, "ec2", rootKey, "eu-central-1"), aws.send)
      assert.include(answer.text, "user/vault-root eu-central-1")
    }),
  )

  it.effect("an authorization that cannot be read is not the same as none", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const request = requests["sts"] ?? wireRequest({})
      const answer = yield* aws.send({ ...request, headers: { ...request.headers, authorization: "Basic YTpi" } })
      assert.strictEqual(codeOf(answer), "400 IncompleteSignature")
      const v2 = yield* aws.send(wireRequest({ method: "GET", path: "/b/k", query: "AWSAccessKeyId=A&Signature=b" }))
      assert.include(v2.text, "Please use AWS4-HMAC-SHA256.")
    }),
  )
})

describe("presigned addresses", () => {
  const presign = (expires: string, token?: string) => {
    const query = [
      "X-Amz-Algorithm=AWS4-HMAC-SHA256",
      `X-Amz-Credential=${rootKey.accessKeyId}%2F19700101%2Fus-east-1%2Fs3%2Faws4_request`,
      "X-Amz-Date=19700101T000000Z",
      `X-Amz-Expires=${expires}`,
      ...(token === undefined ? [] : [`X-Amz-Security-Token=${token}`]),
      "X-Amz-SignedHeaders=host",
    ].join("&")
    const request = wireRequest({ method: "GET", path: "/b/k", query, headers: { host: "h" } })
    const scope = { date: "19700101", region: "us-east-1", service: "s3" }
    const signature = signatureOf(
      request,
      rootKey.secretKey,
      { amzDate: "19700101T000000Z", scope, signedHeaders: ["host"] },
      "UNSIGNED-PAYLOAD",
    )
    return { ...request, query: `${query}&X-Amz-Signature=${signature}` }
  }

  it.effect("are good for as long as they say, also beyond 15 minutes", () =>
    Effect.gen(function* () {
      const aws = yield* start
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* aws.send(presign("3600"))).status, 200)
      yield* TestClock.adjust("1 seconds")
      const late = yield* aws.send(presign("3600"))
      assert.strictEqual(codeOf(late), "403 AccessDenied")
      assert.include(late.text, "Request has expired")
    }),
  )

  it.effect("are refused when they were changed, say an impossible time, or bear a token that is not due", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const good = presign("60")
      assert.strictEqual(codeOf(yield* aws.send({ ...good, path: "/b/other" })), "403 SignatureDoesNotMatch")
      assert.strictEqual(codeOf(yield* aws.send(presign("604801"))), "400 AuthorizationHeaderMalformed")
      assert.strictEqual(codeOf(yield* aws.send(presign("0"))), "400 AuthorizationHeaderMalformed")
      assert.strictEqual(codeOf(yield* aws.send(presign("60", "token"))), "400 InvalidToken")
    }),
  )
})

it("dates are written as SigV4 wants them", () => {
  assert.strictEqual(amzDateOf(1_767_225_600_123), "20260101T000000Z")
})
