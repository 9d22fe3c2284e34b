import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Schema } from "effect"
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

  const seen = (redactor: Redactor["Service"], secret: string) => redactor.text(`x ${secret}`).includes(secret)
  /** Watches secrets and lets go of them at once. */
  const passing = (redactor: Redactor["Service"], ...secrets: ReadonlyArray<string>) =>
    Effect.forEach(secrets, (secret) => Effect.scoped(redactor.watch(Redacted.make(secret))), { discard: true })

  it.effect("what is let go of during a piece of work stays hidden until it ends, and for no work begun later", () =>
    Effect.gen(function* () {
      const redactor = yield* Redactor
      const [first, second] = ["secret-let-go-first", "secret-let-go-later"]
      yield* passing(redactor, "secret-let-go-before")
      const long = yield* Effect.forkChild(redactor.during(Effect.never), { startImmediately: true })
      yield* passing(redactor, first)
      assert.isFalse(seen(redactor, first))
      const short = yield* Effect.forkChild(redactor.during(Effect.never), { startImmediately: true })
      yield* passing(redactor, second)
      yield* Fiber.interrupt(long)
      assert.isTrue(seen(redactor, first))
      assert.isFalse(seen(redactor, second))
      assert.isTrue(seen(redactor, "secret-let-go-before"))
      yield* Fiber.interrupt(short)
      assert.isTrue(seen(redactor, second))
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.effect("work that ends in any way lets go, and takes no secret from who holds it again", () =>
    Effect.gen(function* () {
      const redactor = yield* Redactor
      const secret = "secret-that-comes-back"
      for (const end of [Effect.void, Effect.fail("no"), Effect.die("no"), Effect.interrupt]) {
        yield* Effect.exit(redactor.during(Effect.andThen(passing(redactor, secret, secret), end)))
        assert.isTrue(seen(redactor, secret))
      }
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* redactor.during(Effect.andThen(passing(redactor, secret), redactor.watch(Redacted.make(secret))))
          assert.isFalse(seen(redactor, secret))
        }),
      )
      assert.isTrue(seen(redactor, secret))
    }).pipe(Effect.provide(Redactor.layer)),
  )

  it.effect("work that never ends holds no more than the last 256", () =>
    Effect.gen(function* () {
      const redactor = yield* Redactor
      const secrets = Array.from({ length: 300 }, (_, n) => `secret-number-${1000 + n}`)
      yield* redactor.during(
        Effect.andThen(
          passing(redactor, ...secrets),
          Effect.sync(() => {
            const hidden = secrets.filter((secret) => !seen(redactor, secret))
            assert.deepStrictEqual(hidden, secrets.slice(-256))
          }),
        ),
      )
      assert.isTrue(secrets.every((secret) => seen(redactor, secret)))
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
