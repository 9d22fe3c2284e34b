/**
 * Trouble on demand, for tests and demonstrations: a fault stands for the next matching requests of a half of the
 * sandbox and is answered instead of them (or delays them). Reached in-process only, never over the wire.
 */
import { Effect, Ref } from "effect"
import type { WireHandler, WireRequest, WireResponse } from "./Wire.ts"

/** What happens to a request that matches. */
export interface Fault {
  readonly matches: (request: WireRequest) => boolean
  /** How many requests it stands for. */
  readonly times: number
  /** `answer`: say this instead · `lose`: do the work, then close the connection without an answer · `hang`: never answer. */
  readonly does:
    | { readonly _tag: "answer"; readonly response: WireResponse }
    | { readonly _tag: "lose" }
    | { readonly _tag: "hang" }
}

/** The faults of one half, in the order they were set. */
export type Faults = Ref.Ref<ReadonlyArray<Fault>>

/** No faults. */
export const makeFaults: Effect.Effect<Faults> = Ref.make<ReadonlyArray<Fault>>([])

/** Adds a fault behind those that stand. */
export const addFault = (faults: Faults, fault: Fault): Effect.Effect<void> =>
  Ref.update(faults, (all) => [...all, fault])

const take = (faults: Faults, request: WireRequest): Effect.Effect<Fault | undefined> =>
  Ref.modify(faults, (all) => {
    const hit = all.find((fault) => fault.times > 0 && fault.matches(request))
    const rest = all
      .map((fault) => (fault === hit ? { ...fault, times: fault.times - 1 } : fault))
      .filter((fault) => fault.times > 0)
    return [hit, rest] as const
  })

/** A half that suffers the faults set for it. */
export const withFaults = (faults: Faults, handler: WireHandler): WireHandler =>
  Effect.fnUntraced(function* (request) {
    const fault = yield* take(faults, request)
    if (fault === undefined) return yield* handler(request)
    switch (fault.does._tag) {
      case "answer":
        return fault.does.response
      case "lose":
        yield* handler(request)
        return { closed: true as const }
      case "hang":
        return yield* Effect.never
    }
  })
