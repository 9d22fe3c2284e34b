/** What the units of one run share: its record, its limits, what it has so far, and whether it goes on. */
import { Deferred, Effect, type FiberSet, type Schema } from "effect"
import { MOST_HELD } from "./Bounded.ts"
import type { Known } from "./Known.ts"
import { makeReferences, rootsOf, type References } from "./Reference.ts"
import { type Limit, limitOf, makeRoom, type Share, type WithRoom } from "./Room.ts"
import type { Unit } from "./RunModel.ts"
import type { RunStore } from "./RunStore.ts"
import { makeKeys, type Target } from "./Target.ts"
import { together } from "./Together.ts"
import { makeVeil } from "./Veil.ts"
import type { Worker } from "./Worker.ts"
import type { Inputs, Workflow } from "./WorkflowModel.ts"

/** An account that `accounts: true` means. */
export interface Place {
  readonly account: string | undefined
  /** Those that are configured; absent: AWS is asked. */
  readonly regions: ReadonlyArray<string> | undefined
}

/** All that a run is made of. */
export interface Plan {
  readonly run: string
  readonly workflow: Workflow
  readonly inputs: Inputs
  /** Units at once. */
  readonly concurrency: number
  readonly places: ReadonlyArray<Place>
  /** Units of an earlier process of this run. */
  readonly prior: ReadonlyMap<string, Unit>
  /** Steps whose unknown units a person wants done again. */
  readonly redo: ReadonlySet<string>
  /** Hears of every change of a unit. */
  readonly tell: (unit: Unit) => Effect.Effect<void>
  /** Done when somebody of this process wants the run cancelled; another one says so by the record. */
  readonly cancelled: Deferred.Deferred<void>
}

/** Why nothing new is started. */
export type Halt = "cancelled" | "stopped"

export interface Course {
  readonly plan: Plan
  readonly store: RunStore["Service"]
  readonly worker: Worker["Service"]
  readonly known: Known
  readonly references: References
  readonly nameOf: (step: string, target: Target) => string
  readonly halt: () => Halt | undefined
  readonly stop: () => void
  /** Units of this run by name, as they are. */
  readonly units: Map<string, Unit>
  /** What references to ended steps see. */
  readonly steps: Map<string, { readonly [key: string]: Schema.Json }>
  /** Steps of which not all of the results are there. */
  readonly cut: Set<string>
  /** Steps whose results show secret values. */
  readonly revealed: Set<string>
  /** Whether there is room to go on holding a result of so many characters, which the record has in part. */
  readonly hold: (characters: number) => boolean
  /** What the engine is at work on; units that ended may still be written down there. */
  readonly activities: FiberSet.FiberSet
  /** Room in the run, for the account, at the agent and in the step, all at once. */
  readonly room: (account: string | undefined, agent: string, step?: Limit) => WithRoom
  /** The unit as others may see it: without secret values. */
  readonly shown: (unit: Unit) => Unit
  /** Writes a unit down and tells of it; whether it could be written. */
  readonly record: (unit: Unit) => Effect.Effect<boolean>
  /** The data that references see, for one unit. */
  readonly dataFor: (target: Target) => Readonly<Record<string, unknown>>
  /** The first of the steps referred to whose results are not all there. */
  readonly cutOf: (expressions: ReadonlyArray<string>) => string | undefined
  /** Whether one of the steps referred to shows secret values. */
  readonly showsRevealed: (expressions: ReadonlyArray<string | undefined>) => boolean
}

/** The steps that expressions refer to. */
const stepsIn = (expressions: ReadonlyArray<string>): ReadonlyArray<string> =>
  expressions.flatMap(rootsOf).flatMap(([root, name]) => (root === "steps" && name !== undefined ? [name] : []))

/** A run's course, before its first step. */
export const makeCourse = (
  plan: Plan,
  store: RunStore["Service"],
  worker: Worker["Service"],
  known: Known,
  activities: FiberSet.FiberSet,
): Course => {
  // By itself for each run: what cannot be written of one is no other's trouble.
  const put = together(store.put)
  const room = makeRoom(limitOf(plan.concurrency))
  const several = plan.places.length > 1
  const fair = Math.max(1, Math.floor(plan.concurrency / plan.places.length))
  const accounts = new Map<string, Share>()
  // More than it works on at a time would wait in its mailbox, which is bounded.
  const agents = new Map([...known.atOnce].map(([agent, most]) => [agent, limitOf(most)] as const))
  const units = new Map<string, Unit>()
  const steps = new Map<string, { readonly [key: string]: Schema.Json }>()
  const cut = new Set<string>()
  const revealed = new Set<string>()
  const veil = makeVeil()
  let held = 0
  let stopped = false
  let complained = false
  return {
    plan,
    store,
    worker,
    known,
    references: makeReferences(),
    nameOf: makeKeys(),
    halt: () => (Deferred.isDoneUnsafe(plan.cancelled) ? "cancelled" : stopped ? "stopped" : undefined),
    stop: () => {
      stopped = true
    },
    units,
    steps,
    cut,
    revealed,
    hold: (characters) => {
      if (held + characters > MOST_HELD) return false
      held += characters
      return true
    },
    activities,
    room: (account, agent, step) => {
      const others = [agents.get(agent), step].filter((one) => one !== undefined)
      if (account === undefined || !several) return room(undefined, ...others)
      const own = accounts.get(account) ?? {
        fair,
        // Even one that nobody else waits for yet.
        most: Math.max(1, Math.ceil(plan.concurrency / 2)),
        taken: 0,
        waiting: 0,
      }
      accounts.set(account, own)
      return room(own, ...others)
    },
    shown: veil.over,
    record: (unit) => {
      units.set(unit.key, unit)
      if (unit.revealed === true) veil.learn(unit.result)
      const shown = veil.over(unit)
      return put(shown).pipe(
        Effect.as(true),
        Effect.catch((error) => {
          if (complained) return Effect.succeed(false)
          complained = true
          return Effect.as(Effect.logError(`${error.message} What follows of this run is not recorded.`), false)
        }),
        Effect.tap(() => plan.tell(shown)),
      )
    },
    dataFor: ({ account, item, region }) => ({
      inputs: plan.inputs,
      steps: Object.fromEntries(steps),
      item: item ?? null,
      account: account ?? null,
      region: region ?? null,
    }),
    cutOf: (expressions) => stepsIn(expressions).find((name) => cut.has(name)),
    showsRevealed: (expressions) =>
      stepsIn(expressions.filter((one) => one !== undefined)).some((name) => revealed.has(name)),
  }
}
