import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { serveLoopback } from "../../../src/sandbox/Loopback.ts"
import { makeVaultHalf } from "../../../src/sandbox/vault/Server.ts"
import { keyIn, makeSignedAws, rootKey, type SigningKey, wireRequest } from "../../kit/SignedAws.ts"
import { ask, ROOT } from "../../kit/VaultCalls.ts"

const AGENT = "arn:aws:iam::123456789012:role/mcp-agent-role"
const VAULT_USER = "arn:aws:iam::123456789012:user/vault-root"
const b64 = (text: string) => Buffer.from(text).toString("base64")

/** A Vault whose AWS login asks the sandbox's own AWS half. */
const start = Effect.fnUntraced(function* (config: object = {}) {
  const aws = yield* makeSignedAws()
  const url = yield* serveLoopback(aws.half.handler)
  const half = yield* makeVaultHalf({ rootToken: ROOT })
  const post = (path: string, body: object) => ask(half, "POST", path, { body })
  yield* post("sys/auth/aws", { type: "aws" })
  const endpoints = { sts_endpoint: url, iam_endpoint: url }
  const key = { access_key: rootKey.accessKeyId, secret_key: rootKey.secretKey }
  yield* post("auth/aws/config/client", { ...endpoints, ...key, ...config })

  /** The parameters of a login, signed for AWS's own name as clients do that know of no sandbox. */
  const signed = Effect.fnUntraced(function* (
    by: SigningKey = rootKey,
    headers: Readonly<Record<string, string>> = {},
    form = "Action=GetCallerIdentity&Version=2011-06-15",
  ) {
    const all = { host: "sts.amazonaws.com", "content-type": "application/x-www-form-urlencoded", ...headers }
    const request = yield* aws.sign(wireRequest({ headers: all, body: Buffer.from(form) }), "sts", by)
    const { host: _, ...sent } = request.headers
    return {
      iam_http_request_method: "POST",
      iam_request_url: b64("https://sts.amazonaws.com/"),
      iam_request_body: b64(form),
      iam_request_headers: b64(JSON.stringify(sent)),
    }
  })
  const login = (body: object) => ask(half, "POST", "auth/aws/login", { token: null, body })
  const refusal = (body: object) => Effect.map(login(body), ({ json, status }) => `${status} ${json.errors?.[0]}`)
  const session = Effect.map(aws.form("sts", "AssumeRole", { RoleArn: AGENT, RoleSessionName: "mcp-1" }), (answer) =>
    keyIn(answer),
  )
  return { aws, half, login, post, refusal, session, signed }
})

