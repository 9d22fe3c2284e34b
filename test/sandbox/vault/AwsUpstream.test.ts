import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Ref, Scope } from "effect"
import { type AwsQuery, httpUpstream, isThrottled } from "../../../src/sandbox/vault/AwsUpstream.ts"
import { serveLoopback } from "../../../src/sandbox/Loopback.ts"
import { authorizationOf, sha256Hex, signatureOf } from "../../../src/sandbox/SigV4.ts"
import { formPairs, type WireRequest, type WireResponse } from "../../../src/sandbox/Wire.ts"

const query = (endpoint: string): AwsQuery => ({
  service: "sts",
  endpoint,
  region: "eu-west-1",
  key: { accessKeyId: "AKIA1", secretKey: "secret" },
  action: "AssumeRole",
  params: { RoleSessionName: "a b", RoleArn: "arn:x" },
})

const xml = (status: number, body: string): WireResponse => ({ status, headers: { "content-type": "text/xml" }, body })

/** Asks a server that answers as said; gives what came of it and what the server saw. */
const askServer = Effect.fnUntraced(function* (response: WireResponse) {
  const seen = yield* Ref.make<WireRequest | undefined>(undefined)
  const url = yield* serveLoopback((request) => Effect.as(Ref.set(seen, request), response))
  const upstream = yield* httpUpstream
  const result = yield* Effect.result(upstream.call(query(url)))
  return { result, url, request: yield* Ref.get(seen) }
})

describe("Vault's way to AWS", () => {
  it.live("a call is a form, signed over the headers that Go's SDK signs, with nothing added to trace it", () =>
    Effect.gen(function* () {
      const { request } = yield* askServer(xml(200, "<AssumeRoleResponse>ok</AssumeRoleResponse>"))
      if (request === undefined) return assert.fail("nothing arrived")
      assert.deepStrictEqual(formPairs(request.body), [
        ["Action", "AssumeRole"],
        ["RoleArn", "arn:x"],
        ["RoleSessionName", "a b"],
        ["Version", "2011-06-15"],
      ])
      assert.strictEqual(request.headers["content-type"], "application/x-www-form-urlencoded; charset=utf-8")
      assert.notProperty(request.headers, "traceparent")
      const signed = authorizationOf(request)
      if (signed === undefined) return assert.fail("unsigned")
      assert.deepStrictEqual(signed.signedHeaders, ["content-length", "content-type", "host", "x-amz-date"])
      assert.deepStrictEqual([signed.scope.region, signed.scope.service], ["eu-west-1", "sts"])
      assert.strictEqual(signed.signature, signatureOf(request, "secret", signed, sha256Hex(request.body)))
    }),
  )

  it.live("a refusal is told with its code, text, status and request id", () =>
    Effect.gen(function* () {
      const body =
        "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate &amp; more</Message></Error><RequestId>r7</RequestId></ErrorResponse>"
      const { result } = yield* askServer(xml(400, body))
      if (result._tag !== "Failure") return assert.fail("expected a refusal")
      assert.strictEqual(result.failure.text, "Throttling: Rate & more\n\tstatus code: 400, request id: r7")
      assert.isTrue(isThrottled(result.failure))
    }),
  )

  it.live("a success that is no answer to the question is unreadable", () =>
    Effect.gen(function* () {
      for (const body of ["hello", ""]) {
        const { result } = yield* askServer(xml(200, body))
        assert.isTrue(result._tag === "Failure" && result.failure.unreadable === true)
      }
    }),
  )

  it.live("a redirect is not followed with the signed request", () =>
    Effect.gen(function* () {
      const { result } = yield* askServer({ status: 307, headers: { location: "http://127.0.0.1:1/" }, body: "" })
      assert.isTrue(result._tag === "Failure" && result.failure.text.includes("status code: 307"))
    }),
  )

  it.live("a closed connection and a closed port are told in Go's words", () =>
    Effect.gen(function* () {
      const { result, url } = yield* askServer({ closed: true })
      assert.strictEqual(
        result._tag === "Failure" ? result.failure.text : "",
        `RequestError: send request failed\ncaused by: Post "${url}/": EOF`,
      )
      const scope = yield* Scope.make()
      const gone = yield* Scope.provide(
        serveLoopback(() => Effect.succeed(xml(200, ""))),
        scope,
      )
      yield* Scope.close(scope, Exit.void)
      const upstream = yield* httpUpstream
      const refused = yield* Effect.flip(upstream.call(query(gone)))
      assert.strictEqual(
        refused.text,
        `RequestError: send request failed\ncaused by: Post "${gone}/": dial tcp ${gone.slice(7)}: connect: connection refused`,
      )
    }),
  )

  it.effect("without an endpoint nothing is sent anywhere", () =>
    Effect.gen(function* () {
      const upstream = yield* httpUpstream
      const refused = yield* Effect.flip(upstream.call(query("")))
      assert.include(refused.text, "lookup sts.eu-west-1.amazonaws.com: no such host")
    }),
  )
})
