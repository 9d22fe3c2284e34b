/** Limits that hold together: never more than each allows, nobody kept out for nothing, and all given back. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { limitOf, makeRoom } from "../../src/orchestrator/Room.ts"

describe("room", () => {
  it.effect("lets in who has room, in the order they came, though one before has none", () =>
    Effect.gen(function* () {
      const [whole, a] = [limitOf(2), limitOf(1)]
      const room = makeRoom(whole)
      const log: Array<string> = []
      const unit = (name: string) =>
        Effect.andThen(
          Effect.sync(() => void log.push(name)),
          Effect.sleep("1 second"),
        )
      const all = yield* Effect.forkChild(
        Effect.all(
          [
            room(undefined, a)(unit("a1")),
            room(undefined, a)(unit("a2")),
            room(undefined)(unit("b1")),
            room(undefined)(unit("b2")),
          ],
          {
            concurrency: "unbounded",
          },
        ),
        { startImmediately: true },
      )
      yield* TestClock.adjust("0 seconds")
      assert.deepStrictEqual(log, ["a1", "b1"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(log, ["a1", "b1", "a2", "b2"])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(all)
      assert.deepStrictEqual([whole.taken, a.taken], [0, 0])
    }),
  )

  it.effect("is given back by what fails and what is interrupted, and not taken by who stops waiting", () =>
    Effect.gen(function* () {
      const whole = limitOf(1)
      const room = makeRoom(whole)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(room(undefined)(Effect.fail("no")))))
      assert.strictEqual(whole.taken, 0)
      const holder = yield* Effect.forkChild(room(undefined)(Effect.never), { startImmediately: true })
      const waiter = yield* Effect.forkChild(room(undefined)(Effect.void), { startImmediately: true })
      yield* Fiber.interrupt(waiter)
      yield* Fiber.interrupt(holder)
      assert.strictEqual(whole.taken, 0)
      yield* room(undefined)(Effect.void)
    }),
  )

  it.effect(
    "keeps each account's part of it free of accounts that hang, and gives what nobody waits for to whoever does",
    () =>
      Effect.gen(function* () {
        const whole = limitOf(6)
        const room = makeRoom(whole)
        const share = () => ({ fair: 2, most: 3, taken: 0, waiting: 0 })
        const [good, one, two] = [share(), share(), share()]
        const hung = (own: typeof one) => Effect.forkChild(room(own)(Effect.never), { startImmediately: true })
        const first = yield* Effect.forEach([one, two, one, two, one, two], hung)
        let done = 0
        const goods = yield* Effect.forkChild(
          Effect.forEach(
            Array.from({ length: 10 }),
            () =>
              room(good)(
                Effect.andThen(
                  Effect.sleep("1 second"),
                  Effect.sync(() => void done++),
                ),
              ),
            { concurrency: "unbounded" },
          ),
          { startImmediately: true },
        )
        // Before it waited, the others took what was free; what comes back of that is its own.
        assert.deepStrictEqual([one.taken, two.taken, good.taken], [3, 3, 0])
        yield* Fiber.interruptAll(first.slice(0, 2))
        yield* Effect.forEach([one, two, one, two], hung)
        assert.deepStrictEqual([one.taken, two.taken, good.taken], [2, 2, 2])
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(done, 10)
        yield* Fiber.join(goods)
        // Nobody waits but those that hang.
        assert.deepStrictEqual([one.taken, two.taken, good.taken], [3, 3, 0])
      }),
  )

  it.effect.prop(
    "never holds more than any limit, and everybody gets in",
    {
      most: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
      units: Schema.Array(Schema.Literals(["a", "b", "c"])),
    },
    ({ most, units }) =>
      Effect.gen(function* () {
        const whole = limitOf(most)
        const limits = { a: limitOf(1), b: limitOf(2), c: limitOf(3) }
        const room = makeRoom(whole)
        let done = 0
        const unit = Effect.gen(function* () {
          for (const one of [whole, ...Object.values(limits)]) assert.isAtMost(one.taken, one.most)
          yield* Effect.yieldNow
          done++
        })
        yield* Effect.forEach(units, (name) => room(undefined, limits[name])(unit), { concurrency: "unbounded" })
        assert.strictEqual(done, units.length)
        assert.strictEqual(whole.taken, 0)
      }),
    { arbitrary: { runs: 1000, size: 100 } },
  )
})
