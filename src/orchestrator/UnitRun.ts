/** A unit from its first thought to its record: whether it is due, what it calls, and what it came to. */
import { Clock, Deferred, Effect, Exit, Fiber, FiberSet, Schedule, Schema } from "effect"
import { Activity } from "effect/workflow"
import { oneLine } from "../core/Text.ts"
import { callWithRetry, type Ending } from "./Attempt.ts"
import type { Course } from "./Course.ts"
import { expressionsOf, isTrue } from "./Reference.ts"
import type { WithRoom } from "./Room.ts"
import { nameInEngine } from "./RunEngine.ts"
import type { Unit } from "./RunModel.ts"
import { storeError } from "./Sqlite.ts"
import type { Target } from "./Target.ts"
import { RunRefused } from "./WorkflowError.ts"
import type { Step } from "./WorkflowModel.ts"

/** A unit that has not begun. */
const fresh = (course: Course, step: Step, target: Target, key: string): Unit => ({
  run: course.plan.run,
  key,
  step: step.id,
  agent: step.agent,
  tool: step.tool,
  // What does not say that it only reads is a writer.
  writes: course.worker.readOnly(step.tool) !== true,
  account: target.account,
  region: target.region,
  item: target.item,
  state: "running",
  attempt: 0,
  startedAt: undefined,
  endedAt: undefined,
  result: undefined,
  cut: false,
  what: undefined,
})

/** A unit that is not called, and why. */
export const unborn = Effect.fnUntraced(function* (
  course: Course,
  step: Step,
  target: Target,
  key: string,
  state: Unit["state"],
  what: string,
) {
  const now = yield* Clock.currentTimeMillis
  // What was called before stays counted: its name in the engine is made of that.
  const attempt = (course.plan.prior.get(key)?.attempt ?? 0) + (state === "unknown" ? 1 : 0)
  const unit: Unit = { ...fresh(course, step, target, key), state, what, attempt, startedAt: now, endedAt: now }
  yield* course.record(unit)
  if ((state === "failed" || state === "unknown") && step.onError === "stop") course.stop()
  return unit
})

