/**
 * What agents do, told while they do it. An event holds names, sizes and redacted text of bounded length; never an
 * argument's value or a result, which go to whoever asked and to nobody else. Who listens too slowly misses the oldest
 * and sees it by the gap in the numbers.
 */
import { Clock, Effect, PubSub, Semaphore, Stream } from "effect"
import type { AgentName } from "../config/Agents.ts"

/** What happened. `task` is the task's number. */
export type Happening =
  | { readonly kind: "started" }
  | { readonly kind: "task"; readonly task: number; readonly what: string }
  | { readonly kind: "call"; readonly task: number; readonly tool: string; readonly args: ReadonlyArray<string> }
  | {
      readonly kind: "progress"
      readonly task: number
      readonly progress: number
      readonly total?: number
      readonly message?: string
    }
  | {
      readonly kind: "result"
      readonly task: number
      readonly outcome: "done" | "failed" | "cancelled"
      /** Why not, for programs. */
      readonly code?: string
      readonly millis: number
    }
  | { readonly kind: "crashed"; readonly what: string; readonly final: boolean }
  | { readonly kind: "restarted"; readonly nth: number }
  /** `left`: what could not be given back, for people. */
  | { readonly kind: "stopped"; readonly left: ReadonlyArray<string> }

/** An event: `seq` counts all agents' from 1 without a gap, `at` is in milliseconds of the clock. */
export type AgentEvent = { readonly seq: number; readonly at: number; readonly agent: AgentName } & Happening

/** Events that a listener may be behind before it misses some. */
const KEPT = 1024
/** Events that a new listener hears of what was before. */
const REPLAYED = 128

/** Where events are told and heard. */
export interface Events {
  readonly emit: (agent: AgentName, happening: Happening) => Effect.Effect<void>
  /** The last events and all that follow, for as long as it is read. */
  readonly stream: Stream.Stream<AgentEvent>
}

/** An empty room of listeners, which ends with the present scope. */
export const makeEvents = Effect.gen(function* () {
  const hub = yield* Effect.acquireRelease(
    PubSub.sliding<AgentEvent>({ capacity: KEPT, replay: REPLAYED }),
    PubSub.shutdown,
  )
  const turn = yield* Semaphore.make(1)
  let seq = 0
  // One at a time, so that the numbers are in order for every listener; never lost to an interruption.
  const emit = (agent: AgentName, happening: Happening) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) =>
      Effect.suspend(() => PubSub.publish(hub, { seq: ++seq, at, agent, ...happening })),
    ).pipe(Semaphore.withPermit(turn), Effect.uninterruptible, Effect.asVoid)
  return { emit, stream: Stream.fromPubSub(hub) } satisfies Events
})
