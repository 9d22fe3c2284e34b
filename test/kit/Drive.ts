/** Moves the test's clock while real work (files, modules, hashes) goes on between its steps. */
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

/** Lets what is ready in the event loop run. */
const turn = Effect.promise(() => new Promise<void>((resolve) => void setImmediate(resolve)))

/** Steps of 100 ms of the test's time until so; fails after five minutes of that. */
export const until = Effect.fnUntraced(function* (so: () => boolean) {
  for (let step = 0; !so(); step++) {
    if (step > 3000) return yield* Effect.die(new Error("it did not come to that"))
    yield* turn
    yield* TestClock.adjust("100 millis")
  }
})

/** Runs the effect to its end, however long it sleeps. */
export const driven = Effect.fnUntraced(function* <A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
  yield* until(() => fiber.pollUnsafe() !== undefined)
  return yield* Fiber.join(fiber)
})
