/** The login by AWS, each kind of identity from its platform to what Vault is sent; AWS itself says whose it is. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import type { AwsIdentity, VaultLogin } from "../../../src/config/VaultLogin.ts"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { serveLoopback } from "../../../src/sandbox/Loopback.ts"
import type { WireResponse } from "../../../src/sandbox/Wire.ts"
import { folder, logIn, loginOver, type LoginWorld } from "../../kit/LoginOver.ts"
import { poison, withEnv } from "../../kit/PoisonedEnv.ts"
import { keyIn, makeSignedAws, type SigningKey, textOf, wireRequest } from "../../kit/SignedAws.ts"
import { type Answer, refusal, type Seen } from "../../kit/VaultOverHttp.ts"

const ROLE = "arn:aws:iam::123456789012:role/mcp-agent-role"
const ME = "arn:aws:sts::123456789012:assumed-role/mcp-agent-role/pod"
const SESSION = "AQAEAcanarySessionOfTheMetadataService=="
const instance: AwsIdentity = { _tag: "instance", endpoint: "http://169.254.169.254" }

const login = (identity: AwsIdentity, more: Partial<Extract<VaultLogin, { method: "aws" }>> = {}): VaultLogin => ({
  method: "aws",
  mount: "aws",
  role: "agent",
  region: "us-east-1",
  stsEndpoint: "https://sts.us-east-1.amazonaws.com",
  serverId: "vault.example.com",
  identity,
  ...more,
})

/** An AWS, and keys of a session in it. */
const account = Effect.gen(function* () {
  const aws = yield* makeSignedAws()
  const session = keyIn(yield* aws.form("sts", "AssumeRole", { RoleArn: ROLE, RoleSessionName: "pod" }))
  /** Whom AWS sees in the request that Vault was given. */
  const whoIs = Effect.fnUntraced(function* (seen: Seen | undefined) {
    const sent = seen?.body as Readonly<Record<string, string>>
    const clear = (name: string) => Buffer.from(sent[name] ?? "", "base64").toString("utf8")
    const headers = JSON.parse(clear("iam_request_headers")) as Record<string, string>
    const request = wireRequest({ headers, body: Buffer.from(clear("iam_request_body")) })
    return textOf(yield* aws.send(request), "Arn")
  })
  return { session, whoIs }
})

const keysOf = (session: SigningKey) =>
  JSON.stringify({ AccessKeyId: session.accessKeyId, SecretAccessKey: session.secretKey, Token: session.sessionToken })

const imds =
  (session: SigningKey) =>
  ({ method, path }: Seen): Answer => {
    if (method === "PUT") return { status: 200, page: SESSION }
    return { status: 200, page: path.endsWith("/security-credentials/") ? "vault-login-role" : keysOf(session) }
  }

