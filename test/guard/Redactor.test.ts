import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { formsOf, Redactor } from "../../src/guard/Redactor.ts"

const Secret = Schema.String.check(Schema.isPattern(/^[\w/+=."'%&é-]{12,80}$/))

describe("Redactor", () => {
  it.effect.prop(
    "a watched secret is found in every form it may be written in, and is free again after its scope",
    { secret: Secret, around: Schema.String },
    ({ around, secret }) =>
      Effect.gen(function* () {
        const redactor = yield* Redactor
        for (const form of formsOf(secret)) {
          const text = `${around} ${form} ${around}`
          yield* Effect.scoped(
            Effect.gen(function* () {
              yield* redactor.watch(Redacted.make(secret))
              assert.notInclude(redactor.text(text), form)
              assert.notInclude(JSON.stringify(redactor.data({ [form]: [text] })), JSON.stringify(form).slice(1, -1))
            }),
          )
          assert.deepStrictEqual(redactor.data([text]), [text])
        }
      }).pipe(Effect.provide(Redactor.layer)),
    { arbitrary: { runs: 300, size: 60 } },
  )

  it.effect("two holders of one secret keep it watched until both let go", () =>
    Effect.gen(function* () {
      const redactor = yield* Redactor
      const secret = Redacted.make("a-long-shared-secret")
      const seen = () => redactor.text(`x ${Redacted.value(secret)}`)
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* redactor.watch(secret)
          yield* Effect.scoped(redactor.watch(secret))
          assert.notInclude(seen(), "shared")
        }),
      )
      assert.include(seen(), "shared")
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.effect("secrets are known by their shape, wherever they come from", () =>
    Effect.gen(function* () {
      const redactor = yield* Redactor
      const cases = [
        ["token hvs.CAESIJlU02LQZq3h4rJ-_aaaaaaaaaaaaaa here", "hvs.CAES"],
        ["X-Vault-Token: s.abcdefghijklmnopqrstuvwx", "s.abcdef"],
        [`{"secret_key":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}`, "wJalr"],
        ["aws_secret_access_key = wJalrXUtnFEMIK7MDENG", "wJalr"],
        ["https://b.s3.amazonaws.com/k?X-Amz-Security-Token=FwoGZXIvYXdz&X-Amz-Signature=deadbeef", "FwoGZ"],
        ["Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/2026, SignedHeaders=host, Signature=abcdef", "abcdef"],
        ["-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIE"],
      ] as const
      for (const [text, secret] of cases) {
        assert.notInclude(redactor.text(text), secret)
        assert.include(redactor.text(text), "[redacted]")
      }
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.effect("ordinary words and data stay as they are", () =>
    Effect.gen(function* () {
      const redactor = yield* Redactor
      const data = { key: "logs/2026/a.json", tags: [{ Name: "web-1" }], n: 5, none: null }
      assert.strictEqual(redactor.data(data), data)
      assert.strictEqual(redactor.text("bucket acme-config is in eu-west-1"), "bucket acme-config is in eu-west-1")
    }).pipe(Effect.provide(Redactor.layer)),
  )
})
