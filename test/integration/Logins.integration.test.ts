/** Every way into Vault, from the method's set-up in the sandbox to a signed AWS call, a new login, and nothing left. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Redacted, Scope } from "effect"
import type { AppConfigShape } from "../../src/config/AppConfig.ts"
import type { SecretSource, VaultLogin } from "../../src/config/VaultLogin.ts"
import { serveLoopback } from "../../src/sandbox/Loopback.ts"
import { operator } from "../../src/sandbox/Operate.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import type { WireHandler } from "../../src/sandbox/Wire.ts"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import { file, hasOpenssl } from "../kit/Certificates.ts"
import { PUBLIC_KEY, rs256 } from "../kit/Tokens.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

const POLICY = "vault-aws-mcp"
const WHO = "aws_get_caller_identity"
const value = (text: string): SecretSource => ({ _tag: "value", value: Redacted.make(text) })

/** What an operator sees of an answer. */
interface Answer {
  readonly data?: Readonly<Record<string, string>>
  readonly wrap_info?: { readonly token: string }
}

/** What a method needs on both sides. */
interface Way {
  readonly login: VaultLogin
  readonly vault?: Partial<AppConfigShape["vault"]>
}

type SetUp = (sandbox: Sandbox, operate: Operate) => Effect.Effect<Way, unknown, Scope.Scope>
type Operate = (path: string, body: object, headers?: Readonly<Record<string, string>>) => Effect.Effect<Answer>

const operatorOf = ({ vault, vaultToken }: Sandbox): Operate => {
  const asRoot =
    (headers: Readonly<Record<string, string>>): WireHandler =>
    (request) =>
      vault.handler({ ...request, headers: { ...request.headers, ...headers } })
  return (path, body, headers = {}) =>
    operator(asRoot(headers), Redacted.value(vaultToken))(path, { ...body }).pipe(
      Effect.map((response) => {
        const text = "closed" in response ? "" : Buffer.from(response.body).toString("utf8")
        assert.isTrue("status" in response && response.status < 300, `${path}: ${text}`)
        return text === "" ? {} : (JSON.parse(text) as Answer)
      }),
    )
}

const approle: (wrapped: boolean) => SetUp = (wrapped) => (_sandbox, operate) =>
  Effect.gen(function* () {
    yield* operate("sys/auth/approle", { type: "approle" })
    yield* operate("auth/approle/role/agent", { token_policies: POLICY, token_ttl: "1h" })
    const id = yield* operate("auth/approle/role/agent/role-id", { role_id: "the-role-id" })
    assert.deepStrictEqual(id, {})
    const secret = yield* operate("auth/approle/role/agent/secret-id", {}, wrapped ? { "x-vault-wrap-ttl": "60s" } : {})
    const secretId = wrapped ? secret.wrap_info?.token : secret.data?.["secret_id"]
    return {
      login: { method: "approle", mount: "approle", roleId: "the-role-id", secretId: value(secretId ?? ""), wrapped },
    }
  })

const users: (method: "userpass" | "ldap") => SetUp = (method) => (_sandbox, operate) =>
  Effect.gen(function* () {
    yield* operate(`sys/auth/${method}`, { type: method })
    if (method === "ldap") yield* operate("auth/ldap/config", { token_policies: POLICY })
    yield* operate(`auth/${method}/users/ana`, { password: "correct horse", token_policies: POLICY, policies: POLICY })
    return { login: { method, mount: method, username: "ana", password: value("correct horse") } }
  })

const SOON = () => Math.floor(Date.now() / 1000) + 600

const jwt: SetUp = (_sandbox, operate) =>
  Effect.gen(function* () {
    yield* operate("sys/auth/jwt", { type: "jwt" })
    yield* operate("auth/jwt/config", { jwt_validation_pubkeys: [PUBLIC_KEY] })
    yield* operate("auth/jwt/role/ci", {
      role_type: "jwt",
      user_claim: "sub",
      bound_audiences: ["vault"],
      token_policies: [POLICY],
    })
    const token = rs256({ iss: "ci", sub: "job", aud: "vault", nbf: 1, exp: SOON() })
    return { login: { method: "jwt", mount: "jwt", role: "ci", jwt: value(token) } }
  })

const kubernetes: SetUp = (_sandbox, operate) =>
  Effect.gen(function* () {
    yield* operate("sys/auth/kubernetes", { type: "kubernetes" })
    yield* operate("auth/kubernetes/config", { kubernetes_host: "https://10.0.0.1", pem_keys: [PUBLIC_KEY] })
    yield* operate("auth/kubernetes/role/agent", {
      bound_service_account_names: "mcp",
      bound_service_account_namespaces: "agents",
      policies: POLICY,
      ttl: "20m",
    })
    const token = rs256({
      aud: ["vault"],
      iat: 0,
      exp: SOON(),
      sub: "system:serviceaccount:agents:mcp",
      "kubernetes.io": { namespace: "agents", serviceaccount: { name: "mcp", uid: "u-1" } },
    })
    return { login: { method: "kubernetes", mount: "kubernetes", role: "agent", jwt: value(token) } }
  })

