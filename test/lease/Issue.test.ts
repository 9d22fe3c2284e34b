import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { sessionName } from "../../src/lease/Issue.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { PermissionMissing } from "../../src/vault/TokenReason.ts"
import type { CredentialRequest } from "../../src/vault/VaultModel.ts"
import { sts, target, withManager } from "../kit/FakeVault.ts"

describe("Issue", () => {
  it.effect.prop(
    "a session name is legal for STS and never the same twice, whoever asks",
    { principal: Schema.String },
    ({ principal }) =>
      Effect.sync(() => {
        const name = sessionName(principal)
        assert.match(name, /^[\w+=,.@-]{2,64}$/)
        assert.notStrictEqual(sessionName(principal), name)
      }),
    { arbitrary: { runs: 1000, size: 200 } },
  )

  it.effect("the session name is sent, or left out where policies forbid the parameter", () =>
    Effect.gen(function* () {
      const asked: Array<CredentialRequest> = []
      const script = {
        credentials: (n: number, request: CredentialRequest) =>
          Effect.sync(() => {
            asked.push(request)
            return sts(n)
          }),
      }
      yield* withManager(script, (manager) => manager.lease({ ...target, roleArn: "arn:aws:iam::123456789012:role/x" }))
      assert.match(asked[0]?.sessionName ?? "", /^vault-aws-mcp-mcp-[0-9a-f]{8}$/)
      assert.strictEqual(asked[0]?.roleArn, "arn:aws:iam::123456789012:role/x")
    }),
  )

  it.effect("a lease that is told to outlast its session ends with the session, whichever was granted", () =>
    Effect.gen(function* () {
      const { value } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n, 3600, 3599)) }, (manager) =>
        manager.lease(target),
      )
      assert.strictEqual(Duration.toSeconds(value.granted), 3600)
      assert.strictEqual(value.endsAt.epochMilliseconds, 3_599_000)
    }),
  )

  it.effect("a refusal while a session name was sent says how to leave it out", () =>
    Effect.gen(function* () {
      const forbidden = new VaultError({
        reason: new PermissionMissing({ path: "aws/creds/x", capability: "read", parameters: ["role_session_name"] }),
      })
      const { value } = yield* withManager({ credentials: () => Effect.fail(forbidden) }, (manager) =>
        Effect.flip(manager.lease(target)),
      )
      assert.strictEqual(value.code, "vault_permission_missing")
      assert.match(value.message, /aws\/creds\/x.*VAULT_AWS_MCP_SESSION_NAME=off/)
    }),
  )
})
