import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { inspect } from "node:util"
import { VaultError } from "../../src/vault/VaultError.ts"
import { VaultReason } from "../../src/vault/VaultReason.ts"
import * as Reasons from "../../src/vault/VaultReason.ts"
import { PermissionMissing, TokenMissing } from "../../src/vault/TokenReason.ts"
import { type Answer, CANARY, inTime, refusal, token, vaultOver } from "../kit/VaultOverHttp.ts"
import { Vault } from "../../src/vault/Vault.ts"

describe("a reason", () => {
  it.effect.prop(
    "of any kind has a stable code, a message and a way over the wire",
    { reason: VaultReason },
    ({ reason }) =>
      Effect.gen(function* () {
        const error = new VaultError({ reason })
        assert.match(error.code, /^(?:vault|kv)_[a-z_0-9]+$/)
        assert.strictEqual(error.message, reason.message)
        assert.isAbove(error.message.length, 10)
        const wire = yield* Schema.encodeEffect(Schema.toCodecJson(VaultError))(error)
        const back = yield* Schema.decodeEffect(Schema.toCodecJson(VaultError))(wire)
        assert.strictEqual(back.message, error.message)
      }),
    { arbitrary: { runs: 200 } },
  )

  it("has a code of its own", () => {
    const codes = VaultReason.members.map((member) => member.identifier)
    assert.strictEqual(new Set(codes).size, codes.length)
  })

  it("says what to do next", () => {
    assert.include(new TokenMissing().message, "VAULT_AWS_MCP_VAULT_TOKEN")
    assert.include(new TokenMissing().message, "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB")
    const missing = new PermissionMissing({ path: "sys/leases/revoke", capability: "update", parameters: [] })
    assert.include(missing.message, 'path "sys/leases/revoke" { capabilities = ["update"] }')
    assert.include(new Reasons.RateLimited({ text: "quota", retryAfter: Duration.millis(20) }).message, "in 1 s")
  })
})

describe("no error shows the token", () => {
  const echo = `you sent Authorization: Bearer ${CANARY}`
  const answers: ReadonlyArray<Answer> = [
    refusal(400, echo),
    refusal(403, echo),
    refusal(500, echo),
    refusal(429, echo),
    { status: 200, page: echo },
    { status: 200, page: `{"data":{"secret_key":"${CANARY}"` },
    { status: 200, json: { lease_duration: CANARY, data: { access_key: 1, secret_key: [CANARY], [CANARY]: CANARY } } },
    { status: 418, page: `<title>${CANARY}</title>` },
    { status: 502, page: echo },
    { status: 307, headers: { location: `http://${CANARY}@evil.test/${CANARY}` } },
    { status: 307, headers: { location: `http://[${CANARY}` } },
    { code: "ECONNREFUSED" },
    { code: CANARY },
    "silence",
  ]
  for (const [nth, answer] of answers.entries()) {
    it.effect(`whatever Vault answers (${nth + 1})`, () =>
      Effect.gen(function* () {
        const { vault } = vaultOver(() => answer)
        const error = yield* Vault.use((it) =>
          it.credentials(token, { endpoint: "creds", mount: "aws", role: "dev" }),
        ).pipe(Effect.flip, inTime, Effect.provide(vault))
        for (const text of [
          error.message,
          String(error),
          JSON.stringify(error),
          inspect(error, { depth: 20 }),
          error.stack,
        ]) {
          assert.notInclude(text, CANARY)
          assert.notInclude(text, CANARY.slice(4))
        }
      }),
    )
  }
})
