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

/** How taking one back ended. */
type Undone = { readonly state: "undone" } | { readonly state: "not undone" | "unknown"; readonly why: string }

const wordsOf = (outcome: Undone, tool: string): string => {
  switch (outcome.state) {
    case "undone":
      return `taken back by ${tool}`
    case "not undone":
      return `done, and ${tool} did not take it back: ${oneLine(outcome.why, 800)}`
    case "unknown":
      return `done, and whether ${tool} took it back nobody knows: ${oneLine(outcome.why, 800)}`
  }
}

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
    Effect.map((exit): Undone => {
      if (Exit.isFailure(exit)) return { state: "unknown", why: "a fault of this program" }
      if (exit.value._tag === "Done") return { state: "undone" }
      return { state: exit.value.unsure === true ? "unknown" : "not undone", why: exit.value.text }
    }),
    Effect.catch(({ message }) => Effect.succeed<Undone>({ state: "not undone", why: message })),
    Effect.timeoutOrElse({
      duration: spanOf(step.timeout, PATIENCE),
      orElse: () => Effect.succeed<Undone>({ state: "unknown", why: "no answer in time" }),
    }),
  )
  const endedAt = yield* Clock.currentTimeMillis
  yield* course.record({ ...unit, state: outcome.state, endedAt, what: wordsOf(outcome, tool) })
})

/** Its units that are there, the last one first. */
const doneOf = (course: Course, step: Step): ReadonlyArray<Unit> =>
  [...course.units.values()]
    .filter((unit) => unit.step === step.id && unit.state === "done")
    .toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0))

/** Units that there was no time to take back, told as what they are. */
export const leaveDone = (course: Course, steps: ReadonlyArray<Step>): Effect.Effect<void> =>
  Effect.forEach(
    steps.filter((step) => step.undo !== undefined),
    (step) =>
      Effect.forEach(
        doneOf(course, step),
        (unit) => course.record({ ...unit, state: "not undone", what: "done; there was no time to take it back" }),
        { discard: true },
      ),
    { discard: true },
  )

/** Undoes the units that are done; `steps` in the order in which they ran. */
export const undo = (course: Course, steps: ReadonlyArray<Step>): Effect.Effect<void> =>
  Effect.forEach(
    steps.toReversed().filter((step) => step.undo !== undefined),
    (step) =>
      Effect.forEach(doneOf(course, step), (unit) => undoUnit(course, step, unit), {
        concurrency: step.concurrency ?? course.plan.concurrency,
        discard: true,
      }),
    { discard: true },
  )
