import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Unreachable } from "../../src/vault/ReachReason.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { dead, nameOf, type Operator, withAuth } from "../kit/OperatorVault.ts"

const away = new VaultError({ reason: new Unreachable({ address: "http://vault.test", detail: "refused" }) })

describe("a session", () => {
  it.effect("is not made before it is needed, and is made once for all who ask at once", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withAuth({ token: "operator", delay: "1 second" }, (auth, log) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(log, [])
          const asking = yield* Effect.forkChild(
            Effect.all(
              Array.from({ length: 50 }, () => auth.session("mcp")),
              { concurrency: "unbounded" },
            ),
            { startImmediately: true },
          )
          yield* TestClock.adjust("1 second")
          return [...(yield* Fiber.join(asking)), yield* auth.session("mcp")]
        }),
      )
      assert.deepStrictEqual([...new Set(value.map(nameOf))], ["child-1"])
      assert.deepStrictEqual(log, ["lookup operator", "create under operator", "revoke child-1"])
    }),
  )

  it.effect("is one per principal", () =>
    Effect.gen(function* () {
      yield* withAuth({ token: "operator" }, (auth) =>
        Effect.gen(function* () {
          assert.notStrictEqual(nameOf(yield* auth.session("a")), nameOf(yield* auth.session("b")))
          assert.deepStrictEqual(
            (yield* auth.sessions).map(({ principal }) => principal),
            ["a", "b"],
          )
        }),
      )
    }),
  )

  it.effect("goes on being made when the one who asked first goes away", () =>
    Effect.gen(function* () {
      yield* withAuth({ token: "operator", delay: "1 second" }, (auth) =>
        Effect.gen(function* () {
          const first = yield* Effect.forkChild(auth.session("mcp"), { startImmediately: true })
          const second = yield* Effect.forkChild(auth.session("mcp"), { startImmediately: true })
          yield* Fiber.interrupt(first)
          yield* TestClock.adjust("1 second")
          assert.strictEqual(nameOf(yield* Fiber.join(second)), "child-1")
        }),
      )
    }),
  )

  it.effect("that could not be made is tried anew by the next who asks", () =>
    Effect.gen(function* () {
      const operator: Operator = { token: undefined }
      yield* withAuth(operator, (auth) =>
        Effect.gen(function* () {
          assert.strictEqual((yield* Effect.flip(auth.session("mcp"))).code, "vault_token_missing")
          operator.token = "operator"
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "child-1")
        }),
      )
    }),
  )

  it.effect("with the operator's own token follows a new login", () =>
    Effect.gen(function* () {
      const operator: Operator = { token: "first", mayCreate: false }
      const { log } = yield* withAuth(operator, (auth) =>
        Effect.gen(function* () {
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "first")
          operator.token = "second"
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "second")
        }),
      )
      assert.notInclude(log.join(), "revoke")
    }),
  )
})

describe("the heartbeat", () => {
  it.effect("renews a child at two thirds of its life, as long as the layer lives", () =>
    Effect.gen(function* () {
      const { log } = yield* withAuth({ token: "operator" }, (auth, log) =>
        Effect.gen(function* () {
          yield* auth.session("mcp")
          yield* TestClock.adjust("599 seconds")
          assert.notInclude(log, "renew child-1")
          yield* TestClock.adjust("8 hours")
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "child-1")
        }),
      )
      assert.strictEqual(log.filter((line) => line === "renew child-1").length, 48)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(log.filter((line) => line === "renew child-1").length, 48)
    }),
  )

  it.effect("waits, more and more patiently, for a Vault that is away, and goes on when it is back", () =>
    Effect.gen(function* () {
      yield* withAuth({ token: "operator", renew: (nth) => (nth <= 3 ? away : Duration.minutes(15)) }, (auth, log) =>
        Effect.gen(function* () {
          yield* auth.session("mcp")
          yield* TestClock.adjust("15 minutes")
          assert.strictEqual(log.filter((line) => line === "renew child-1").length, 4)
          yield* TestClock.adjust("5 minutes")
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "child-1")
        }),
      )
    }),
  )

  it.effect("gives a child up when its life ran out or Vault calls it dead: the next who asks gets another", () =>
    Effect.gen(function* () {
      for (const reason of [dead, away]) {
        const { log } = yield* withAuth({ token: "operator", renew: () => reason }, (auth) =>
          Effect.gen(function* () {
            yield* auth.session("mcp")
            yield* TestClock.adjust("16 minutes")
            assert.deepStrictEqual(yield* auth.sessions, [])
            assert.strictEqual(nameOf(yield* auth.session("mcp")), "child-2")
          }),
        )
        assert.notInclude(log, "revoke child-1")
      }
    }),
  )

  it.effect("replaces a child near its maximum before the end, and gives both back", () =>
    Effect.gen(function* () {
      const renew = (nth: number) => Duration.minutes(nth === 1 ? 15 : 3)
      const { closed, log } = yield* withAuth({ token: "operator", renew }, (auth) =>
        Effect.gen(function* () {
          yield* auth.session("mcp")
          yield* TestClock.adjust("22 minutes")
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "child-2")
        }),
      )
      yield* Fiber.join(closed)
      assert.includeMembers([...log], ["revoke child-1", "revoke child-2"])
    }),
  )
})

describe("a session that Vault called dead", () => {
  it.effect("is replaced once for all who noticed", () =>
    Effect.gen(function* () {
      const { log } = yield* withAuth({ token: "operator", delay: "1 second" }, (auth) =>
        Effect.gen(function* () {
          const first = yield* Effect.forkChild(auth.session("mcp"), { startImmediately: true })
          yield* TestClock.adjust("1 second")
          const old = yield* Fiber.join(first)
          const asking = yield* Effect.forkChild(
            Effect.all(
              Array.from({ length: 20 }, () => auth.renewed("mcp", old)),
              { concurrency: "unbounded" },
            ),
            { startImmediately: true },
          )
          yield* TestClock.adjust("1 second")
          const fresh = yield* Fiber.join(asking)
          assert.deepStrictEqual([...new Set(fresh.map(nameOf))], ["child-2"])
          assert.strictEqual(nameOf(yield* auth.renewed("mcp", old)), "child-2")
        }),
      )
      assert.strictEqual(log.filter((line) => line.startsWith("create")).length, 2)
    }),
  )

  it.effect("ends in the word to log in again when the parent is dead too, without a loop", () =>
    Effect.gen(function* () {
      const operator: Operator = { token: "operator" }
      const { log } = yield* withAuth(operator, (auth) =>
        Effect.gen(function* () {
          const old = yield* auth.session("mcp")
          operator.lookup = dead
          const error = yield* Effect.flip(auth.renewed("mcp", old))
          assert.include(error.message, "vault login")
        }),
      )
      assert.strictEqual(log.filter((line) => line.startsWith("lookup")).length, 2)
    }),
  )

  it.effect("and is the operator's own is not tried again until there is another", () =>
    Effect.gen(function* () {
      const operator: Operator = { token: "first", mayCreate: false }
      yield* withAuth(operator, (auth, log) =>
        Effect.gen(function* () {
          const old = yield* auth.session("mcp")
          assert.strictEqual((yield* Effect.flip(auth.renewed("mcp", old))).code, "vault_token_dead")
          assert.strictEqual(log.length, 1)
          operator.token = "second"
          assert.strictEqual(nameOf(yield* auth.renewed("mcp", old)), "second")
        }),
      )
    }),
  )
})
