/**
 * Limits that hold together: of the run, of an account, of an agent, of a step. A unit begins when all of its limits have
 * room, and holds none of them while it waits for another: a narrow step keeps nobody else out.
 */
import { Effect } from "effect"

/** A limit, and how much of it is taken. */
export interface Limit {
  readonly most: number
  taken: number
}

/** A limit of so many at once. */
export const limitOf = (most: number): Limit => ({ most, taken: 0 })

/**
 * An account's part of the whole. What comes free is for those that wait with less than `fair`; more, up to `most`, an
 * account takes only of what is left then. So the others go on, with their own part at least, while accounts hang that
 * waited beside them from the beginning.
 */
export interface Share {
  readonly fair: number
  readonly most: number
  taken: number
  waiting: number
}

/** Runs an effect when there is room for it. */
export type WithRoom = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

interface Waiter {
  readonly limits: ReadonlyArray<Limit>
  readonly share: Share | undefined
  readonly go: () => void
}

/** One run's limits. Who came first goes first, as far as there is room for it. */
export const makeRoom = (whole: Limit): ((share: Share | undefined, ...others: ReadonlyArray<Limit>) => WithRoom) => {
  const waiting = new Set<Waiter>()
  const shares = new Set<Share>()
  /** What is waited for by right. Whoever has less than its own part does not ask for this. */
  const kept = (): number => {
    let sum = 0
    for (const { fair, taken, waiting } of shares) if (waiting > 0 && taken < fair) sum += fair - taken
    return sum
  }
  const fits = (limits: ReadonlyArray<Limit>, share: Share | undefined, others: number): boolean =>
    limits.every(({ most, taken }) => taken < most) &&
    (share === undefined || share.taken < share.fair || (share.taken < share.most && whole.most - whole.taken > others))
  const change = (limits: ReadonlyArray<Limit>, share: Share | undefined, by: 1 | -1): void => {
    for (const limit of limits) limit.taken += by
    if (share !== undefined) share.taken += by
  }
  const waits = (waiter: Waiter, yes: boolean): void => {
    if (yes) waiting.add(waiter)
    else if (!waiting.delete(waiter)) return
    if (waiter.share !== undefined) waiter.share.waiting += yes ? 1 : -1
  }
  const leave = (limits: ReadonlyArray<Limit>, share: Share | undefined): void => {
    change(limits, share, -1)
    let others = kept()
    for (const waiter of waiting) {
      if (whole.taken >= whole.most) return
      if (!fits(waiter.limits, waiter.share, others)) continue
      waits(waiter, false)
      change(waiter.limits, waiter.share, 1)
      others = kept()
      waiter.go()
    }
  }
  return (share, ...others) => {
    const limits = [whole, ...others]
    if (share !== undefined) shares.add(share)
    const enter = Effect.callback<void>((resume) => {
      if (fits(limits, share, kept())) {
        change(limits, share, 1)
        return resume(Effect.void)
      }
      const waiter: Waiter = { limits, share, go: () => resume(Effect.void) }
      waits(waiter, true)
      return Effect.sync(() => waits(waiter, false))
    })
    return (effect) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.andThen(
          restore(enter),
          Effect.ensuring(
            restore(effect),
            Effect.sync(() => leave(limits, share)),
          ),
        ),
      )
  }
}