describe("a login by AWS", () => {
  it.effect("brings along a signed request that AWS knows the instance by", () =>
    Effect.gen(function* () {
      const { session, whoIs } = yield* account
      const { layer, seen } = loginOver(login(instance), { metadata: imds(session) })
      yield* logIn.pipe(Effect.provide(layer))
      assert.strictEqual(seen[0]?.path, "/v1/auth/aws/login")
      const body = seen[0]?.body as Record<string, string>
      assert.deepStrictEqual(Object.keys(body).sort(), [
        "iam_http_request_method",
        "iam_request_body",
        "iam_request_headers",
        "iam_request_url",
        "role",
      ])
      assert.strictEqual(body["role"], "agent")
      assert.strictEqual(body["iam_http_request_method"], "POST")
      assert.strictEqual(yield* whoIs(seen[0]), ME)
    }),
  )

  it.effect("leaves the role to Vault where none is set", () =>
    Effect.gen(function* () {
      const { session } = yield* account
      const { layer, seen } = loginOver(login(instance, { role: undefined }), { metadata: imds(session) })
      yield* logIn.pipe(Effect.provide(layer))
      assert.notProperty(seen[0]?.body, "role")
    }),
  )

  it.effect("looks for keys anew each time, as a container's authorization is read anew", () =>
    Effect.gen(function* () {
      const { session, whoIs } = yield* account
      const { write } = yield* folder
      const path = yield* write("authorization", "first\n")
      const url = "http://169.254.170.23/v1/credentials"
      const identity: AwsIdentity = { _tag: "container", url, authorization: { _tag: "file", path } }
      const world: LoginWorld = { metadata: () => ({ status: 200, page: keysOf(session) }) }
      const { asked, layer, seen } = loginOver(login(identity), world)
      yield* Effect.gen(function* () {
        yield* logIn
        yield* write("authorization", "second")
        yield* logIn
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(
        asked.map(({ headers }) => headers["authorization"]),
        ["first", "second"],
      )
      assert.strictEqual(yield* whoIs(seen[1]), ME)
    }),
  )

  it.effect("shows the keys, and what opened the way to them, to the redactor", () =>
    Effect.gen(function* () {
      const { session } = yield* account
      const authorization = { _tag: "value", value: Redacted.make("canary-authorization") } as const
      const identity: AwsIdentity = { _tag: "container", url: "http://127.0.0.1/x", authorization }
      const { layer } = loginOver(login(identity), { metadata: () => ({ status: 200, page: keysOf(session) }) })
      const text = yield* Effect.andThen(
        logIn,
        Redactor.use((it) =>
          Effect.succeed(it.data(`${session.secretKey} ${session.sessionToken} canary-authorization`)),
        ),
      ).pipe(Effect.provide(layer))
      assert.strictEqual(text, "[redacted] [redacted] [redacted]")
      const machine = loginOver(login(instance), { metadata: imds(session) })
      const known = yield* Effect.andThen(
        logIn,
        Redactor.use((it) => Effect.succeed(it.data(SESSION))),
      ).pipe(Effect.provide(machine.layer))
      assert.strictEqual(known, "[redacted]")
    }),
  )

  it.effect("without an identity is told which was looked for, and asks Vault nothing", () =>
    Effect.gen(function* () {
      const cases = [
        [instance, "the instance metadata service answered 404", "instance"],
        [
          { _tag: "container", url: "http://evil.example/", authorization: undefined },
          "not asked for keys",
          "container",
        ],
      ] as const
      for (const [identity, why, name] of cases) {
        const { layer, seen } = loginOver(login(identity))
        const error = yield* Effect.flip(logIn).pipe(Effect.provide(layer))
        assert.strictEqual(error.code, "vault_login_identity_unavailable")
        assert.include(error.message, why)
        assert.include(error.message, `VAULT_AWS_MCP_VAULT_AUTH_AWS_IDENTITY is ${name}`)
        assert.deepStrictEqual(seen, [])
      }
    }),
  )

  it.effect("that Vault refuses names the settings that have to fit those of the method, and never the keys", () =>
    Effect.gen(function* () {
      const { session } = yield* account
      const echo = `error making upstream request: ${session.sessionToken}`
      for (const words of ["entry for role agent not found", echo]) {
        const { layer } = loginOver(login(instance), { metadata: imds(session), vault: () => refusal(400, words) })
        const error = yield* Effect.flip(logIn).pipe(Effect.provide(layer))
        assert.strictEqual(error.code, "vault_login_refused")
        for (const look of ["_AUTH_AWS_REGION", "_AUTH_AWS_SERVER_ID", "sts_endpoint", "clock"])
          assert.include(error.message, look)
        assert.notInclude(error.message, (session.sessionToken ?? "").slice(0, 12))
      }
    }),
  )

  it.live("by web identity ends in a request that AWS knows the pod by, in a poisoned environment, too", () =>
    Effect.gen(function* () {
      const { session, whoIs } = yield* account
      const exchanged: WireResponse = {
        status: 200,
        headers: { "content-type": "text/xml" },
        body: `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${session.accessKeyId}</AccessKeyId><SecretAccessKey>${session.secretKey}</SecretAccessKey><SessionToken>${session.sessionToken}</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
      }
      const forms: Array<string> = []
      const stsEndpoint = yield* serveLoopback(({ body }) =>
        Effect.sync(() => {
          forms.push(Buffer.from(body).toString("utf8"))
          return exchanged
        }),
      )
      yield* withEnv(poison("http://127.0.0.1:1"))
      const { write } = yield* folder
      const tokenFile = yield* write("token", "canary-token-1\n")
      const identity: AwsIdentity = { _tag: "web-identity", tokenFile, roleArn: ROLE, sessionName: undefined }
      const { layer, seen } = loginOver(login(identity, { stsEndpoint }))
      yield* Effect.gen(function* () {
        yield* logIn
        yield* write("token", "canary-token-2")
        yield* logIn
      }).pipe(Effect.provide(layer))
      assert.include(forms[0], "WebIdentityToken=canary-token-1")
      assert.include(forms[1], "WebIdentityToken=canary-token-2")
      assert.strictEqual(yield* whoIs(seen[1]), ME)
      const url = Reflect.get(seen[0]?.body as object, "iam_request_url") as string
      assert.strictEqual(Buffer.from(url, "base64").toString(), `${stsEndpoint}/`)
    }),
  )

  it.live("by web identity that STS refuses never repeats the token", () =>
    Effect.gen(function* () {
      const stsEndpoint = yield* serveLoopback(() =>
        Effect.succeed({
          status: 400,
          headers: { "content-type": "text/xml" },
          body: "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>cannot read canary-token-1</Message></Error></ErrorResponse>",
        }),
      )
      const tokenFile = yield* (yield* folder).write("token", "canary-token-1")
      const identity: AwsIdentity = { _tag: "web-identity", tokenFile, roleArn: ROLE, sessionName: undefined }
      const { layer, seen } = loginOver(login(identity, { stsEndpoint }))
      const error = yield* Effect.flip(logIn).pipe(Effect.provide(layer))
      assert.strictEqual(error.code, "vault_login_identity_unavailable")
      assert.notInclude(error.message, "canary")
      assert.deepStrictEqual(seen, [])
    }),
  )
})
