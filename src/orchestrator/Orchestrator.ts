/** Begins a run of a checked workflow, or goes on with one that crashed, failed or was cancelled. */
import { createHash, randomBytes } from "node:crypto"
import { Deferred, Effect, Schema } from "effect"
import { redactNamed, redactShapes } from "../guard/Redactor.ts"
import type { Place, Plan } from "./Course.ts"
import { type Ended, runPlan } from "./Engine.ts"
import type { Known } from "./Known.ts"
import { order } from "./Order.ts"
import { pieces } from "./Reference.ts"
import type { Unit } from "./RunModel.ts"
import { RunStore } from "./RunStore.ts"
import { RunRefused } from "./WorkflowError.ts"
import { type Inputs, type Step, Workflow } from "./WorkflowModel.ts"

/** Units at once, where nobody says how many. */
export const CONCURRENCY = 20
/** Runs that are kept. */
export const KEPT = 100

/** The part of a run that its record holds for whoever goes on with it. */
const Recorded = Schema.Struct({
  workflow: Workflow,
  inputs: Schema.Record(Schema.String, Schema.Json),
  concurrency: Schema.Int,
})

const decode = Schema.decodeUnknownEffect(Recorded)

/** What the surroundings decide. */
export interface Surroundings {
  readonly known: Known
  /** `sandbox`, or Vault's address. */
  readonly place: string
  readonly places: ReadonlyArray<Place>
  readonly tell: (unit: Unit) => Effect.Effect<void>
  readonly onInterrupted: (ended: Ended) => Effect.Effect<void>
}

/** A run that is set up and written down, and can be awaited. */
export interface Prepared {
  readonly id: string
  readonly name: string
  readonly going: ReturnType<typeof runPlan>
  /** Has it end, and undo what its file says. */
  readonly cancel: Effect.Effect<void>
}

const hashOf = (plan: Schema.Json): string => createHash("sha256").update(JSON.stringify(plan)).digest("hex")

/** Where a value or a name has the shape of a secret, or a text is named as one; a mere reference to one is none. */
const secretIn = (value: unknown, path: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  if (typeof value === "string") {
    const said = (pieces(value) ?? [{ text: value }])
      .flatMap((piece) => ("text" in piece ? [piece.text] : []))
      .join(" ")
      .trim()
    return redactNamed(path.at(-1) ?? "", said) === said ? undefined : path
  }
  if (typeof value !== "object" || value === null) return undefined
  for (const [name, item] of Object.entries(value)) {
    if (redactShapes(name) !== name) return [...path, "a name"]
    const found = secretIn(item, [...path, name])
    if (found !== undefined) return found
  }
  return undefined
}

const prepared = (
  id: string,
  recorded: typeof Recorded.Type,
  steps: ReadonlyArray<Step>,
  around: Surroundings,
  planHash: string,
  prior: ReadonlyMap<string, Unit>,
  redo: ReadonlySet<string>,
): Prepared => {
  const { places, tell } = around
  const cancelled = Deferred.makeUnsafe<void>()
  const plan: Plan = { run: id, ...recorded, places, prior, redo, tell, cancelled }
  return {
    id,
    name: recorded.workflow.name,
    going: runPlan(plan, { planHash }, steps, around.known, around.onInterrupted),
    cancel: Effect.asVoid(Deferred.succeed(cancelled, undefined)),
  }
}

/** Writes a new run down. `steps`: as the check of the file has put them in order. */
export const begin = Effect.fn("Orchestrator.begin")(function* (
  workflow: Workflow,
  steps: ReadonlyArray<Step>,
  inputs: Inputs,
  concurrency: number,
  around: Surroundings,
) {
  const store = yield* RunStore
  const recorded = { workflow, inputs, concurrency }
  // Made of JSON by its schema.
  const plan = recorded as unknown as Schema.Json
  const byId = Object.fromEntries(workflow.steps.map((step) => [step.id, step]))
  const secret = secretIn({ workflow: { ...workflow, steps: byId }, inputs }, [])
  if (secret !== undefined)
    return yield* new RunRefused({
      what: `${secret.join(".")} holds what looks like a secret. Runs are written down in clear, so nothing was started: let a tool take it from where it is kept, or refer to what a step reveals.`,
    })
  const id = `${workflow.name}-${randomBytes(4).toString("hex")}`
  const planHash = hashOf(plan)
  yield* store.create({ id, name: workflow.name, place: around.place, plan, planHash })
  return prepared(id, recorded, steps, around, planHash, new Map(), new Set())
})

/** Takes a run over. What was done stands; a write whose outcome is unknown is done again in the steps of `redo` alone. */
export const resume = Effect.fn("Orchestrator.resume")(function* (
  id: string,
  redo: ReadonlyArray<string>,
  around: Surroundings,
) {
  const store = yield* RunStore
  const run = yield* store.get(id)
  if (run === undefined)
    return yield* new RunRefused({ what: `There is no run ${id}; \`workflow list\` shows those there are.` })
  if (run.place !== around.place)
    return yield* new RunRefused({
      what: `The run ${id} worked on ${run.place}, and this is ${around.place}: it goes on there alone.`,
    })
  if (run.state === "succeeded")
    return yield* new RunRefused({ what: `The run ${id} has succeeded; nothing is left of it to do.` })
  const recorded = yield* Effect.mapError(
    decode(run.plan),
    () => new RunRefused({ what: `The plan of the run ${id} was written by another version and cannot be read.` }),
  )
  if (hashOf(run.plan) !== run.planHash)
    return yield* new RunRefused({
      what: `The plan of the run ${id} was changed after it began: it is not gone on with.`,
    })
  const strange = redo.filter((step) => !recorded.workflow.steps.some((one) => one.id === step))
  if (strange.length > 0)
    return yield* new RunRefused({ what: `The run ${id} has no step ${strange.join(", ")} to do again.` })
  const sorted = order(recorded.workflow.steps)
  if (sorted._tag === "Cycle") return yield* new RunRefused({ what: `The steps of the run ${id} wait for each other.` })
  yield* store.claim(id)
  const units = yield* store.units(id)
  const prior = new Map(units.map((unit) => [unit.key, unit]))
  return prepared(id, recorded, sorted.steps, around, run.planHash, prior, new Set(redo))
})
