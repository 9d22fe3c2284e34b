import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { VaultCall } from "../../src/vault/VaultCall.ts"
import { type Answer, askVault, CANARY, DEAD, DENIED, refusal, type Seen } from "../kit/VaultOverHttp.ts"

const LOOKUP: VaultCall = { method: "GET", path: ["auth", "token", "lookup-self"], sent: "repeatable" }
const CREDS: VaultCall = {
  method: "GET",
  path: ["aws", "creds", "dev"],
  sent: "once",
  subject: { mount: "aws", role: "dev" },
}
const OK: Answer = { status: 200, json: { data: {} } }

describe("a redirect", () => {
  const to = (location: string): Answer => ({ status: 307, headers: { location } })

  it.effect("of a standby to another port of its host is followed with method, body and token", () =>
    Effect.gen(function* () {
      const call: VaultCall = { method: "POST", path: ["auth", "token", "create"], body: { ttl: "5m" }, sent: "once" }
      const { reply, seen } = yield* askVault(call, (_, nth) =>
        nth === 1 ? to("http://vault.test:8210/v1/auth/token/create?a=b") : OK,
      )
      assert.strictEqual(reply?.status, 200)
      const hop = seen[1]
      assert.deepStrictEqual(
        [hop?.method, hop?.host, hop?.path],
        ["POST", "vault.test:8210", "/v1/auth/token/create?a=b"],
      )
      assert.deepStrictEqual(hop?.body, { ttl: "5m" })
      assert.strictEqual(hop?.headers["authorization"], `Bearer ${CANARY}`)
    }),
  )

  it.effect("to another host, to another scheme, or with a password is refused, and nothing is sent there", () =>
    Effect.gen(function* () {
      const other = yield* askVault(LOOKUP, () => to("http://evil.test:8200/v1/auth/token/lookup-self"))
      assert.strictEqual(other.seen.length, 1)
      assert.include(other.message, "set VAULT_ADDR to it")
      assert.include(other.message, "http://evil.test:8200")
      const down = yield* askVault(LOOKUP, () => to("http://vault.test/v1/x"), { address: "https://vault.test" })
      assert.strictEqual(down.seen.length, 1)
      assert.notInclude(down.message, "set VAULT_ADDR")
      const withPassword = yield* askVault(LOOKUP, () => to("http://a:b@vault.test:8200/v1/x"))
      assert.strictEqual(withPassword.seen.length, 1)
      for (const { reason } of [other, down, withPassword]) assert.strictEqual(reason?._tag, "Standby")
    }),
  )

  it.effect("to a node that is gone starts again at the configured address", () =>
    Effect.gen(function* () {
      const { reply, seen } = yield* askVault(CREDS, (call, nth) =>
        nth > 2
          ? OK
          : call.host === "vault.test:8200"
            ? to("http://vault.test:8210/v1/aws/creds/dev")
            : { code: "ECONNREFUSED" },
      )
      assert.strictEqual(reply?.status, 200)
      assert.deepStrictEqual(
        seen.map((call) => call.host),
        ["vault.test:8200", "vault.test:8210", "vault.test:8200"],
      )
    }),
  )

  it.effect("is not followed a second time within one attempt", () =>
    Effect.gen(function* () {
      const { reason, seen } = yield* askVault(CREDS, (call) =>
        to(`http://vault.test:${call.host === "vault.test:8200" ? 8210 : 8220}/v1/x`),
      )
      assert.strictEqual(reason?._tag, "Standby")
      assert.notInclude(
        seen.map((call) => call.host),
        "vault.test:8220",
      )
    }),
  )

  it.effect("that is not a 307 is no answer of Vault's", () =>
    Effect.gen(function* () {
      const { reason } = yield* askVault(LOOKUP, () => ({
        status: 301,
        page: "<a>Moved</a>",
        headers: { location: "/v1/sys" },
      }))
      assert.strictEqual(reason?._tag, "Malformed")
    }),
  )
})

describe("a 403", () => {
  it.effect("of a dead token and one of a missing policy are told apart by their text", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* askVault(CREDS, () => DEAD)).reason?._tag, "TokenDead")
      const denied = yield* askVault({ ...CREDS, query: { ttl: "900s", role_session_name: "x1" } }, () => DENIED)
      assert.strictEqual(denied.reason?._tag, "PermissionMissing")
      assert.include(denied.message, 'path "aws/creds/dev" { capabilities = ["read"] }')
      assert.include(denied.message, "ttl or role_session_name")
    }),
  )

  it.effect("in other words makes the token ask about itself", () =>
    Effect.gen(function* () {
      const odd = refusal(403, "no way")
      const isCreds = (call: Seen) => call.path.startsWith("/v1/aws")
      const dead = yield* askVault(CREDS, (call) => (isCreds(call) ? odd : DEAD))
      assert.strictEqual(dead.reason?._tag, "TokenDead")
      const alive = yield* askVault(CREDS, (call) => (isCreds(call) ? odd : OK))
      assert.strictEqual(alive.reason?._tag, "PermissionMissing")
      assert.deepStrictEqual(
        alive.seen.map((call) => call.path),
        ["/v1/aws/creds/dev", "/v1/auth/token/lookup-self"],
      )
    }),
  )

  it.effect("in other words makes no wrapping token ask, which any request would use up", () =>
    Effect.gen(function* () {
      const unwrap: VaultCall = { method: "POST", path: ["sys", "wrapping", "unwrap"], sent: "once", spendsToken: true }
      const { seen } = yield* askVault(unwrap, () => refusal(403, "no way"))
      assert.strictEqual(seen.length, 1)
    }),
  )
})
