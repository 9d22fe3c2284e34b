/** In which order steps may run: pure. What a step refers to it also needs. */
import { expressionsOf, rootsOf } from "./Reference.ts"
import type { Step } from "./WorkflowModel.ts"

/** The steps that end before this one begins; of `forEach: units` the other step need only have begun. */
export const needsOf = (step: Step): ReadonlySet<string> => {
  const refers = (value: unknown) => expressionsOf(value).flatMap((one) => (one === undefined ? [] : rootsOf(one)))
  const roots = [
    ...refers([step.input, step.forEach, step.undo?.input, step.tell]),
    ...(step.when === undefined ? [] : rootsOf(step.when)),
  ]
  const named = roots.flatMap(([root, name]) => (root === "steps" && name !== undefined ? [name] : []))
  return new Set([...(step.needs ?? []), ...named])
}

/** The step whose units this one is made for. */
export const feederOf = (step: Step): string | undefined =>
  typeof step.forEach === "object" && "units" in step.forEach ? step.forEach.units : undefined

export type Ordered =
  | { readonly _tag: "Steps"; readonly steps: ReadonlyArray<Step> }
  | { readonly _tag: "Cycle"; readonly ids: ReadonlyArray<string> }

/** Each step after those it needs, else in the order of the file; or the steps that wait for each other. */
export const order = (steps: ReadonlyArray<Step>): Ordered => {
  const ids = new Set(steps.map(({ id }) => id))
  const waits = new Map(
    steps.map((step) => {
      const feeder = feederOf(step)
      const all = [...needsOf(step), ...(feeder === undefined ? [] : [feeder])]
      return [step.id, new Set(all.filter((id) => ids.has(id) && id !== step.id))]
    }),
  )
  for (const step of steps)
    if (step.needs?.includes(step.id) === true || feederOf(step) === step.id) waits.get(step.id)?.add(step.id)
  const sorted: Array<Step> = []
  const done = new Set<string>()
  while (sorted.length < steps.length) {
    const next = steps.find(({ id }) => !done.has(id) && [...(waits.get(id) ?? [])].every((other) => done.has(other)))
    if (next === undefined) return { _tag: "Cycle", ids: cycleOf(waits, done) }
    done.add(next.id)
    sorted.push(next)
  }
  return { _tag: "Steps", steps: sorted }
}

/** Follows what is waited for until a step comes again. */
const cycleOf = (waits: ReadonlyMap<string, ReadonlySet<string>>, done: ReadonlySet<string>): ReadonlyArray<string> => {
  const trail: Array<string> = []
  let at = [...waits.keys()].find((id) => !done.has(id))
  while (at !== undefined && !trail.includes(at)) {
    trail.push(at)
    at = [...(waits.get(at) ?? [])].find((id) => !done.has(id))
  }
  return at === undefined ? trail : trail.slice(trail.indexOf(at))
}
