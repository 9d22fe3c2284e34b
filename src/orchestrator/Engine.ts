/**
 * Runs a checked plan as one workflow of effect's engine, each unit an activity of it. What was done is kept in our own
 * record, written before and after each call, so that a later process goes on from there (how the two agree: RunEngine).
 * Cancelling lets nothing new begin, ends what is under way, and takes back what the file says how to.
 */
import { Deferred, Effect, Exit, Fiber, FiberSet, Schedule } from "effect"
import { type Course, makeCourse, type Plan } from "./Course.ts"
import type { Known } from "./Known.ts"
import { runInEngine } from "./RunEngine.ts"
import { isFine, type Run, type RunState, type Unit, verdict } from "./RunModel.ts"
import { RunStore } from "./RunStore.ts"
import { runSteps } from "./Steps.ts"
import { leaveDone, undo } from "./Undo.ts"
import { Worker } from "./Worker.ts"
import type { StoreError } from "./WorkflowError.ts"
import type { Step } from "./WorkflowModel.ts"

/** How often the record is asked whether another process wants the run cancelled. */
const LOOK = "500 millis"
/** How long a run that is interrupted has to end and to undo; the rest of a command's last moment is for leases. */
const LAST = "2500 millis"
/** And then to be gone, so that nothing is sent for a run that is told of as ended. */
const GOING = "300 millis"

/** How long the engine has to write down what ended last; it is on record already. */
const WRITING = "1 second"

/** How a run ended, and its rows. */
export interface Ended {
  readonly state: RunState
  readonly units: ReadonlyArray<Unit>
}

/** What is left of earlier processes, in words that are true now that nobody works on it. */
const settle = (unit: Unit): Unit => {
  switch (unit.state) {
    case "running":
      return unit.writes
        ? { ...unit, state: "unknown", what: "ended in its midst; it may or may not have happened" }
        : { ...unit, state: "broken", what: "ended in its midst" }
    case "undoing":
      return { ...unit, state: "unknown", what: "done; ended amid taking it back, so it may be there or not" }
    default:
      return unit
  }
}

const close = Effect.fnUntraced(function* (course: Course, whole: boolean) {
  const { plan, store } = course
  const written = yield* Effect.orElseSucceed(store.units(plan.run), (): ReadonlyArray<Unit> => [])
  const all = new Map([...written.map((unit) => [unit.key, unit] as const), ...course.units])
  for (const unit of all.values()) {
    const settled = settle(unit)
    if (settled === unit) continue
    all.set(unit.key, settled)
    yield* course.record(settled)
  }
  const units = [...all.values()]
    .map(course.shown)
    .toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const states = units.map((unit) => unit.state)
  const judged = verdict(states, course.halt() === "cancelled")
  // Steps of which nothing is known have not succeeded.
  const state = judged === "succeeded" && !whole ? "failed" : judged
  yield* store.finish(plan.run, state).pipe(Effect.catch((error) => Effect.logError(error.message)))
  return { state, units } satisfies Ended
})

/**
 * Runs the plan to its end, whatever that is. Interrupted, it cancels the run, waits for that as long as there is time,
 * and hands the end to `onInterrupted`.
 */
export const runPlan = Effect.fn("runPlan")(function* (
  plan: Plan,
  run: Pick<Run, "planHash">,
  steps: ReadonlyArray<Step>,
  known: Known,
  onInterrupted: (ended: Ended) => Effect.Effect<void> = () => Effect.void,
) {
  const store = yield* RunStore
  const worker = yield* Worker
  const { cancelled } = plan
  let over = false
  const body = Effect.fnUntraced(function* (course: Course) {
    yield* runSteps(course, steps)
    if (course.halt() !== undefined) yield* undo(course, steps)
    over = true
    yield* Effect.timeoutOption(FiberSet.awaitEmpty(course.activities), WRITING)
    return {
      unfinished: course.halt() !== undefined || ![...course.units.values()].every(({ state }) => isFine(state)),
    }
  })
  const ended = yield* Effect.scoped(
    Effect.gen(function* () {
      const course = makeCourse(plan, store, worker, known, yield* FiberSet.make())
      const look: Effect.Effect<void, StoreError> = Effect.flatMap(store.cancelAsked(plan.run), (asked) =>
        asked ? Effect.asVoid(Deferred.succeed(cancelled, undefined)) : Effect.void,
      )
      // A record that cannot be asked for a moment is asked again; it complains where it is written.
      yield* Effect.forkScoped(Effect.repeat(Effect.ignore(look), Schedule.spaced(LOOK)))
      const going = yield* Effect.forkScoped(runInEngine(store, plan.run, run.planHash, body(course)))
      const end = Effect.gen(function* () {
        yield* Deferred.succeed(cancelled, undefined)
        yield* Effect.timeoutOption(Effect.interruptible(Fiber.await(going)), LAST)
        // What there was no time for is not begun any more.
        yield* Effect.forkChild(Fiber.interrupt(going), { startImmediately: true })
        yield* Effect.timeoutOption(Effect.interruptible(Fiber.await(going)), GOING)
        if (!over) yield* leaveDone(course, steps)
        yield* onInterrupted(yield* close(course, true))
      })
      const exit = yield* Effect.onInterrupt(Fiber.await(going), () => end)
      const ended = yield* close(course, Exit.isSuccess(exit))
      // Whatever fails is a row; what is left is a fault of ours.
      if (Exit.isFailure(exit)) return yield* Effect.failCause(exit.cause)
      return ended
    }),
  )
  // Nobody goes on with it.
  if (ended.state === "succeeded" && store.engines !== undefined) yield* store.engines.remove(plan.run)
  return ended
})
