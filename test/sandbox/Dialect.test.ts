/** The sandbox in each dialect, over HTTP, as a client meets it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { type Dialect, DIALECTS } from "../../src/sandbox/Dialect.ts"
import { type Sandbox, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { SEEDED_NAMESPACE } from "../../src/sandbox/VaultSeed.ts"

const start = (dialect: Dialect) => startSandbox({ empty: false, dialect })

/** One request over HTTP with the root token, unless another is given. */
const ask = (
  sandbox: Sandbox,
  method: string,
  path: string,
  more: { readonly token?: string; readonly namespace?: string; readonly body?: object } = {},
) =>
  Effect.promise(async () => {
    const response = await fetch(`${sandbox.vaultAddr}/v1/${path}`, {
      method,
      headers: {
        "x-vault-token": more.token ?? Redacted.value(sandbox.vaultToken),
        ...(more.namespace === undefined ? {} : { "x-vault-namespace": more.namespace }),
      },
      ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, json: text === "" ? undefined : JSON.parse(text) }
  })

describe("dialects over HTTP", () => {
  it.live("every one leases from the seeded roles; 1.13 gives STS credentials without a lease", () =>
    Effect.gen(function* () {
      for (const dialect of DIALECTS) {
        const sandbox = yield* start(dialect)
        const { json, status } = yield* ask(sandbox, "GET", "aws/creds/mcp-agent-role")
        assert.strictEqual(status, 200, dialect)
        assert.strictEqual(json.lease_id !== "", dialect !== "1.13", dialect)
        assert.isAbove(json.data.ttl, 3500)
        assert.strictEqual("session_token" in json.data, dialect === "1.21", dialect)
      }
    }),
  )

  it.live("1.21: version, mount, index and the words for a dead token", () =>
    Effect.gen(function* () {
      const sandbox = yield* start("1.21")
      const health = yield* ask(sandbox, "GET", "sys/health")
      assert.include(health.json, { version: "1.21.1+ent", enterprise: true })
      const creds = yield* ask(sandbox, "GET", "aws/creds/mcp-agent-role")
      assert.strictEqual(creds.json.mount_type, "aws")
      assert.isString(creds.headers.get("x-vault-index"))
      const dead = yield* ask(sandbox, "GET", "sys/mounts", { token: "hvs.dead" })
      assert.strictEqual(dead.status, 403)
      assert.include(dead.json.errors[0], "invalid token")
    }),
  )

  it.live("1.21 and OpenBao: a namespace is seeded, and a token made in it leases there and only there", () =>
    Effect.gen(function* () {
      for (const dialect of ["1.21", "openbao"] as const) {
        const sandbox = yield* start(dialect)
        const namespace = SEEDED_NAMESPACE
        const { id } = (yield* ask(sandbox, "GET", `sys/namespaces/${namespace}`)).json.data
        const body = { policies: ["vault-aws-mcp"], ttl: "10m" }
        const made = yield* ask(sandbox, "POST", "auth/token/create", { namespace, body })
        const token = String(made.json.auth.client_token)
        const lease = yield* ask(sandbox, "GET", "aws/creds/mcp-agent-role", { namespace, token })
        assert.isTrue(String(lease.json.lease_id).endsWith(`.${id}`), dialect)
        assert.strictEqual((yield* ask(sandbox, "GET", "aws/creds/mcp-agent-role", { token })).status, 403)
        const revoke = { namespace, token, body: { lease_id: lease.json.lease_id, sync: true } }
        assert.strictEqual((yield* ask(sandbox, "POST", "sys/leases/revoke", revoke)).status, 204)
      }
    }),
  )

  it.live("OpenBao: the lease paths of old are gone, lookup tells more", () =>
    Effect.gen(function* () {
      const sandbox = yield* start("openbao")
      const { lease_id } = (yield* ask(sandbox, "GET", "aws/creds/s3-reader-user")).json
      assert.strictEqual((yield* ask(sandbox, "PUT", "sys/revoke", { body: { lease_id } })).status, 404)
      const { data } = (yield* ask(sandbox, "POST", "sys/leases/lookup", { body: { lease_id } })).json
      assert.include(data, { path: "aws/creds/s3-reader-user", revoke_error: "", namespace_path: "" })
    }),
  )

  it.live("1.14 and 1.13 have no namespaces: the header is ignored", () =>
    Effect.gen(function* () {
      for (const dialect of ["1.14", "1.13"] as const) {
        const sandbox = yield* start(dialect)
        assert.strictEqual((yield* ask(sandbox, "GET", `sys/namespaces/${SEEDED_NAMESPACE}`)).status, 404)
        const namespace = SEEDED_NAMESPACE
        assert.strictEqual((yield* ask(sandbox, "GET", "aws/creds/mcp-agent-role", { namespace })).status, 200)
      }
    }),
  )
})
