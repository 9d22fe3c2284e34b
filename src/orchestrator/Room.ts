/**
 * Limits that hold together: of the run, of an account, of a step. A unit begins when all of its limits have room, and
 * holds none of them while it waits for another: a narrow step or an account that hangs keeps nobody else out.
 */
import { Effect } from "effect"

/** A limit, and how much of it is taken. */
export interface Limit {
  readonly most: number
  taken: number
}

/** A limit of so many at once. */
export const limitOf = (most: number): Limit => ({ most, taken: 0 })

/** Runs an effect when there is room for it. */
export type WithRoom = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

interface Waiter {
  readonly limits: ReadonlyArray<Limit>
  readonly go: () => void
}

/** One run's limits. Who came first goes first, as far as there is room for it. */
export const makeRoom = (whole: Limit): ((...others: ReadonlyArray<Limit>) => WithRoom) => {
  const waiting = new Set<Waiter>()
  const fits = (limits: ReadonlyArray<Limit>): boolean => limits.every(({ most, taken }) => taken < most)
  const change = (limits: ReadonlyArray<Limit>, by: 1 | -1): void => {
    for (const limit of limits) limit.taken += by
  }
  const leave = (limits: ReadonlyArray<Limit>): void => {
    change(limits, -1)
    for (const waiter of waiting) {
      if (whole.taken >= whole.most) return
      if (!fits(waiter.limits)) continue
      waiting.delete(waiter)
      change(waiter.limits, 1)
      waiter.go()
    }
  }
  return (...others) => {
    const limits = [whole, ...others]
    const enter = Effect.callback<void>((resume) => {
      if (fits(limits)) {
        change(limits, 1)
        return resume(Effect.void)
      }
      const waiter: Waiter = { limits, go: () => resume(Effect.void) }
      waiting.add(waiter)
      return Effect.sync(() => void waiting.delete(waiter))
    })
    return (effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.andThen(
          restore(enter),
          Effect.ensuring(
            restore(effect),
            Effect.sync(() => leave(limits)),
          ),
        ),
      )
  }
}
