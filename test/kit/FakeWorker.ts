/** A worker without a world: tools do what a test says, and what was called is written down. */
import { Deferred, Effect, Layer } from "effect"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import type { Place, Plan } from "../../src/orchestrator/Course.ts"
import { type Ended, runPlan } from "../../src/orchestrator/Engine.ts"
import type { Known, KnownTool } from "../../src/orchestrator/Known.ts"
import { checkPlan } from "../../src/orchestrator/PlanCheck.ts"
import { readPlan } from "../../src/orchestrator/PlanFile.ts"
import type { Unit } from "../../src/orchestrator/RunModel.ts"
import { RunStore } from "../../src/orchestrator/RunStore.ts"
import { type Work, Worker } from "../../src/orchestrator/Worker.ts"
import type { Inputs } from "../../src/orchestrator/WorkflowModel.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"

const tool = (input: ReadonlyArray<string>, required: ReadonlyArray<string> = []): KnownTool => ({
  input: Object.fromEntries(input.map((name) => [name, name === "limit" ? { type: "number" } : {}])),
  required,
  output: [],
})

/** Tools of the tests: `look` reads, `change` and `back` write. */
export const known: Known = {
  agents: new Map([
    ["aws", ["look", "change", "back", "aws_list_regions"]],
    ["vault", ["secret"]],
  ]),
  atOnce: new Map([
    ["aws", 64],
    ["vault", 2],
  ]),
  tools: new Map([
    ["look", tool(["name", "limit", "account", "region"])],
    ["change", tool(["name", "account", "region"], ["name"])],
    ["back", tool(["name", "account", "region"], ["name"])],
    ["aws_list_regions", tool(["opted_in", "account"])],
    ["secret", tool(["name"])],
  ]),
}

const READS = new Set(["look", "aws_list_regions", "secret"])

export const done = (value: Readonly<Record<string, unknown>> = {}): Outcome => ({ _tag: "Done", value })
export const failed = (code = "no_luck", unsure = false): Outcome => ({
  _tag: "Failed",
  text: `it did not work\ncode=${code}`,
  code,
  unsure,
})

/** How a call looks in the log: `change a main/eu-west-1`. */
export const shown = ({ args, tool }: Work): string => {
  const words = (names: ReadonlyArray<string>) =>
    names.flatMap((name) =>
      args[name] === undefined ? [] : [typeof args[name] === "string" ? args[name] : JSON.stringify(args[name])],
    )
  return [tool, ...words(["name"]), words(["account", "region"]).join("/")].filter((one) => one !== "").join(" ")
}

/** A worker that answers as `answer` says; the log has each call as it begins. */
export const fakeWorker = (answer: (work: Work) => Effect.Effect<Outcome>) => {
  const log: Array<string> = []
  const layer = Layer.succeed(Worker, {
    readOnly: (name) => (known.tools.has(name) ? READS.has(name) : undefined),
    run: (work) =>
      Effect.suspend(() => {
        log.push(shown(work))
        return answer(work)
      }),
  })
  return { layer, log }
}

export interface Options {
  readonly inputs?: Inputs
  readonly concurrency?: number
  readonly places?: ReadonlyArray<Place>
  readonly run?: string
  /** The run is in the record already. */
  readonly again?: boolean
  readonly redo?: ReadonlyArray<string>
  readonly onInterrupted?: (ended: Ended) => Effect.Effect<void>
}

/** Checks a file's text and runs it. */
export const runText = Effect.fnUntraced(function* (text: string, options: Options = {}) {
  const source = yield* Effect.fromResult(readPlan("test.yaml", text))
  const steps = yield* checkPlan(source, known)
  const store = yield* RunStore
  const run = options.run ?? "run-1"
  if (options.again !== true)
    yield* store.create({ id: run, name: source.workflow.name, place: "test", plan: {}, planHash: "h" })
  const units = yield* store.units(run)
  const plan: Plan = {
    run,
    workflow: source.workflow,
    inputs: options.inputs ?? {},
    concurrency: options.concurrency ?? 20,
    places: options.places ?? [{ account: undefined, regions: undefined }],
    prior: new Map(units.map((unit) => [unit.key, unit])),
    redo: new Set(options.redo ?? []),
    tell: () => Effect.void,
    cancelled: Deferred.makeUnsafe(),
  }
  return yield* runPlan(plan, { planHash: "h" }, steps, known, options.onInterrupted)
})

/** The record in memory. */
export const memoryStore = RunStore.layer(undefined).pipe(Layer.provide(NodeFileSystem.layer))

/** `key state`, sorted. */
export const states = (units: ReadonlyArray<Unit>): ReadonlyArray<string> =>
  units.map(({ key, state }) => `${key} ${state}`).toSorted()
