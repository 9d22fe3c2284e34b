/** Modules that are loaded at their first use. */
import { Effect } from "effect"

/** The module that `load` imports: loaded once, at hand without waiting from then on. */
export const late = <M>(load: () => Promise<M>): Effect.Effect<M> => {
  let loaded: M | undefined
  return Effect.suspend(() =>
    loaded === undefined ? Effect.map(Effect.promise(load), (module) => (loaded = module)) : Effect.succeed(loaded),
  )
}
