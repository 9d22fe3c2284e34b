import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import type { VaultCall } from "../../src/vault/VaultCall.ts"
import { type Answer, askVault, CANARY, refusal } from "../kit/VaultOverHttp.ts"

const LOOKUP: VaultCall = { method: "GET", path: ["auth", "token", "lookup-self"], sent: "repeatable" }
const CREDS: VaultCall = {
  method: "GET",
  path: ["aws", "creds", "dev"],
  sent: "once",
  subject: { mount: "aws", role: "dev" },
}
const OK: Answer = { status: 200, json: { data: {} } }

describe("a request", () => {
  it.effect("carries the token as a bearer, the namespace and the marks Vault's proxies look for", () =>
    Effect.gen(function* () {
      const { seen } = yield* askVault(LOOKUP, () => OK, { namespace: "team-a/" })
      const headers = seen[0]?.headers ?? {}
      assert.strictEqual(headers["authorization"], `Bearer ${CANARY}`)
      assert.strictEqual(headers["x-vault-namespace"], "team-a/")
      assert.strictEqual(headers["x-vault-request"], "true")
      assert.match(headers["user-agent"] ?? "", /^vault-aws-mcp\/\d/)
      assert.strictEqual(headers["traceparent"], undefined)
      assert.strictEqual(headers["x-vault-token"], undefined)
    }),
  )

  it.effect("goes below the path of an address that has one", () =>
    Effect.gen(function* () {
      const { seen } = yield* askVault(CREDS, () => OK, { address: "http://vault.test/behind/" })
      assert.strictEqual(seen[0]?.path, "/behind/v1/aws/creds/dev")
    }),
  )

  it.effect("encodes a name, and refuses one that could lead to another endpoint without sending it", () =>
    Effect.gen(function* () {
      const { seen } = yield* askVault({ ...CREDS, path: ["aws", "creds", "dé v?#%2e"] }, () => OK)
      assert.strictEqual(seen[0]?.path, "/v1/aws/creds/d%C3%A9%20v%3F%23%252e")
      for (const name of ["..", ".", "", "x/../../sys", "a\\b", "a\u0000b", "\ud800"]) {
        const refused = yield* askVault({ ...CREDS, path: ["aws", "creds", name] }, () => OK)
        assert.strictEqual(refused.reason?._tag, "InvalidRequest", JSON.stringify(name))
        assert.strictEqual(refused.seen.length, 0)
      }
    }),
  )

  it.effect("is not sent to an address that cannot be meant, and the address is not repeated", () =>
    Effect.gen(function* () {
      for (const address of ["unix://run/vault.sock", "vault.test:8200", "http://me:hunter2@vault.test", "ftp://x"]) {
        const { message, reason, seen } = yield* askVault(LOOKUP, () => OK, { address })
        assert.strictEqual(reason?._tag, "AddressRefused", address)
        assert.notInclude(message, "hunter2")
        assert.strictEqual(seen.length, 0)
      }
    }),
  )
})

describe("retries", () => {
  it.effect("a refused connection is tried three times in all, and told well within five seconds", () =>
    Effect.gen(function* () {
      for (const call of [LOOKUP, CREDS]) {
        const { message, reason, seen } = yield* askVault(call, () => ({ code: "ECONNREFUSED" }))
        assert.strictEqual(reason?._tag, "Unreachable")
        assert.include(message, "http://vault.test:8200")
        assert.strictEqual(seen.length, 3)
        assert.isBelow((seen[2]?.at ?? 0) - (seen[0]?.at ?? 0), 2000)
      }
    }),
  )

  it.effect("a host name nobody knows, and a certificate nobody trusts, are not tried again", () =>
    Effect.gen(function* () {
      for (const code of ["ENOTFOUND", "DEPTH_ZERO_SELF_SIGNED_CERT", "UND_ERR_CONNECT_TIMEOUT"]) {
        assert.strictEqual((yield* askVault(LOOKUP, () => ({ code }))).seen.length, 1, code)
      }
    }),
  )

  it.effect("a lost answer is asked for again when that is harmless, and never when it would make something new", () =>
    Effect.gen(function* () {
      for (const answer of [{ code: "ECONNRESET" }, { status: 504, page: "<h1>gateway timeout</h1>" }] as const) {
        const read = yield* askVault(LOOKUP, (_, nth) => (nth === 1 ? answer : OK))
        assert.strictEqual(read.reply?.status, 200)
        const leased = yield* askVault(CREDS, (_, nth) => (nth === 1 ? answer : OK))
        assert.strictEqual(leased.seen.length, 1)
        assert.strictEqual(leased.reason?._tag, "OutcomeUnknown")
      }
    }),
  )

  it.effect("silence ends at the time limit, once", () =>
    Effect.gen(function* () {
      const { reason, seen } = yield* askVault(CREDS, () => "silence", { timeout: Duration.seconds(7) })
      assert.strictEqual(reason?._tag, "OutcomeUnknown")
      assert.strictEqual(seen.length, 1)
    }),
  )

  it.effect("an election is waited for, also by a request for credentials, since Vault says it did nothing", () =>
    Effect.gen(function* () {
      const noLeader = refusal(500, "local node not active but active cluster node not found")
      const { reply, seen } = yield* askVault(CREDS, (_, nth) => (nth < 3 ? noLeader : OK))
      assert.strictEqual(reply?.status, 200)
      assert.strictEqual(seen.length, 3)
    }),
  )

  it.effect("a sealed Vault is told at once", () =>
    Effect.gen(function* () {
      const { reason, seen } = yield* askVault(CREDS, () => refusal(503, "Vault is sealed"))
      assert.strictEqual(reason?._tag, "Sealed")
      assert.strictEqual(seen.length, 1)
    }),
  )

  it.effect("Retry-After is waited for when it fits into the time limit, and told when it does not", () =>
    Effect.gen(function* () {
      const quota: Answer = {
        status: 429,
        json: { errors: ['request path "aws/creds/dev": rate limit quota exceeded'] },
        headers: { "retry-after": "9" },
      }
      const patient = yield* askVault(CREDS, (_, nth) => (nth === 1 ? quota : OK))
      assert.strictEqual(patient.reply?.status, 200)
      assert.isAtLeast((patient.seen[1]?.at ?? 0) - (patient.seen[0]?.at ?? 0), 9000)
      const hurried = yield* askVault(CREDS, () => quota, { timeout: Duration.seconds(5) })
      assert.strictEqual(hurried.seen.length, 1)
      assert.include(hurried.message, "9 s")
    }),
  )

  it.effect("a quota of leases is not hammered", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* askVault(CREDS, () => refusal(429, "lease count quota exceeded"))).seen.length, 1)
    }),
  )

  it.effect("an error that Vault itself gives for AWS is final", () =>
    Effect.gen(function* () {
      const throttled = refusal(
        502,
        "Error assuming role: Throttling: Rate exceeded\n\tstatus code: 400, request id: x",
      )
      const { message, reason, seen } = yield* askVault(CREDS, () => throttled)
      assert.strictEqual(reason?._tag, "AwsRefused")
      assert.include(message, "Throttling: Rate exceeded")
      assert.strictEqual(seen.length, 1)
    }),
  )
})
