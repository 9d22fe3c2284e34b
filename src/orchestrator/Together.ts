/** Many small writes as a few large ones, for a store whose every transaction costs more than what is in it. */
import { Deferred, Effect, type Scope } from "effect"

/** Values that wait to be written, and how that ended. */
interface Batch<A, E> {
  readonly values: Array<A>
  readonly written: Deferred.Deferred<void, E>
}

/**
 * A way to write one value that ends when it is written: all that come before this thread has a moment go at once, in the
 * order in which they came, and fail together when `write` does. Who stops waiting takes nothing back. What waits when the
 * present scope ends is still written.
 */
export const together = Effect.fnUntraced(function* <A, E>(
  write: (values: ReadonlyArray<A>) => Effect.Effect<void, E>,
): Effect.fn.Return<(value: A) => Effect.Effect<void, E>, never, Scope.Scope> {
  const scope = yield* Effect.scope
  let waiting: Batch<A, E> | undefined
  const flush = (batch: Batch<A, E>) =>
    Effect.yieldNow.pipe(
      Effect.andThen(
        Effect.suspend(() => {
          waiting = undefined
          return write(batch.values)
        }),
      ),
      Effect.onExit((exit) => Deferred.done(batch.written, exit)),
      Effect.exit,
      Effect.uninterruptible,
    )
  return (value) =>
    Effect.suspend(() => {
      if (waiting !== undefined) {
        waiting.values.push(value)
        return Deferred.await(waiting.written)
      }
      const batch: Batch<A, E> = { values: [value], written: Deferred.makeUnsafe() }
      waiting = batch
      return Effect.andThen(
        Effect.forkIn(flush(batch), scope, { startImmediately: true }),
        Deferred.await(batch.written),
      )
    })
})
