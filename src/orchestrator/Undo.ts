/** Takes back what a cancelled or stopped run has done, where its file says how: the last step first, the last unit first. */
import { Clock, Duration, Effect, Exit } from "effect"
import { oneLine } from "../core/Text.ts"
import { callApart } from "./Attempt.ts"
import type { Course } from "./Course.ts"
import type { Unit } from "./RunModel.ts"
import { withPlace } from "./UnitRun.ts"
import { spanOf, type Step } from "./WorkflowModel.ts"

/** Longest wait for one undo that names no time limit. */
const PATIENCE = Duration.minutes(5)

const undoUnit = Effect.fnUntraced(function* (course: Course, step: Step, unit: Unit) {
  if (step.undo === undefined) return
  const { input, tool } = step.undo
  const target = { account: unit.account, region: unit.region, item: unit.item }
  const data = { ...course.dataFor(target), result: unit.result ?? null }
  // Written down first: a process that ends here leaves an undo of which nobody knows whether it happened.
  yield* course.record({ ...unit, state: "undoing" })
  const filled = course.references.fill(input ?? {}, data)
  const outcome = yield* filled.pipe(
    Effect.flatMap((args) =>
      // filled in from an object, it is one
      callApart(course, {
        agent: unit.agent,
        tool,
        args: withPlace(course, tool, target, args as Readonly<Record<string, unknown>>),
      }),
    ),
    Effect.map((exit) => {
      if (Exit.isFailure(exit)) return "it ended through a fault of this program, and may or may not have happened"
      return exit.value._tag === "Done" ? undefined : exit.value.text
    }),
    Effect.catch(({ message }) => Effect.succeed(message)),
    Effect.timeoutOrElse({
      duration: spanOf(step.timeout, PATIENCE),
      orElse: () => Effect.succeed("no answer in time; it may or may not have happened"),
    }),
  )
  const endedAt = yield* Clock.currentTimeMillis
  yield* course.record(
    outcome === undefined
      ? { ...unit, state: "undone", endedAt, what: `taken back by ${tool}` }
      : {
          ...unit,
          state: "not undone",
          endedAt,
          what: `done, and ${tool} did not say that it took it back: ${oneLine(outcome, 800)}`,
        },
  )
})

/** Undoes the units that are done; `steps` in the order in which they ran. */
export const undo = (course: Course, steps: ReadonlyArray<Step>): Effect.Effect<void> =>
  Effect.forEach(
    steps.toReversed().filter((step) => step.undo !== undefined),
    (step) => {
      const units = [...course.units.values()]
        .filter((unit) => unit.step === step.id && unit.state === "done")
        .toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))
      return Effect.forEach(units, (unit) => undoUnit(course, step, unit), {
        concurrency: step.concurrency ?? course.plan.concurrency,
        discard: true,
      })
    },
    { discard: true },
  )
