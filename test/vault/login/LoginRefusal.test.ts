import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { quotable } from "../../../src/vault/login/LoginRefusal.ts"

const Secret = Schema.String.check(Schema.isPattern(/^[\w/+=.-]{1,60}$/))
const At = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 }))

describe("foreign words about a login", () => {
  it.effect.prop(
    "are not repeated when they hold eight characters of a secret, or all of a shorter one",
    { secret: Secret, from: At, before: Schema.String, after: Schema.String },
    ({ after, before, from, secret }) =>
      Effect.sync(() => {
        const start = Math.min(from, Math.max(0, secret.length - 8))
        const piece = secret.slice(start, start + 8)
        assert.notStrictEqual(
          quotable(`${before}${piece}${after}`, [Redacted.make("another-one"), Redacted.make(secret)]),
          `${before}${piece}${after}`,
        )
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it("are repeated when they hold none", () => {
    const words = "invalid role or secret ID"
    assert.strictEqual(quotable(words, [Redacted.make("6b1f0c52-role-secret")]), words)
    assert.strictEqual(quotable(words, []), words)
    assert.notInclude(quotable("no 6b1f0c52", [Redacted.make("6b1f0c52-role-secret")]), "6b1f0c52")
  })
})
