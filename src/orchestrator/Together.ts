/** Many small writes as a few large ones, for a store whose every transaction costs more than what is in it. */
import { Deferred, Effect } from "effect"

/** Values that wait to be written, and how that ended. */
interface Batch<A, E> {
  readonly values: Array<A>
  readonly written: Deferred.Deferred<void, E>
}

/**
 * A way to write one value that ends when it is written: all that come before this thread has a moment go at once, in the
 * order in which they came, and fail together when `write` does. Who stops waiting takes nothing back.
 */
export const together = <A, E>(
  write: (values: ReadonlyArray<A>) => Effect.Effect<void, E>,
): ((value: A) => Effect.Effect<void, E>) => {
  let waiting: Batch<A, E> | undefined
  return (value) =>
    // All of it, as an interruption between two steps would leave the others waiting for nobody.
    Effect.uninterruptibleMask((restore) => {
      if (waiting !== undefined) {
        waiting.values.push(value)
        return restore(Deferred.await(waiting.written))
      }
      const batch: Batch<A, E> = { values: [value], written: Deferred.makeUnsafe() }
      waiting = batch
      // The first to come writes for all.
      return Effect.yieldNow.pipe(
        Effect.andThen(
          Effect.suspend(() => {
            waiting = undefined
            return write(batch.values)
          }),
        ),
        // It also goes on first: in its own step the others would overtake it.
        Effect.onExit((exit) => Effect.forkDetach(Deferred.done(batch.written, exit))),
      )
    })
}
