/**
 * The steps of a run: each begins when those it needs have ended, and as many at once as that allows. A step that is made
 * for another's units begins with the first of them, so that a slow account delays its own rows alone.
 */
import { type Cause, Deferred, Effect, Queue, Stream } from "effect"
import type { Course } from "./Course.ts"
import { itemsOf, overTargets } from "./Expand.ts"
import { feederOf, needsOf } from "./Order.ts"
import { limitOf } from "./Room.ts"
import type { Durable } from "./RunEngine.ts"
import { isFine, type Unit } from "./RunModel.ts"
import type { Target } from "./Target.ts"
import { notBegun, runUnit } from "./UnitRun.ts"
import type { Step } from "./WorkflowModel.ts"

/** The step that finds an account's regions where none are configured. */
const REGIONS: Step = { id: "(regions)", agent: "aws", tool: "aws_list_regions", input: { opted_in: true } }

const namesOf = (result: unknown): ReadonlyArray<string> => {
  if (typeof result !== "object" || result === null || !("regions" in result) || !Array.isArray(result.regions))
    return []
  return result.regions.flatMap((one: unknown) =>
    typeof one === "object" && one !== null && "name" in one && typeof one.name === "string" ? [one.name] : [],
  )
}

/** How a step ended, for those that need it. */
const stateOf = (units: ReadonlyArray<Unit>): "done" | "partial" | "failed" | "skipped" => {
  if (units.length > 0 && units.every(({ state }) => state === "skipped")) return "skipped"
  if (units.every(({ state }) => isFine(state))) return "done"
  return units.some(({ state }) => state === "done") ? "partial" : "failed"
}

const asData = ({ account, item, region, result, state }: Unit) => ({
  item: item ?? null,
  account: account ?? null,
  region: region ?? null,
  state,
  result: state === "done" ? (result ?? null) : null,
})

/** Runs every step; never fails, as whatever fails is a row. */
export const runSteps = Effect.fnUntraced(function* (course: Course, steps: ReadonlyArray<Step>) {
  const ended = new Map(steps.map(({ id }) => [id, Deferred.makeUnsafe<"done" | "partial" | "failed" | "skipped">()]))
  const feeds = new Map<string, Array<Queue.Queue<Unit, Cause.Done>>>()
  const fed = new Map<string, Queue.Queue<Unit, Cause.Done>>()
  for (const step of steps) {
    const feeder = feederOf(step)
    if (feeder === undefined) continue
    // Bounded by the number of units of a step.
    const queue = yield* Queue.unbounded<Unit, Cause.Done>()
    fed.set(step.id, queue)
    feeds.set(feeder, [...(feeds.get(feeder) ?? []), queue])
  }

  const found = new Map<string, Effect.Effect<ReadonlyArray<string>, never, Durable>>()
  /** Asked once for an account, whichever step needs it first. */
  const regionsOf = (account: string | undefined) =>
    Effect.gen(function* () {
      const asked = found.get(account ?? "")
      if (asked !== undefined) return yield* asked
      const ask = yield* Effect.cached(
        Effect.map(runUnit(course, REGIONS, { account }, course.room(account, REGIONS.agent)), ({ result, state }) =>
          state === "done" ? namesOf(result) : [],
        ),
      )
      const first = found.get(account ?? "") ?? ask
      found.set(account ?? "", first)
      return yield* first
    })

  const runStep = Effect.fnUntraced(function* (step: Step) {
    const units: Array<Unit> = []
    const own = limitOf(step.concurrency ?? course.plan.concurrency)
    const keep = (unit: Unit) =>
      Effect.suspend(() => {
        units.push(unit)
        if (unit.cut) course.cut.add(step.id)
        if (unit.revealed === true) course.revealed.add(step.id)
        return Effect.forEach(feeds.get(step.id) ?? [], (queue) => Queue.offer(queue, unit), { discard: true })
      })
    const leave = (target: Target, state: Unit["state"], what: string) =>
      Effect.flatMap(notBegun(course, step, target, state, what), keep)
    const each = (target: Target) =>
      Effect.flatMap(runUnit(course, step, target, course.room(target.account, step.agent, own)), keep)

    for (const need of needsOf(step)) {
      const other = ended.get(need)
      if (other !== undefined && (yield* Deferred.await(other)) === "failed")
        return yield* Effect.as(leave({}, "blocked", `needs ${need}, of which nothing was done`), units)
    }
    const queue = fed.get(step.id)
    if (queue === undefined) {
      yield* overTargets(course, step, regionsOf, each).pipe(
        Effect.catch(({ message }) => leave({}, "failed", message)),
      )
      return units
    }
    const items = typeof step.forEach === "object" && "units" in step.forEach ? step.forEach.items : undefined
    const ofUnit = (unit: Unit) =>
      itemsOf(course, items, unit).pipe(
        Effect.flatMap((targets) => Effect.forEach(targets, each, { concurrency: "unbounded", discard: true })),
        Effect.catch(({ message }) => leave({ account: unit.account, region: unit.region }, "failed", message)),
      )
    // Only what was done has something to go on with; the others have their own rows.
    const done = Stream.filter(Stream.fromQueue(queue), ({ state }) => state === "done")
    yield* Stream.runDrain(Stream.mapEffect(done, ofUnit, { concurrency: "unbounded" }))
    return units
  })

  yield* Effect.forEach(
    steps,
    (step) =>
      Effect.gen(function* () {
        const units = yield* runStep(step)
        const state = stateOf(units)
        const [only] = units
        course.steps.set(
          step.id,
          step.forEach === undefined
            ? { state, result: only === undefined ? null : asData(only).result }
            : { state, results: units.map(asData) },
        )
        for (const queue of feeds.get(step.id) ?? []) yield* Queue.end(queue)
        const done = ended.get(step.id)
        if (done !== undefined) yield* Deferred.succeed(done, state)
      }),
    { concurrency: "unbounded", discard: true },
  )
})
