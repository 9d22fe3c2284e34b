import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { agentsAlone, roleNamed } from "../kit/Agents.ts"

const crash = { tool: "crash", args: {} }

describe("giving back", () => {
  it.effect("that nobody waits for any more is told by the next one, which waits for it", () =>
    Effect.gen(function* () {
      let asked = 0
      const { log, supervisor } = yield* agentsAlone([roleNamed("aws")], {
        release: () => (++asked === 1 ? Effect.as(Effect.sleep("7 seconds"), "failed") : Effect.succeed("not-owned")),
      })
      yield* Effect.flip(supervisor.submit("aws", crash))
      yield* TestClock.adjust("5 seconds")
      const stopping = yield* Effect.forkChild(supervisor.stop("aws"), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.strictEqual(stopping.pollUnsafe(), undefined)
      assert.strictEqual(log.length, 2, "one at a time")
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* Fiber.join(stopping), { token: "failed", left: ["its token: Vault did not revoke it"] })
    }),
  )

  it.effect("under way when everything ends has half of the last moment, and no more", () =>
    Effect.gen(function* () {
      for (const [takes, ends] of [
        ["100 millis", 99],
        ["1 hour", 150],
      ] as const) {
        const scope = yield* Scope.make()
        const { supervisor } = yield* Scope.provide(
          agentsAlone([roleNamed("aws")], { moment: "300 millis", revoke: () => Effect.as(Effect.sleep(takes), []) }),
          scope,
        )
        yield* Effect.flip(supervisor.submit("aws", crash))
        yield* TestClock.adjust("1 millis")
        const from = yield* Clock.currentTimeMillis
        const closing = yield* Effect.forkChild(
          Effect.andThen(Effect.uninterruptible(Scope.close(scope, Exit.void)), Clock.currentTimeMillis),
          { startImmediately: true },
        )
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(closing)) - from, ends)
      }
    }),
  )
})
