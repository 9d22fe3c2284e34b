/** The exchange of a web identity token, by the official client against a server of the test's own. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Redacted } from "effect"
import { inspect } from "node:util"
import { serveLoopback } from "../../../src/sandbox/Loopback.ts"
import { formPairs, type WireRequest, type WireResponse } from "../../../src/sandbox/Wire.ts"
import { webIdentityKeys } from "../../../src/vault/login/WebIdentity.ts"
import { poison, withEnv } from "../../kit/PoisonedEnv.ts"

const TOKEN = `eyJhbGciOiJSUzI1NiJ9.${"canary".repeat(100)}.sig`
const ROLE = "arn:aws:iam::123456789012:role/pod"

const xml = (status: number, body: string): WireResponse => ({ status, headers: { "content-type": "text/xml" }, body })
const credentials = xml(
  200,
  `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
  <Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>canary-secret</SecretAccessKey><SessionToken>canary-session</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>
  </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
)
const refused = (status: number, code: string, message: string) =>
  xml(
    status,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
  )

/** An STS that answers so, and what it was asked. */
const sts = Effect.fnUntraced(function* (answer: (nth: number) => Effect.Effect<WireResponse>) {
  const seen: Array<WireRequest> = []
  const endpoint = yield* serveLoopback((request) =>
    Effect.suspend(() => {
      seen.push(request)
      return answer(seen.length)
    }),
  )
  const ask = (sessionName?: string) =>
    webIdentityKeys({ token: Redacted.make(TOKEN), roleArn: ROLE, sessionName, region: "eu-west-1", endpoint })
  return { ask, endpoint, seen }
})
const always = (answer: WireResponse) => sts(() => Effect.succeed(answer))

describe("a web identity", () => {
  it.live("is exchanged by one unsigned request, whatever the environment and the profiles say", () =>
    Effect.gen(function* () {
      const strangers = yield* always(credentials)
      const { ask, seen } = yield* always(credentials)
      yield* withEnv({
        ...poison(strangers.endpoint),
        AWS_ENDPOINT_URL_STS: strangers.endpoint,
        AWS_WEB_IDENTITY_TOKEN_FILE: "/nowhere",
        AWS_ROLE_ARN: "arn:aws:iam::666666666666:role/poison",
        AWS_ROLE_SESSION_NAME: "poison",
        AWS_STS_REGIONAL_ENDPOINTS: "legacy",
        NODE_USE_ENV_PROXY: "1",
      })
      const keys = yield* ask()
      assert.strictEqual(keys.accessKeyId, "ASIAIOSFODNN7EXAMPLE")
      assert.strictEqual(Redacted.value(keys.secretAccessKey), "canary-secret")
      assert.strictEqual(keys.sessionToken && Redacted.value(keys.sessionToken), "canary-session")
      assert.strictEqual(seen.length, 1)
      const [request] = seen
      assert.deepStrictEqual(Object.fromEntries(formPairs(request?.body ?? new Uint8Array())), {
        Action: "AssumeRoleWithWebIdentity",
        Version: "2011-06-15",
        RoleArn: ROLE,
        RoleSessionName: "vault-aws-mcp",
        WebIdentityToken: TOKEN,
      })
      assert.notProperty(request?.headers, "authorization")
      assert.notProperty(request?.headers, "x-amz-security-token")
      assert.notInclude(JSON.stringify(request?.headers), "poison")
      assert.deepStrictEqual(strangers.seen, [])
    }),
  )

  it.live("has the session name that the platform gave", () =>
    Effect.gen(function* () {
      const { ask, seen } = yield* always(credentials)
      yield* ask("pod-1")
      assert.include(formPairs(seen[0]?.body ?? new Uint8Array()).join(" "), "RoleSessionName,pod-1")
    }),
  )

  it.live("that STS refuses is told in its words", () =>
    Effect.gen(function* () {
      const { ask, seen } = yield* always(refused(400, "InvalidIdentityToken", "No OpenIDConnect provider found"))
      const { why } = yield* Effect.flip(ask())
      assert.strictEqual(
        why,
        "STS refused the exchange: InvalidIdentityTokenException: No OpenIDConnect provider found",
      )
      assert.strictEqual(seen.length, 1)
    }),
  )

  it.live("is tried once more when STS stumbles", () =>
    Effect.gen(function* () {
      const { ask, seen } = yield* sts((nth) =>
        Effect.succeed(nth === 1 ? refused(500, "InternalFailure", "again") : credentials),
      )
      yield* ask()
      assert.strictEqual(seen.length, 2)
    }),
  )

  it.live("without usable keys in the answer, or without STS, gives none", () =>
    Effect.gen(function* () {
      const empty = yield* always(xml(200, "<AssumeRoleWithWebIdentityResponse/>"))
      assert.strictEqual((yield* Effect.flip(empty.ask())).why, "STS answered without credentials")
      const fault = yield* Effect.flip(
        webIdentityKeys({
          token: Redacted.make(TOKEN),
          roleArn: ROLE,
          sessionName: undefined,
          region: "eu-west-1",
          endpoint: "http://127.0.0.1:1",
        }),
      )
      assert.include(fault.why, "STS cannot be reached")
      assert.notInclude(inspect(fault, { depth: 20 }), "canary")
    }),
  )

  it.live("lets go of STS when its login is interrupted", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const hungUp = yield* Deferred.make<void>()
      const { ask } = yield* sts(() =>
        Deferred.succeed(asked, undefined).pipe(
          Effect.andThen(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(hungUp, undefined)),
        ),
      )
      const asking = yield* Effect.forkChild(ask())
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(asking)
      yield* Deferred.await(hungUp)
    }),
  )
})
