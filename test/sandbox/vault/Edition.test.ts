import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { DIALECTS } from "../../../src/sandbox/Dialect.ts"
import { EDITIONS } from "../../../src/sandbox/vault/Edition.ts"
import { ask, awsHalf, newHalf, refusal } from "../../kit/VaultCalls.ts"

describe("editions", () => {
  it.effect("each tells its version in health and seal state, and its plugins' in the mounts", () =>
    Effect.gen(function* () {
      for (const dialect of DIALECTS) {
        const { half } = yield* newHalf(dialect)
        const { pluginVersion, version } = EDITIONS[dialect]
        assert.strictEqual((yield* ask(half, "GET", "sys/health", { token: null })).json.version, version)
        assert.strictEqual((yield* ask(half, "GET", "sys/seal-status", { token: null })).json.version, version)
        const mounts = (yield* ask(half, "GET", "sys/mounts")).json.data
        assert.strictEqual(mounts["cubbyhole/"].running_plugin_version, pluginVersion)
      }
      assert.deepStrictEqual(
        DIALECTS.map((dialect) => EDITIONS[dialect].version),
        ["1.14.9", "1.13.0", "1.21.1+ent", "2.6.2"],
      )
    }),
  )

  it.effect("the recorded one has none of the later members", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      const creds = yield* ask(half, "GET", "aws/creds/deploy")
      assert.hasAllKeys(creds.json, [
        "request_id",
        "lease_id",
        "renewable",
        "lease_duration",
        "data",
        "wrap_info",
        "warnings",
        "auth",
      ])
      assert.hasAllKeys(creds.json.data, ["access_key", "arn", "secret_key", "security_token", "ttl"])
      assert.notProperty(creds.headers, "x-vault-index")
    }),
  )

  it.effect("1.13 gives STS credentials without a lease, and IAM users with one; it has no static roles", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf("1.13")
      for (const role of ["deploy", "fed"]) {
        const { json } = yield* ask(half, "GET", `aws/creds/${role}`)
        assert.deepStrictEqual([json.lease_id, json.lease_duration, json.renewable], ["", 0, false])
        assert.strictEqual(json.data.ttl, 3600)
      }
      assert.strictEqual(yield* half.liveLeases, 0)
      assert.match((yield* ask(half, "GET", "aws/creds/user")).json.lease_id, /^aws\/creds\/user\//)
      assert.strictEqual((yield* ask(half, "GET", "aws/static-creds/x")).status, 404)
      assert.include((yield* ask(half, "POST", "aws/static-roles/x", { body: {} })).json.errors[0], "unsupported path")
    }),
  )

  it.effect("1.21 names the mount in the envelope, the session token twice, and counts its index on", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf("1.21")
      const creds = yield* ask(half, "GET", "aws/creds/deploy")
      assert.include(creds.json, { mount_type: "aws", mount_point: "aws/" })
      assert.strictEqual(creds.json.data.session_token, creds.json.data.security_token)
      assert.match(creds.json.lease_id, /^aws\/creds\/deploy\/[A-Za-z0-9]{24}$/)
      const next = yield* ask(half, "GET", "aws/roles/deploy")
      assert.isString(creds.headers["x-vault-index"])
      assert.notStrictEqual(next.headers["x-vault-index"], creds.headers["x-vault-index"])
      assert.include(next.json.data, { external_id: "", mfa_serial_number: "" })
      const user = (yield* ask(half, "GET", "aws/creds/user")).json.data
      assert.deepStrictEqual([user.security_token, user.session_token], [null, null])
    }),
  )

  it.effect("1.21 has the type session_token, whose token goes by AWS's name alone", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf("1.21")
      yield* ask(half, "POST", "aws/roles/self", { body: { credential_type: "session_token" } })
      const creds = yield* ask(half, "GET", "aws/sts/self?ttl=15m")
      assert.hasAllKeys(creds.json.data, ["access_key", "secret_key", "session_token", "ttl"])
      assert.deepStrictEqual([creds.json.lease_duration, creds.json.renewable], [900, false])
      const short = yield* ask(half, "GET", "aws/sts/self?ttl=60")
      assert.include(short.json.errors[0], "GetSessionTokenInput.DurationSeconds")
      const policy = yield* ask(half, "POST", "aws/roles/x", {
        body: { credential_type: "session_token", policy_arns: "arn:aws:iam::aws:policy/ReadOnlyAccess" },
      })
      assert.strictEqual(policy.status, 400)
      const old = yield* awsHalf("openbao")
      const unknown = yield* ask(old.half, "POST", "aws/roles/x", { body: { credential_type: "session_token" } })
      assert.include(unknown.json.errors[0], "unrecognized credential type")
    }),
  )

  it.effect("1.21 says of a dead token that it is invalid, and nothing new of a missing one or a missing right", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf("1.21")
      const made = yield* ask(half, "POST", "auth/token/create", { body: { ttl: "1m", policies: ["default"] } })
      const token = String(made.json.auth.client_token)
      const said = (token: string | null) =>
        Effect.map(ask(half, "GET", "sys/mounts", { token }), ({ json, status }) => `${status} ${json.errors[0]}`)
      assert.strictEqual(yield* said(token), "403 1 error occurred:\n\t* permission denied\n\n")
      yield* TestClock.adjust("1 minute")
      const dead = "403 2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
      assert.deepStrictEqual([yield* said(token), yield* said("hvs.never")], [dead, dead])
      assert.strictEqual(yield* said(null), "403 permission denied")
      const looked = yield* ask(half, "POST", "auth/token/lookup", { body: { token } })
      assert.deepStrictEqual([looked.status, looked.json.errors], [403, ["bad token"]])
    }),
  )

  it.effect("1.21 tells of its licence and its log in health", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf("1.21")
      const health = (yield* ask(half, "GET", "sys/health", { token: null })).json
      assert.include(health, { enterprise: true, clock_skew_ms: 0, performance_standby: false })
      assert.isNumber(health.last_wal)
      assert.strictEqual(health.license.state, "autoloaded")
    }),
  )

  it.effect("OpenBao has no lease paths of old, not even in its default policy", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf("openbao")
      const lease_id = String((yield* ask(half, "GET", "aws/creds/user")).json.lease_id)
      for (const path of ["sys/renew", "sys/revoke", "sys/revoke-prefix/aws", "sys/revoke-force/aws"]) {
        const { json, status } = yield* ask(half, "PUT", path, { body: { lease_id } })
        assert.deepStrictEqual([status, json.errors], [404, ["1 error occurred:\n\t* unsupported path\n\n"]], path)
      }
      const text = (yield* ask(half, "GET", "sys/policies/acl/default")).json.data.policy
      assert.notInclude(text, '"sys/renew"')
      assert.include(text, '"sys/leases/renew"')
      assert.strictEqual((yield* ask(half, "PUT", "sys/leases/renew", { body: { lease_id } })).status, 200)
      const old = yield* awsHalf("1.14")
      const other = String((yield* ask(old.half, "GET", "aws/creds/user")).json.lease_id)
      assert.strictEqual((yield* ask(old.half, "PUT", "sys/renew", { body: { lease_id: other } })).status, 200)
    }),
  )

  it.effect("OpenBao's lookup tells path and namespace of a lease, and why its end failed", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf("openbao")
      const lease_id = String((yield* ask(half, "GET", "aws/creds/user")).json.lease_id)
      const look = Effect.map(ask(half, "POST", "sys/leases/lookup", { body: { lease_id } }), ({ json }) => json.data)
      assert.include(yield* look, { path: "aws/creds/user", namespace_path: "", revoke_error: "" })
      aws.refusals.set("ListGroupsForUser", refusal(403, "AccessDenied", "not allowed"))
      assert.strictEqual(
        (yield* ask(half, "POST", "sys/leases/revoke", { body: { lease_id, sync: true } })).status,
        400,
      )
      assert.include((yield* look).revoke_error, "AccessDenied: not allowed")
    }),
  )

  it.effect("OpenBao's tokens begin with its own letters", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf("openbao")
      const made = (body: object) =>
        Effect.map(ask(half, "POST", "auth/token/create", { body }), ({ json }) => String(json.auth.client_token))
      assert.match(yield* made({}), /^s\./)
      assert.match(yield* made({ type: "batch", policies: ["default"] }), /^b\./)
      assert.match(
        String((yield* ask((yield* newHalf()).half, "POST", "auth/token/create", { body: {} })).json.auth.client_token),
        /^hvs\./,
      )
    }),
  )
})
