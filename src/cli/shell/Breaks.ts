/** Ctrl-C while work goes on: whose it is. */
import { Effect } from "effect"

export interface Breaks {
  /** Ends when Ctrl-C is pressed and is this listener's. */
  readonly broken: Effect.Effect<void>
  readonly press: () => void
}

/**
 * A press is for whoever began to listen last: what is innermost knows best how to end. It deals with it, so those
 * around it do not hear of it, nor of later ones; whoever wants another listens again.
 */
export const makeBreaks = (): Breaks => {
  const listening = new Set<() => void>()
  return {
    broken: Effect.callback<void>((resume) => {
      const tell = (): void => resume(Effect.void)
      listening.add(tell)
      return Effect.sync(() => void listening.delete(tell))
    }),
    press: () => {
      const last = [...listening].at(-1)
      listening.clear()
      last?.()
    },
  }
}
