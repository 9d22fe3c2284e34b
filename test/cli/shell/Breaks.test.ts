import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { makeBreaks } from "../../../src/cli/shell/Breaks.ts"

describe("Ctrl-C while work goes on", () => {
  it.effect("is for whoever began to listen last, and no more for those around it", () =>
    Effect.gen(function* () {
      const { broken, press } = makeBreaks()
      const listen = Effect.forkChild(broken, { startImmediately: true })
      const outer = yield* listen
      const inner = yield* listen
      press()
      yield* Fiber.join(inner)
      press()
      assert.isUndefined(outer.pollUnsafe())
      const again = yield* listen
      press()
      yield* Fiber.join(again)
    }),
  )

  it.effect("is for those around it when what was inside has ended", () =>
    Effect.gen(function* () {
      const { broken, press } = makeBreaks()
      const listen = Effect.forkChild(broken, { startImmediately: true })
      const outer = yield* listen
      yield* Fiber.interrupt(yield* listen)
      press()
      yield* Fiber.join(outer)
    }),
  )
})
