/** What the manager knows of one target. Mutable on purpose: each change is one synchronous step of one process. */
import { DateTime, type Deferred, type Duration } from "effect"
import { between, type Moment } from "./Age.ts"
import type { Held } from "./Held.ts"
import type { LeaseError } from "./LeaseError.ts"
import type { LeaseTarget } from "./LeaseModel.ts"
import { IN_USE } from "./Renewal.ts"

export interface Entry {
  readonly key: string
  readonly target: LeaseTarget
  /** The TTL to ask for; a refresh may set another until the next refresh. */
  ttl: Duration.Duration
  held: Held | undefined
  /** The request under way, if there is one; everybody who needs a lease waits for it. */
  issuing: Deferred.Deferred<Held, LeaseError> | undefined
  lastUsed: Moment
  /** When the upkeep will act next (wall clock, milliseconds); absent when it sleeps until the next call, or is off. */
  nextRefresh: number | undefined
  /** Names the upkeep at work: the end of one that was replaced says nothing about its successor. */
  upkeep: object | undefined
}

export const makeEntry = (key: string, target: LeaseTarget, at: Moment): Entry => ({
  key,
  target,
  ttl: target.ttl,
  held: undefined,
  issuing: undefined,
  lastUsed: at,
  nextRefresh: undefined,
  upkeep: undefined,
})

/** Whether the entry was called within the last 15 minutes. */
export const inUse = (entry: Entry, at: Moment): boolean => between(entry.lastUsed, at) <= IN_USE

/** When the upkeep will act next, for people. */
export const nextRefreshOf = (entry: Entry): DateTime.Utc | undefined =>
  entry.nextRefresh === undefined ? undefined : DateTime.makeUnsafe(entry.nextRefresh)