describe("the AWS login", () => {
  it.live("whoever signs as a bound user or role gets in, and the token tells who", () =>
    Effect.gen(function* () {
      const { half, login, post, session, signed } = yield* start()
      const role = { auth_type: "iam", bound_iam_principal_arn: AGENT, resolve_aws_unique_ids: false }
      yield* post("auth/aws/role/agent", { ...role, token_policies: "agent", token_ttl: "10m" })
      yield* post("auth/aws/role/vault-root", { bound_iam_principal_arn: VAULT_USER })
      const { auth } = (yield* login({ role: "agent", ...(yield* signed(yield* session)) })).json
      assert.deepStrictEqual([auth.policies, auth.lease_duration], [["agent", "default"], 600])
      assert.include(auth.metadata, { account_id: "123456789012", auth_type: "iam" })
      const self = yield* ask(half, "GET", "auth/token/lookup-self", { token: auth.client_token })
      assert.strictEqual(self.json.data.display_name, "aws-mcp-agent-role")
      // Without a role the name of the user is taken for one.
      assert.strictEqual((yield* login(yield* signed())).status, 200)
    }),
  )

  it.live("headers may come as an object or as JSON too, with lists", () =>
    Effect.gen(function* () {
      const { login, post, signed } = yield* start()
      yield* post("auth/aws/role/r", { bound_iam_principal_arn: VAULT_USER })
      const body = yield* signed()
      const headers: Record<string, string> = JSON.parse(Buffer.from(body.iam_request_headers, "base64").toString())
      const listed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
      for (const iam_request_headers of [headers, JSON.stringify(headers), listed])
        assert.strictEqual((yield* login({ role: "r", ...body, iam_request_headers })).status, 200)
    }),
  )

  it.live("another principal, an unknown role and a signature that AWS refuses do not get in", () =>
    Effect.gen(function* () {
      const { post, refusal, session, signed } = yield* start()
      yield* post("auth/aws/role/r", { bound_iam_principal_arn: VAULT_USER })
      const agent = yield* session
      assert.strictEqual(
        yield* refusal({ role: "r", ...(yield* signed(agent)) }),
        '400 IAM Principal "arn:aws:sts::123456789012:assumed-role/mcp-agent-role/mcp-1" does not belong to the role "r"',
      )
      assert.strictEqual(yield* refusal({ role: "x", ...(yield* signed()) }), "400 entry for role x not found")
      const forged = yield* refusal({ role: "r", ...(yield* signed({ ...rootKey, secretKey: "guessed" })) })
      assert.include(forged, "400 error making upstream request: received error code 403 from STS")
      assert.include(forged, "SignatureDoesNotMatch")
    }),
  )

  it.live("the server's id must be in the headers, be the right one, and be signed", () =>
    Effect.gen(function* () {
      const { post, refusal, signed } = yield* start({ iam_server_id_header_value: "vault.test" })
      yield* post("auth/aws/role/r", { bound_iam_principal_arn: VAULT_USER })
      const name = "x-vault-aws-iam-server-id"
      const doing = "400 error validating X-Vault-AWS-IAM-Server-ID header: "
      const attempt = (body: object) => refusal({ role: "r", ...body })
      assert.strictEqual(yield* attempt(yield* signed()), `${doing}missing header "X-Vault-AWS-IAM-Server-ID"`)
      assert.strictEqual(
        yield* attempt(yield* signed(rootKey, { [name]: "other.test" })),
        `${doing}expected "vault.test" but got "other.test"`,
      )
      assert.include(yield* attempt(yield* signed(rootKey, { [name]: "vault.test" })), "200")
      const unsigned = yield* signed()
      const headers = JSON.parse(Buffer.from(unsigned.iam_request_headers, "base64").toString())
      const added = { ...unsigned, iam_request_headers: { ...headers, [name]: "vault.test" } }
      assert.strictEqual(yield* attempt(added), `${doing}vault header wasn't signed`)
    }),
  )

  it.live("only the one harmless call is sent on, and only to the endpoint that was configured", () =>
    Effect.gen(function* () {
      const { aws, post, refusal, signed } = yield* start({ sts_endpoint: "" })
      yield* post("auth/aws/role/r", { bound_iam_principal_arn: VAULT_USER })
      assert.include(yield* refusal({ role: "r", ...(yield* signed()) }), "no sts_endpoint is configured")
      yield* post("auth/aws/config/client", { sts_endpoint: "http://127.0.0.1:1" })
      assert.include(yield* refusal({ role: "r", ...(yield* signed()) }), "ECONNREFUSED")
      const other = yield* signed(rootKey, {}, "Action=GetSessionToken&Version=2011-06-15")
      assert.strictEqual(yield* refusal({ role: "r", ...other }), "400 iam request body is invalid")
      assert.strictEqual(aws.half.identity.sessions.size, 0)
    }),
  )

  it.live("ids are looked up as a role is written: a new user of the old name is somebody else", () =>
    Effect.gen(function* () {
      const { aws, half, login, post, refusal, signed } = yield* start()
      yield* aws.form("iam", "CreateUser", { UserName: "ana" })
      const arn = "arn:aws:iam::123456789012:user/ana"
      yield* post("auth/aws/role/ana", { bound_iam_principal_arn: arn })
      const shown = (yield* ask(half, "GET", "auth/aws/role/ana")).json.data
      assert.match(shown.bound_iam_principal_id[0], /^AIDA/)
      const key = Effect.map(aws.form("iam", "CreateAccessKey", { UserName: "ana" }), (answer) => keyIn(answer))
      assert.strictEqual((yield* login({ role: "ana", ...(yield* signed(yield* key)) })).status, 200)
      yield* aws.form("iam", "CreateUser", { UserName: "ben" })
      aws.half.identity.users.delete("123456789012/ana")
      yield* aws.form("iam", "CreateUser", { UserName: "ana" })
      assert.include(yield* refusal({ role: "ana", ...(yield* signed(yield* key)) }), "does not belong to the role")
      const unknown = yield* post("auth/aws/role/x", { bound_iam_principal_arn: `${arn}-none` })
      assert.include(unknown.json.errors[0], "unable to resolve ARN")
    }),
  )

  it.live("a wildcard is matched with the full ARN that IAM tells", () =>
    Effect.gen(function* () {
      const { login, post, refusal, session, signed } = yield* start()
      yield* post("auth/aws/role/any", { bound_iam_principal_arn: "arn:aws:iam::123456789012:role/mcp-*" })
      yield* post("auth/aws/role/none", { bound_iam_principal_arn: "arn:aws:iam::123456789012:role/team/*" })
      const agent = yield* session
      assert.strictEqual((yield* login({ role: "any", ...(yield* signed(agent)) })).status, 200)
      assert.include(yield* refusal({ role: "none", ...(yield* signed(agent)) }), "does not belong to the role")
    }),
  )

  it.live("roles must bind somebody, and the secret key is never shown", () =>
    Effect.gen(function* () {
      const { half, post, refusal } = yield* start()
      const complaint = (body: object) => Effect.map(post("auth/aws/role/x", body), ({ json }) => json.errors?.[0])
      assert.strictEqual(yield* complaint({}), "at least one bound parameter should be specified on the role")
      assert.strictEqual(yield* complaint({ auth_type: "x" }), "unrecognized auth_type: x")
      assert.include(yield* complaint({ auth_type: "ec2" }), "auth_type iam")
      assert.strictEqual(yield* refusal({ role: "x" }), "400 didn't supply required authentication values")
      const config = yield* ask(half, "GET", "auth/aws/config/client")
      assert.strictEqual(config.json.data.access_key, rootKey.accessKeyId)
      assert.notInclude(JSON.stringify(config.json), rootKey.secretKey)
      yield* post("auth/aws/role/a", { bound_iam_principal_arn: AGENT, resolve_aws_unique_ids: false })
      assert.deepStrictEqual((yield* ask(half, "LIST", "auth/aws/roles")).json.data.keys, ["a"])
      yield* ask(half, "DELETE", "auth/aws/config/client")
      assert.strictEqual((yield* ask(half, "GET", "auth/aws/config/client")).status, 404)
    }),
  )
})
