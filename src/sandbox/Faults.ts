/**
 * Trouble on demand, for tests and demonstrations. A fault stands at one half of the sandbox and happens to the requests
 * it is for, so many times. Faults stand in the order they were added: a request goes through each that is for it until
 * one answers by itself, so that a slow Vault can be a sealed one, too. What they do is in the folder `faults`.
 */
import { Effect } from "effect"
import type { AwsHalf } from "./aws/Server.ts"
import { targetOf } from "./faults/Target.ts"
import type { Operate } from "./Operate.ts"
import type { WireHandler, WireRequest, WireResponse } from "./Wire.ts"

/** The two servers of a sandbox. */
export type Half = "vault" | "aws"

/** What a fault can work with beside the request. */
export interface Backstage {
  readonly aws: Pick<AwsHalf, "identity" | "refuse">
  readonly operate: Operate
  /** Work that goes on after the answer, at most until the sandbox ends. */
  readonly later: (work: Effect.Effect<unknown>) => Effect.Effect<void>
}

/** A request that a fault happens to. */
export interface Scene {
  readonly half: Half
  readonly request: WireRequest
  /** What would happen without this fault: the faults behind it, and then the half. */
  readonly rest: WireHandler
  readonly backstage: Backstage
}

/** A kind of trouble, before it is said where and how often. `H`: the halves where it makes sense. */
export interface Trouble<H extends Half = Half> {
  /** It stands at the first one unless it is told where. */
  readonly halves: readonly [H, ...ReadonlyArray<H>]
  /**
   * The requests it can happen to; others are neither touched nor counted. Absent: all of them, health checks included,
   * as a server that hangs hangs for these, too. Refusals of Vault's own leave its status endpoints alone.
   */
  readonly happensTo?: (request: WireRequest) => boolean
  readonly does: (scene: Scene) => Effect.Effect<WireResponse>
  /** Milliseconds by which the half's clock is off while this stands, whatever is asked. */
  readonly skew?: number
}

/** Where trouble stands, and how often it happens. */
export interface Where<H extends Half = Half> {
  readonly half?: H
  /** Only requests with this in their {@link targetOf}. */
  readonly about?: string
  /** How many requests it happens to; until it is cleared when absent. */
  readonly times?: number
}

/** Trouble at its place. */
export interface Fault {
  readonly half: Half
  readonly matches: (request: WireRequest) => boolean
  readonly times: number
  readonly does: Trouble["does"]
  readonly skew: number
}

/** Puts trouble somewhere. */
export const fault = <H extends Half>(trouble: Trouble<H>, where: Where<H> = {}): Fault => {
  const { about = "", half = trouble.halves[0], times = Infinity } = where
  const { does, happensTo = () => true, skew = 0 } = trouble
  return {
    half,
    times,
    does,
    skew,
    matches: (request) => happensTo(request) && targetOf(half, request).includes(about),
  }
}

/** A fault that was set. `left`: how often it still happens; changed only between two yields of a fiber. */
interface Standing {
  readonly fault: Fault
  left: number
}

/** The faults of a sandbox. */
export interface Faults {
  /** Puts faults behind those that stand. */
  readonly add: (...faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  /** Puts faults in place of those that stand; without any, all is well again. A request that hangs goes on hanging. */
  readonly set: (...faults: ReadonlyArray<Fault>) => Effect.Effect<void>
  /** Milliseconds by which the half's clock is off now. */
  readonly skewOf: (half: Half) => number
  /** The half as it is with the faults that stand at the time of a request. */
  readonly over: (half: Half, handler: WireHandler, backstage: Backstage) => WireHandler
}

/** No faults yet. */
export const makeFaults = (): Faults => {
  let standing: ReadonlyArray<Standing> = []
  const add: Faults["add"] = (...faults) =>
    Effect.sync(() => {
      const fresh = faults.map((one): Standing => ({ fault: one, left: one.times }))
      standing = [...standing.filter(({ left }) => left > 0), ...fresh]
    })
  const clear = Effect.sync(() => {
    // A request that is on its way through them meets them no more.
    for (const one of standing) one.left = 0
    standing = []
  })
  const skewOf: Faults["skewOf"] = (half) =>
    standing.reduce((sum, { fault, left }) => (fault.half === half && left > 0 ? sum + fault.skew : sum), 0)
  const over: Faults["over"] = (half, handler, backstage) => {
    const through =
      (all: ReadonlyArray<Standing>): WireHandler =>
      (request) =>
        Effect.suspend(() => {
          const at = all.findIndex(({ fault, left }) => left > 0 && fault.half === half && fault.matches(request))
          const hit = all[at]
          if (hit === undefined) return handler(request)
          hit.left--
          return hit.fault.does({ half, request, rest: through(all.slice(at + 1)), backstage })
        })
    return (request) => Effect.suspend(() => through(standing)(request))
  }
  return { add, set: (...faults) => Effect.andThen(clear, add(...faults)), skewOf, over }
}
