/**
 * Every secret that logins read or receive, shown to the Redactor for as long as the layer lives. Tokens that change
 * with each login would pile up over months: beyond a bound, the one that was met longest ago is let go.
 */
import { Effect, Exit, Redacted, Scope } from "effect"
import { Redactor } from "../../guard/Redactor.ts"
import type { VaultToken } from "../VaultModel.ts"

/** Distinct secrets; a login has at most five, and none of them outlives so many logins. */
const MOST = 128

/** How secrets come under watch; those that are stay so. What is absent is passed over. */
export type Watch = (...secrets: ReadonlyArray<VaultToken | undefined>) => Effect.Effect<void>

/** The watch of the present scope. */
export const makeWatch = Effect.gen(function* () {
  const redactor = yield* Redactor
  const scope = yield* Effect.scope
  const held = new Map<string, Scope.Closeable>()
  const one = Effect.fnUntraced(function* (secret: VaultToken) {
    const value = Redacted.value(secret)
    const own = held.get(value) ?? (yield* Scope.fork(scope))
    if (!held.delete(value)) yield* Scope.provide(redactor.watch(secret), own)
    held.set(value, own) // met last
    const [oldest] = held
    if (held.size <= MOST || oldest === undefined) return
    held.delete(oldest[0])
    yield* Scope.close(oldest[1], Exit.void)
  })
  return ((...secrets) =>
    Effect.uninterruptible(
      Effect.forEach(
        secrets.filter((it) => it !== undefined),
        one,
        { discard: true },
      ),
    )) satisfies Watch
})
