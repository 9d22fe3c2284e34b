import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { makeWatch } from "../../../src/vault/login/Watch.ts"

const secret = (nth: number) => `secret-number-${String(nth).padStart(4, "0")}-of-the-test`
const under = (body: Effect.Effect<void, never, Redactor>) => body.pipe(Effect.provide(Redactor.layer))

describe("the watch over logins", () => {
  it.effect("holds every secret once while its scope lives, however often it is met", () =>
    under(
      Effect.gen(function* () {
        const redactor = yield* Redactor
        yield* Effect.scoped(
          Effect.gen(function* () {
            const watch = yield* makeWatch
            for (let n = 0; n < 3; n++) yield* watch(Redacted.make(secret(1)), undefined, Redacted.make(secret(2)))
            assert.strictEqual(redactor.data(`${secret(1)} ${secret(2)}`), "[redacted] [redacted]")
          }),
        )
        assert.strictEqual(redactor.data(secret(1)), secret(1))
      }),
    ),
  )

  it.effect("lets go of the secret met longest ago beyond its bound, and of no other", () =>
    under(
      Effect.gen(function* () {
        const redactor = yield* Redactor
        const watch = yield* makeWatch
        for (let n = 0; n < 300; n++) yield* watch(Redacted.make(secret(0)), Redacted.make(secret(n)))
        const held = Array.from({ length: 300 }, (_, n) => n).filter((n) => redactor.data(secret(n)) === "[redacted]")
        assert.deepStrictEqual(held, [0, ...Array.from({ length: 127 }, (_, n) => 173 + n)])
      }).pipe(Effect.scoped),
    ),
  )
})
