import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { inspect } from "node:util"
import type { CredentialAnswer, TokenGrant } from "../../src/vault/VaultModel.ts"
import { CredentialWire, credentialOf, decodeReply, GrantWire, grantOf } from "../../src/vault/VaultWire.ts"

const body = {
  lease_id: "aws/creds/dev/x",
  lease_duration: 60,
  data: { access_key: "ASIAX", secret_key: "canary-key", security_token: "canary-session" },
  auth: { client_token: "canary-token", lease_duration: 60 },
}

describe("what Vault tells", () => {
  it.effect("can be printed in any way without showing a secret", () =>
    Effect.gen(function* () {
      const reply = { status: 200, body }
      const answer: CredentialAnswer = credentialOf(yield* decodeReply(CredentialWire, reply, "p"))
      const grant: TokenGrant = grantOf(yield* decodeReply(GrantWire, reply, "p"))
      for (const value of [answer, grant]) {
        const texts = [
          JSON.stringify(value),
          inspect(value, { depth: 9, showHidden: true }),
          Object.values(value).join(),
        ]
        for (const text of texts) assert.notInclude(text, "canary")
      }
    }),
  )
})
