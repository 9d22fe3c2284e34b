import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { Unreachable } from "../../src/vault/ReachReason.ts"
import { unquoted } from "../../src/vault/Unquoted.ts"
import { finalReason, type VaultCall } from "../../src/vault/VaultCall.ts"
import { AwsRefused, InvalidRequest, Malformed, RateLimited, Server } from "../../src/vault/VaultReason.ts"

const MARK = "€canary€"

describe("an unquoted reason", () => {
  it.effect.prop(
    "repeats nothing that was sent, whatever the words around it are",
    { before: Schema.String, after: Schema.String },
    ({ after, before }) =>
      Effect.sync(() => {
        const text = `${before}${MARK}${after}`
        for (const reason of [
          new InvalidRequest({ text }),
          new Server({ status: 500, text }),
          new RateLimited({ text }),
          new Malformed({ path: "secret/data/x", what: text }),
          new AwsRefused({ words: text }),
        ])
          assert.notInclude(unquoted(reason).message, MARK)
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it("keeps what is known word for word, and what Vault said beside the words", () => {
    for (const text of [
      "check-and-set parameter did not match the current version",
      "a name in the path is empty",
      'a name in the path is "..", which would lead elsewhere',
      "a name in the path holds a slash",
    ])
      assert.strictEqual(unquoted(new InvalidRequest({ text })).message, new InvalidRequest({ text }).message)
    const limited = unquoted(new RateLimited({ text: "x", retryAfter: Duration.seconds(5) }))
    assert.include(limited.message, "in 5 s")
    assert.include(unquoted(new Server({ status: 507, text: "x" })).message, "507")
    const gone = new Unreachable({ address: "http://vault.test", detail: "gone" })
    assert.strictEqual(unquoted(gone), gone)
  })

  it("is what a call that carries secrets ends with, and no other", () => {
    const call: VaultCall = { method: "POST", path: ["a"], sent: "once" }
    const trouble = { reason: new InvalidRequest({ text: MARK }), processed: "yes", transient: false } as const
    assert.include(finalReason(trouble, call).message, MARK)
    assert.notInclude(finalReason(trouble, { ...call, carriesSecrets: true }).message, MARK)
  })
})
