/**
 * One unit's calls: each with a time limit, ended by a cancelled run, repeated as the step says. What a write came to is
 * never guessed: ended in its midst it is `unknown`, and that is not repeated.
 */
import { Cause, Deferred, Duration, Effect, Exit, Fiber, type Schema } from "effect"
import { oneLine } from "../core/Text.ts"
import type { Outcome } from "../tools/Guarded.ts"
import { bounded, LONGEST_HELD, LONGEST_RESULT } from "./Bounded.ts"
import type { Course } from "./Course.ts"
import { NOTES, type Unit } from "./RunModel.ts"
import type { Work } from "./Worker.ts"
import { spanOf, type Step } from "./WorkflowModel.ts"

/** Longest wait for a unit that names none. */
const PATIENCE = Duration.minutes(10)
/** Wait before a unit is tried again that names none. */
const PAUSE = Duration.seconds(1)

/** The part of a unit that a call decides. */
export type Ending = Pick<Unit, "state" | "result" | "cut" | "what" | "revealed">

/** An ending, and whether the same call may yet end otherwise. */
type Tried = Ending & { readonly final?: boolean }

const ended = (state: Unit["state"], what: string): Ending => ({ state, result: undefined, cut: false, what })

/** Refusals that asking again does not change. */
const FINAL = new Set(["invalid_arguments", "access_refused", "account_unknown", "vault_role_unknown", "AccessDenied"])

const ofOutcome = (course: Course, outcome: Outcome, writes: boolean): Tried => {
  if (outcome._tag === "Failed") {
    const state = writes && outcome.unsure === true ? "unknown" : "failed"
    return { ...ended(state, oneLine(outcome.text, 1000)), final: FINAL.has(outcome.code) }
  }
  const revealed = outcome.reveals === true
  // What is kept nowhere stays as it is: a step that copies it must not write what a mask left of it.
  const whole = revealed
    ? { value: outcome.value as Schema.JsonObject, cut: false, size: 0 } // Guarded encodes it by its tool's JSON codec
    : bounded(outcome.value, LONGEST_HELD)
  const long = whole.size > LONGEST_RESULT
  const { cut, value } = !long || course.hold(whole.size) ? whole : bounded(whole.value)
  // One call is one page: that there is more must not be lost.
  const more = typeof outcome.value["next_cursor"] === "string" ? NOTES.more : undefined
  const notes = [revealed ? NOTES.revealed : long ? NOTES.cut : undefined, more].filter((one) => one !== undefined)
  return { state: "done", result: value, cut, revealed, what: notes.length === 0 ? undefined : notes.join("; ") }
}

/**
 * The call in a fiber of its own, and how it ended: one that is interrupted from within (its world ends, say) must not
 * look like our own end, upon which the engine would start the unit again.
 */
export const callApart = Effect.fnUntraced(function* (course: Course, work: Work) {
  const fiber = yield* Effect.forkChild(course.worker.run(work), { startImmediately: true })
  const exit = yield* Effect.onInterrupt(Fiber.await(fiber), () => Fiber.interrupt(fiber))
  if (Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause))
    yield* Effect.logError(`${work.tool} died`, oneLine(Cause.pretty(exit.cause), 4000))
  return exit
})

/** Calls once. */
const callOnce = (course: Course, work: Work, limit: Duration.Duration, writes: boolean): Effect.Effect<Tried> => {
  const lost = (what: string, read: Unit["state"]): Ending =>
    writes ? ended("unknown", `${what}; it may or may not have happened`) : ended(read, what)
  return callApart(course, work).pipe(
    Effect.map(
      Exit.match({
        onSuccess: (outcome) => ofOutcome(course, outcome, writes),
        onFailure: (cause) =>
          Cause.hasInterruptsOnly(cause)
            ? lost("broken off from within", "failed")
            : lost("failed through a fault of this program", "failed"),
      }),
    ),
    Effect.timeoutOrElse({
      duration: limit,
      orElse: () => Effect.succeed(lost(`no answer within ${Duration.format(limit)}`, "failed")),
    }),
    Effect.raceFirst(
      Effect.as(Deferred.await(course.plan.cancelled), lost("ended when the run was cancelled", "broken")),
    ),
  )
}

/** Calls until it is done, or may not or need not be tried again. Each call is written down before it is made. */
export const callWithRetry = Effect.fnUntraced(function* (
  course: Course,
  step: Step,
  work: Work,
  unit: Unit,
): Effect.fn.Return<Ending & Pick<Unit, "attempt">> {
  const times = step.retry?.times ?? 0
  const limit = spanOf(step.timeout, PATIENCE)
  for (let again = 0; ; again++) {
    const attempt = unit.attempt + again + 1
    const written = yield* course.record({ ...unit, attempt })
    if (!written && unit.writes)
      return { ...ended("failed", "not done, as it could not be written down before"), attempt }
    const { final, ...ending } = yield* callOnce(course, work, limit, unit.writes)
    const over = ending.state !== "failed" || final === true || again >= times
    if (over || course.halt() !== undefined) return { ...ending, attempt }
    const pause = Effect.sleep(spanOf(step.retry?.delay, PAUSE))
    yield* Effect.raceFirst(pause, Deferred.await(course.plan.cancelled))
    if (course.halt() !== undefined) return { ...ending, attempt }
  }
})
