/** What VaultAuth keeps for a principal. Mutable on purpose: each change is one synchronous step. */
import type { Deferred, Scope } from "effect"
import type { VaultError } from "./VaultError.ts"
import type { Ended, VaultSession } from "./VaultSession.ts"

/** A session as it is kept: `scope` ends when nobody here holds its token any more; `nth` names its heart. */
export interface Kept extends VaultSession {
  readonly nth: number
  /** Whether the operator handed the token in: it counts for as long as it is the one at hand. */
  readonly handed: boolean
  readonly over: Deferred.Deferred<Ended>
  readonly scope: Scope.Closeable
}

/** What a principal has. */
export interface Holding {
  /** The session in use. */
  current: Kept | undefined
  /** Tokens of ours that are no longer used, or could not be given back, and still live. */
  old: ReadonlyArray<Kept>
  /** The session being made, for whoever waits for it. */
  making: Deferred.Deferred<Kept, VaultError> | undefined
}

/** The tokens of ours that a principal has. */
export const ownOf = (holding: Holding): ReadonlyArray<Kept> =>
  [...holding.old, ...(holding.current === undefined ? [] : [holding.current])].filter((session) => session.owned)
