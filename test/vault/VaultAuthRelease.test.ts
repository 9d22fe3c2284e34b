import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { dead, denied, withAuth } from "../kit/OperatorVault.ts"

describe("giving back", () => {
  it.effect("revokes the child of one principal and stops its heart; another's lives on", () =>
    Effect.gen(function* () {
      yield* withAuth({ token: "operator" }, (auth, log) =>
        Effect.gen(function* () {
          yield* auth.session("a")
          yield* auth.session("b")
          assert.strictEqual(yield* auth.release("a"), "revoked")
          assert.deepStrictEqual(
            log.filter((line) => line.startsWith("revoke")),
            ["revoke child-1"],
          )
          yield* TestClock.adjust("11 minutes")
          assert.deepStrictEqual(
            log.filter((line) => line.startsWith("renew")),
            ["renew child-2"],
          )
          assert.strictEqual(yield* auth.release("a"), "not-owned")
        }),
      )
    }),
  )

  it.effect("never touches the operator's own token", () =>
    Effect.gen(function* () {
      const { closed, log } = yield* withAuth({ token: "operator", mayCreate: false }, (auth) =>
        Effect.gen(function* () {
          yield* auth.session("mcp")
          assert.strictEqual(yield* auth.release("mcp"), "not-owned")
          yield* auth.session("mcp")
        }),
      )
      yield* Fiber.join(closed)
      assert.notInclude(log.join(), "revoke")
    }),
  )

  it.effect("counts a child that is dead already as given back, and one that Vault refuses as not", () =>
    Effect.gen(function* () {
      for (const [reason, outcome] of [
        [dead, "revoked"],
        [denied, "failed"],
      ] as const) {
        const { value } = yield* withAuth({ token: "operator", revoke: () => Effect.fail(reason) }, (auth) =>
          Effect.andThen(auth.session("mcp"), auth.release("mcp")),
        )
        assert.strictEqual(value, outcome)
      }
    }),
  )

  it.effect("at the end asks for all at once and lets none hold it up for longer than 300 ms", () =>
    Effect.gen(function* () {
      const revoke = (name: string) => (name === "child-1" ? Effect.never : Effect.sleep("100 millis"))
      const { closed, log } = yield* withAuth({ token: "operator", revoke }, (auth) =>
        Effect.forEach(["a", "b", "c"], auth.session),
      )
      const from = yield* Clock.currentTimeMillis
      yield* TestClock.adjust("299 millis")
      assert.includeMembers([...log], ["revoke child-1", "revoke child-2", "revoke child-3"])
      assert.strictEqual(closed.pollUnsafe(), undefined)
      yield* TestClock.adjust("1 millis")
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(closed)))
      assert.strictEqual((yield* Clock.currentTimeMillis) - from, 300)
    }),
  )
})
