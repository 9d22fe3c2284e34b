import { assert, describe, it } from "@effect/vitest"
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { awsSandbox, send } from "../../kit/AwsSandbox.ts"
import { keyIn, makeSignedAws, textOf, wireRequest } from "../../kit/SignedAws.ts"
import { rs256 } from "../../kit/Tokens.ts"

const AGENT = "arn:aws:iam::123456789012:role/mcp-agent-role"
const CLAIMS = {
  iss: "https://oidc.test/id",
  sub: "system:serviceaccount:agents:mcp",
  aud: ["sts.amazonaws.com"],
  exp: 3600,
}

/** The call as clients make it, which have nothing to sign with. */
const start = Effect.fnUntraced(function* () {
  const aws = yield* makeSignedAws()
  const assume = (params: Readonly<Record<string, string>>) => {
    const form = {
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: AGENT,
      RoleSessionName: "pod-1",
    }
    const body = Buffer.from(String(new URLSearchParams({ ...form, WebIdentityToken: rs256(CLAIMS), ...params })))
    return aws.send(wireRequest({ headers: { "content-type": "application/x-www-form-urlencoded" }, body }))
  }
  return { assume, aws }
})

describe("AssumeRoleWithWebIdentity", () => {
  it.effect("gives a session of the role without a signature, and tells whose token it was", () =>
    Effect.gen(function* () {
      const { assume, aws } = yield* start()
      const answer = yield* assume({ DurationSeconds: "900" })
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(textOf(answer, "Expiration"), "1970-01-01T00:15:00Z")
      assert.strictEqual(textOf(answer, "SubjectFromWebIdentityToken"), CLAIMS.sub)
      assert.strictEqual(textOf(answer, "Provider"), "oidc.test/id")
      assert.strictEqual(textOf(answer, "Audience"), "sts.amazonaws.com")
      const me = yield* aws.form("sts", "GetCallerIdentity", {}, keyIn(answer))
      assert.strictEqual(textOf(me, "Arn"), "arn:aws:sts::123456789012:assumed-role/mcp-agent-role/pod-1")
      yield* TestClock.adjust("900 seconds")
      assert.strictEqual((yield* aws.form("sts", "GetCallerIdentity", {}, keyIn(answer))).status, 403)
    }),
  )

  it.effect("an ended or unreadable token, an unknown role and a wrong length are refused", () =>
    Effect.gen(function* () {
      const { assume, aws } = yield* start()
      const code = (params: Readonly<Record<string, string>>) =>
        Effect.map(assume(params), (answer) => `${answer.status} ${textOf(answer, "Code")}`)
      const { exp: _, ...endless } = CLAIMS
      assert.strictEqual(yield* code({ WebIdentityToken: "opaque" }), "400 InvalidIdentityToken")
      assert.strictEqual(yield* code({ WebIdentityToken: rs256(endless) }), "400 InvalidIdentityToken")
      assert.strictEqual(yield* code({ WebIdentityToken: "" }), "400 ValidationError")
      assert.strictEqual(yield* code({ RoleArn: `${AGENT}-none` }), "403 AccessDenied")
      assert.strictEqual(yield* code({ DurationSeconds: "60" }), "400 ValidationError")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* code({}), "400 ExpiredTokenException")
      assert.strictEqual(aws.half.identity.sessions.size, 0)
    }),
  )

  it.effect("no other call goes without a signature", () =>
    Effect.gen(function* () {
      const { assume } = yield* start()
      const answer = yield* assume({ Action: "AssumeRole" })
      assert.strictEqual(`${answer.status} ${textOf(answer, "Code")}`, "403 MissingAuthenticationToken")
    }),
  )

  it.live("the official client takes the session and is known by it", () =>
    Effect.gen(function* () {
      const { endpoint, region } = yield* awsSandbox
      const anonymous = new STSClient({ endpoint, region })
      const input = { RoleArn: AGENT, RoleSessionName: "pod-2", WebIdentityToken: rs256({ ...CLAIMS, exp: 4e9 }) }
      const { AssumedRoleUser, Credentials, Provider } = yield* send(() =>
        anonymous.send(new AssumeRoleWithWebIdentityCommand(input)),
      )
      assert.strictEqual(Provider, "oidc.test/id")
      const credentials = {
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
        sessionToken: Credentials?.SessionToken ?? "",
      }
      const session = new STSClient({ endpoint, region, credentials })
      const me = yield* send(() => session.send(new GetCallerIdentityCommand({})))
      assert.strictEqual(me.Arn, AssumedRoleUser?.Arn)
    }),
  )
})
