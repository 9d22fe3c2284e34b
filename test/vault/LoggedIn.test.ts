import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Redacted } from "effect"
import { TestClock } from "effect/testing"
import type { TokenGrant } from "../../src/vault/VaultModel.ts"
import { dead, denied, nameOf, type Operator, withAuth } from "../kit/OperatorVault.ts"

/** Logins that give `login-1`, `login-2`, … */
const logins = (more: Partial<TokenGrant> = {}) => {
  let n = 0
  return Effect.sync((): TokenGrant => {
    n++
    return {
      token: Redacted.make(`login-${n}`),
      accessor: `acc-${n}`,
      policies: ["agent"],
      ttl: Duration.hours(8),
      renewable: true,
      warnings: [],
      ...more,
    }
  })
}

/** No token is handed in. */
const own = (more: Partial<Operator> = {}): Operator => ({ token: undefined, logIn: logins(), ...more })

describe("a login's token", () => {
  it.effect("is this program's own: made to live 15 minutes at a time, kept alive, revoked at the end", () =>
    Effect.gen(function* () {
      const { closed, log } = yield* withAuth(own(), (auth, log) =>
        Effect.gen(function* () {
          const session = yield* auth.session("mcp")
          assert.isTrue(session.owned)
          assert.deepStrictEqual(log, ["lookup login-1", "renew login-1"])
          yield* TestClock.adjust("11 minutes")
          assert.strictEqual(log.filter((line) => line === "renew login-1").length, 2)
        }),
      )
      yield* Fiber.join(closed)
      assert.strictEqual(log.at(-1), "revoke login-1")
      assert.notInclude(log.join(), "create")
    }),
  )

  it.effect(
    "that may not be renewed is replaced by a new login at two thirds of its life, and the old one goes with its end",
    () =>
      Effect.gen(function* () {
        const { closed, log } = yield* withAuth(
          own({ logIn: logins({ renewable: false, ttl: Duration.minutes(60) }) }),
          (auth) =>
            Effect.gen(function* () {
              const first = yield* auth.session("mcp")
              yield* TestClock.adjust("39 minutes")
              assert.strictEqual(nameOf(yield* auth.session("mcp")), "login-1")
              yield* TestClock.adjust("2 minutes")
              assert.strictEqual(yield* first.ended, "retiring")
              assert.strictEqual(nameOf(yield* auth.session("mcp")), "login-2")
              yield* TestClock.adjust("20 minutes")
            }),
        )
        yield* Fiber.join(closed)
        assert.deepStrictEqual(
          log.filter((line) => line.startsWith("revoke")),
          ["revoke login-2"],
          "the first ended by itself",
        )
      }),
  )

  it.effect("that died is replaced by one login for all who noticed", () =>
    Effect.gen(function* () {
      const { log } = yield* withAuth(own(), (auth) =>
        Effect.gen(function* () {
          const old = yield* auth.session("mcp")
          const fresh = yield* Effect.forEach(Array.from({ length: 20 }), () => auth.renewed("mcp", old), {
            concurrency: "unbounded",
          })
          assert.deepStrictEqual([...new Set(fresh.map(nameOf))], ["login-2"])
        }),
      )
      assert.strictEqual(log.filter((line) => line.startsWith("lookup")).length, 2)
    }),
  )

  it.effect("with counted uses is given back and refused", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withAuth(own({ info: { numUses: 3 } }), (auth) => Effect.flip(auth.session("mcp")))
      assert.strictEqual(value.code, "vault_token_unsuitable")
      assert.deepStrictEqual(log, ["lookup login-1", "revoke login-1"])
    }),
  )

  it.effect("of the batch kind works, is told to be limited, and is neither renewed nor revoked", () =>
    Effect.gen(function* () {
      const { closed, log } = yield* withAuth(
        own({ info: { type: "batch" }, logIn: logins({ renewable: false, accessor: undefined }) }),
        (auth) =>
          Effect.gen(function* () {
            const session = yield* auth.session("mcp")
            assert.isFalse(session.owned)
            assert.include(session.warnings.join(), "token_type=service")
            assert.strictEqual(nameOf(yield* auth.session("mcp")), "login-1", "it stays in use")
            yield* TestClock.adjust("6 hours")
            assert.strictEqual(nameOf(yield* auth.session("mcp")), "login-2")
          }),
      )
      yield* Fiber.join(closed)
      assert.deepStrictEqual(log, ["lookup login-1", "lookup login-2"])
    }),
  )

  it.effect("that may neither look itself up nor renew itself is used as it is", () =>
    Effect.gen(function* () {
      yield* withAuth(own({ lookup: denied, renew: () => denied }), (auth) =>
        Effect.gen(function* () {
          assert.isTrue((yield* auth.session("mcp")).owned)
          yield* TestClock.adjust("5 hours")
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "login-1")
        }),
      )
    }),
  )

  it.effect("is never made when the login fails, and the next who asks tries again", () =>
    Effect.gen(function* () {
      let n = 0
      const once = Effect.suspend(() => (++n === 1 ? Effect.fail(dead) : logins()))
      yield* withAuth(own({ logIn: once }), (auth) =>
        Effect.gen(function* () {
          yield* Effect.flip(auth.session("mcp"))
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "login-1")
        }),
      )
    }),
  )
})