const cert: SetUp = ({ vault }, operate) =>
  Effect.gen(function* () {
    const pem = (name: string) => readFileSync(file(name), "utf8")
    yield* operate("sys/auth/cert", { type: "cert" })
    yield* operate("auth/cert/certs/machines", { certificate: pem("ca.pem"), token_policies: POLICY, token_ttl: "20m" })
    const address = yield* serveLoopback(vault.handler, 0, { tls: { cert: pem("good.pem"), key: pem("good.key") } })
    const tls = {
      caCert: file("ca.pem"),
      clientCert: file("client.pem"),
      clientKey: file("client.key"),
      skipVerify: false,
    }
    return { login: { method: "cert", mount: "cert", role: undefined }, vault: { address, tls } }
  })

const aws: SetUp = ({ awsUrl, rootKey }, operate) =>
  Effect.gen(function* () {
    const keys = { AccessKeyId: rootKey.accessKeyId, SecretAccessKey: Redacted.value(rootKey.secretKey) }
    yield* operate("sys/auth/aws", { type: "aws" })
    yield* operate("auth/aws/config/client", { sts_endpoint: awsUrl, iam_endpoint: awsUrl })
    yield* operate("auth/aws/role/agent", {
      auth_type: "iam",
      bound_iam_principal_arn: "arn:aws:iam::123456789012:user/vault-root",
      resolve_aws_unique_ids: false,
      token_policies: POLICY,
      token_ttl: "20m",
    })
    /** The metadata service of an instance. */
    const endpoint = yield* serveLoopback(({ method, path }) => {
      const text =
        method === "PUT"
          ? "metadata-session-token"
          : path.endsWith("/security-credentials/")
            ? "role"
            : JSON.stringify(keys)
      return Effect.succeed({ status: 200, headers: {}, body: text })
    })
    return {
      login: {
        method: "aws",
        mount: "aws",
        role: "agent",
        region: "us-east-1",
        stsEndpoint: awsUrl,
        serverId: undefined,
        identity: { _tag: "instance", endpoint },
      },
    }
  })

/** The token itself comes in a wrapping token; it opens once, so there is no second login. */
const wrappedToken: SetUp = (_sandbox, operate) =>
  Effect.gen(function* () {
    const { wrap_info } = yield* operate(
      "auth/token/create",
      { policies: [POLICY], ttl: "20m" },
      { "x-vault-wrap-ttl": "60s" },
    )
    return { login: { method: "token", wrapped: true }, vault: { token: Redacted.make(wrap_info?.token ?? "") } }
  })

const WAYS: Readonly<Record<string, { readonly setUp: SetUp; readonly once?: true; readonly needsOpenssl?: true }>> = {
  AppRole: { setUp: approle(false) },
  "AppRole with a wrapped secret id": { setUp: approle(true) },
  userpass: { setUp: users("userpass") },
  LDAP: { setUp: users("ldap") },
  JWT: { setUp: jwt },
  Kubernetes: { setUp: kubernetes },
  "TLS certificate": { setUp: cert, needsOpenssl: true },
  "AWS IAM": { setUp: aws },
  "a wrapped token": { setUp: wrappedToken, once: true },
}

describe("a way into Vault", () => {
  for (const [name, { needsOpenssl, once, setUp }] of Object.entries(WAYS)) {
    it.live.skipIf(needsOpenssl === true && !hasOpenssl)(
      `${name}: leases, logs in again by itself, and leaves nothing`,
      () =>
        Effect.gen(function* () {
          const sandbox = yield* startSandbox({ empty: false })
          const operate = operatorOf(sandbox)
          const way = yield* setUp(sandbox, operate)
          const scope = yield* Scope.make()
          const world = yield* Scope.provide(
            makeToolWorld(
              { empty: true },
              {
                vault: { address: sandbox.vaultAddr, token: undefined, ...way.vault, login: way.login },
                awsEndpoint: sandbox.awsUrl,
              },
            ),
            scope,
          )
          const { arn } = yield* world.good<{ arn: string }>(WHO)
          assert.include(arn, "assumed-role/mcp-agent-role/")
          assert.strictEqual(yield* sandbox.vault.liveTokens, 1)
          const [held] = yield* Context.get(world.context, VaultAuth).sessions
          assert.isTrue(held?.session.owned)
          yield* operate("auth/token/revoke-accessor", { accessor: held?.session.accessor })
          if (once === true) {
            assert.match(yield* world.bad("vault_refresh_credentials"), /opened by this program.*give a new one/i)
          } else {
            yield* world.good("vault_refresh_credentials")
            yield* world.good(WHO)
            assert.strictEqual(yield* sandbox.vault.liveTokens, 1)
          }
          yield* Scope.close(scope, Exit.void)
          const left = yield* Effect.all([sandbox.vault.liveLeases, sandbox.vault.liveTokens]).pipe(
            Effect.delay("5 millis"),
            Effect.repeat({ until: ([leases, tokens]) => leases + tokens === 0, times: 400 }),
          )
          assert.deepStrictEqual(left, [0, 0])
        }),
    )
  }
})
