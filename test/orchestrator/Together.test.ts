/** Many small writes as a few large ones. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { together } from "../../src/orchestrator/Together.ts"

/** A writer that keeps what it was given, batch by batch. */
const kept = () => {
  const batches: Array<ReadonlyArray<number>> = []
  const write = (values: ReadonlyArray<number>) => Effect.sync(() => void batches.push([...values]))
  return { batches, write }
}

const all = <E>(put: (value: number) => Effect.Effect<void, E>, values: ReadonlyArray<number>) =>
  Effect.forEach(values, (value) => Effect.exit(put(value)), { concurrency: "unbounded" })

describe("writes that come together", () => {
  it.effect("are one, in the order in which they came, and all wait for its end", () =>
    Effect.gen(function* () {
      const { batches, write } = kept()
      const gate = yield* Deferred.make<void>()
      const put = together((values: ReadonlyArray<number>) => Effect.andThen(Deferred.await(gate), write(values)))
      const going = yield* Effect.forEach([1, 2, 3], (value) => Effect.forkChild(put(value)))
      for (let turn = 0; turn < 10; turn++) yield* Effect.yieldNow
      assert.deepStrictEqual(
        going.map((fiber) => fiber.pollUnsafe()),
        [undefined, undefined, undefined],
      )
      yield* Deferred.succeed(gate, undefined)
      yield* Effect.forEach(going, Fiber.join)
      assert.deepStrictEqual(batches, [[1, 2, 3]])
    }),
  )

  it.effect("end in the order in which they came, and what follows one goes with the next", () =>
    Effect.gen(function* () {
      const { batches, write } = kept()
      const put = together(write)
      const ended: Array<number> = []
      const twice = (value: number) =>
        Effect.gen(function* () {
          yield* put(value)
          ended.push(value)
          yield* put(value + 10)
          ended.push(value + 10)
        })
      yield* Effect.forEach([1, 2, 3], twice, { concurrency: "unbounded" })
      assert.deepStrictEqual(ended, [1, 2, 3, 11, 12, 13])
      assert.deepStrictEqual(batches, [
        [1, 2, 3],
        [11, 12, 13],
      ])
    }),
  )

  it.effect("fail together, and the next do not", () =>
    Effect.gen(function* () {
      let full = true
      const { batches, write } = kept()
      const put = together((values: ReadonlyArray<number>) =>
        Effect.suspend(() => (full ? Effect.fail("full") : write(values))),
      )
      assert.deepStrictEqual(yield* all(put, [1, 2]), [Exit.fail("full"), Exit.fail("full")])
      full = false
      assert.deepStrictEqual(yield* all(put, [3]), [Exit.void])
      assert.deepStrictEqual(batches, [[3]])
    }),
  )

  it.effect("are done when whoever came first, or later, stops waiting", () =>
    Effect.gen(function* () {
      const { batches, write } = kept()
      const put = together(write)
      const going = yield* Effect.forEach([1, 2, 3], (value) =>
        Effect.forkChild(put(value), { startImmediately: true }),
      )
      yield* Effect.forEach(going.slice(0, 2), Fiber.interrupt)
      yield* Effect.forEach(going.slice(2), Fiber.join)
      assert.deepStrictEqual(batches, [[1, 2, 3]])
    }),
  )

  it.effect("are all written, whoever is interrupted whenever", () =>
    Effect.gen(function* () {
      for (let round = 0; round < 40; round++) {
        const { batches, write } = kept()
        const put = together(write)
        const going = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, value) => value),
          (value) => Effect.forkChild(Effect.andThen(value % 3 === 0 ? Effect.yieldNow : Effect.void, put(value))),
        )
        for (let turn = 0; turn < round % 5; turn++) yield* Effect.yieldNow
        const gone = going.filter((_, nth) => (nth * 7 + round) % 4 === 0)
        yield* Effect.forEach(gone, Fiber.interrupt, { concurrency: "unbounded" })
        const stayed = going.flatMap((fiber, nth) => (gone.includes(fiber) ? [] : [nth]))
        yield* Effect.forEach(stayed, (nth) => Effect.flatMap(Effect.fromNullishOr(going[nth]), Fiber.join))
        yield* put(99)
        assert.includeMembers(batches.flat(), [...stayed, 99])
        assert.strictEqual(new Set(batches.flat()).size, batches.flat().length)
      }
    }),
  )

  it.effect("die together", () =>
    Effect.gen(function* () {
      const put = together(() => Effect.die("broken"))
      assert.deepStrictEqual(yield* all(put, [1, 2]), [Exit.die("broken"), Exit.die("broken")])
    }),
  )
})