/** Account and region of the unit, where the tool takes them and the file does not say otherwise. */
export const withPlace = (
  course: Course,
  tool: string,
  target: Target,
  args: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => {
  const input = course.known.tools.get(tool)?.input ?? {}
  const place = { account: target.account, region: target.region }
  const added = Object.entries(place).filter(
    ([name, value]) => value !== undefined && Object.hasOwn(input, name) && !(name in args),
  )
  return { ...args, ...Object.fromEntries(added) }
}

/**
 * What an earlier process left of it that stands: nothing of it is done again. A read whose result is not all on record is
 * done again, as another step may need it whole.
 */
const stands = (course: Course, step: Step, before: Unit | undefined): Unit | undefined => {
  if (before === undefined || before.attempt === 0) return undefined
  const unsure = (what: string): Unit => ({
    ...before,
    state: "unknown",
    what: `${what}: look, then --redo ${step.id}`,
  })
  switch (before.state) {
    case "done":
      return before.cut && !before.writes ? undefined : before
    case "not undone":
      // Done it is, and what comes after it may go on.
      return { ...before, state: "done" }
  }
  if (course.plan.redo.has(step.id)) return undefined
  if (before.state === "unknown") return before
  if (before.state === "undoing")
    return unsure("done; the process ended amid taking it back, so it may be there or not")
  if (before.state === "running" && before.writes)
    return unsure("begun by a process that ended in its midst; it may or may not have happened")
  return undefined
}

/** A unit that is not begun, unless what an earlier process left of it stands: that is no less true now. */
export const notBegun = Effect.fnUntraced(function* (
  course: Course,
  step: Step,
  target: Target,
  state: Unit["state"],
  what: string,
) {
  const key = course.nameOf(step.id, target)
  const standing = stands(course, step, course.plan.prior.get(key))
  if (standing === undefined) return yield* unborn(course, step, target, key, state, what)
  yield* course.record(standing)
  return standing
})

/** Whether it is due and what it would call; refuses in words. */
const prepare = Effect.fnUntraced(function* (course: Course, step: Step, target: Target) {
  const { references } = course
  const expressions = expressionsOf(step.input).filter((one) => one !== undefined)
  const cut = course.cutOf([...expressions, ...(step.when === undefined ? [] : [step.when])])
  if (cut !== undefined)
    return yield* new RunRefused({ what: `the result of ${cut} was too long to be kept whole; ask for less at once` })
  const data = course.dataFor(target)
  if (step.when !== undefined && !isTrue(yield* references.evaluate(step.when, data))) return undefined
  const filled = yield* Effect.forEach(Object.entries(step.input ?? {}), ([name, value]) =>
    Effect.map(references.fill(value, data), (given) => [name, given] as const),
  )
  return withPlace(course, step.tool, target, Object.fromEntries(filled))
})

/** The line that the file wants told of a unit that was done, where it can be filled in. */
const tellOf = (course: Course, step: Step, target: Target, { result, revealed }: Ending) =>
  step.tell === undefined || revealed === true || course.showsRevealed(expressionsOf(step.tell))
    ? Effect.succeed(undefined)
    : course.references.fill(step.tell, { ...course.dataFor(target), result: result ?? null }).pipe(
        Effect.map((line) => (typeof line === "string" ? oneLine(line, 300) : oneLine(JSON.stringify(line), 300))),
        Effect.orElseSucceed(() => undefined),
      )

/**
 * Does the work as an activity of the engine, which keeps its one word. Ends with the work, as what that came to is on
 * record by then; the engine writes its word down meanwhile, if it can. Gives what went wrong with the engine before that.
 */
const asActivity = Effect.fnUntraced(function* (course: Course, name: string, work: Effect.Effect<string>) {
  const over = yield* Deferred.make<string | undefined>()
  const activity = Activity.make({
    name,
    success: Schema.String,
    // The engine's own habit is to start an interrupted activity again, ten times: never, as it may have written.
    interruptRetryPolicy: Schedule.recurs(0),
    execute: Effect.ensuring(work, Deferred.succeed(over, undefined)),
  }).pipe(
    Effect.as(undefined),
    Effect.catchDefect((defect) => Effect.succeed(storeError(defect).message)),
    Effect.onExit((exit) => Deferred.succeed(over, Exit.isSuccess(exit) ? exit.value : "The engine gave it up.")),
  )
  const fiber = yield* FiberSet.run(course.activities, activity, { startImmediately: true })
  return yield* Effect.onInterrupt(Deferred.await(over), () => Fiber.interrupt(fiber))
})

/** Runs one unit, and gives what it came to. Never fails: a failure is a row of the record. */
export const runUnit = Effect.fnUntraced(function* (course: Course, step: Step, target: Target, room: WithRoom) {
  const key = course.nameOf(step.id, target)
  const before = course.plan.prior.get(key)
  const standing = stands(course, step, before)
  if (standing !== undefined) {
    yield* course.record(standing)
    return standing
  }
  const blocked = () =>
    unborn(course, step, target, key, "blocked", `not begun, as the run was ${course.halt() ?? "ended"}`)
  if (course.halt() !== undefined) return yield* blocked()
  const prepared = yield* Effect.result(prepare(course, step, target))
  if (prepared._tag === "Failure") return yield* unborn(course, step, target, key, "failed", prepared.failure.message)
  const args = prepared.success
  if (args === undefined) return yield* unborn(course, step, target, key, "skipped", "left out by when")

  const work = Effect.gen(function* () {
    const startedAt = yield* Clock.currentTimeMillis
    const unit: Unit = { ...fresh(course, step, target, key), startedAt, attempt: before?.attempt ?? 0 }
    const ending = yield* callWithRetry(course, step, { agent: step.agent, tool: step.tool, args }, unit)
    const endedAt = yield* Clock.currentTimeMillis
    const told = ending.state === "done" ? yield* tellOf(course, step, target, ending) : undefined
    const words = [told, ending.what].filter((one) => one !== undefined)
    const last: Unit = { ...unit, ...ending, what: words.length === 0 ? undefined : words.join("; "), endedAt }
    yield* course.record(last)
    if ((last.state === "failed" || last.state === "unknown") && step.onError === "stop") course.stop()
    return last.state
  }).pipe(
    // A fault of ours: its words are for the log, not for the engine's file.
    Effect.catchDefect((defect) => Effect.as(Effect.logError(`${key} died`, oneLine(String(defect), 4000)), "fault")),
  )
  // In the engine it is what is under way: it enters when there is room for it.
  return yield* room(
    Effect.gen(function* () {
      if (course.halt() !== undefined) return yield* blocked()
      const name = nameInEngine(key, before)
      for (let again = 0; ; again++) {
        const failure = yield* asActivity(course, again === 0 ? name : `${name} again ${again}`, work)
        const unit = course.units.get(key)
        if (unit !== undefined) return unit
        if (failure !== undefined)
          return yield* unborn(
            course,
            step,
            target,
            key,
            "failed",
            `not done, as it could not be written down before. ${failure}`,
          )
        // It ended in an earlier process, says the engine; what our record had of it is lost.
        if (course.worker.readOnly(step.tool) !== true && !course.plan.redo.has(step.id))
          return yield* unborn(
            course,
            step,
            target,
            key,
            "unknown",
            `ended in an earlier process, whose record of it is lost; it may or may not have happened: look, then --redo ${step.id}`,
          )
      }
    }),
  )
})
