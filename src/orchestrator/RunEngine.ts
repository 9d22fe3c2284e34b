/**
 * The engine that a run goes in. A recorded run has a durable one, over a file of its own that only the run's owner opens;
 * a run that is not recorded has one in memory.
 *
 * There are two records, and they are asked different things. The record of units (RunStore) is the truth: what was called,
 * what it came to, and so what stands, what may be called again and what is unknown. The engine's file is the run under
 * way: that it is not over, what it was begun with, and which units were entered and ended; it goes on from there by itself.
 * The two cannot contradict each other: a unit's end is on record before the engine hears of it; what stands by the record
 * is not asked of the engine; what is to be called again goes by a new name there (`nameInEngine`), which no old answer
 * fits; where the engine alone knows that a unit ended, which a machine that lost power can leave behind, what it came to
 * is lost, and a write is told as unknown (UnitRun). A file that is gone, that is damaged, or by which the run is over when
 * the record says otherwise is made anew: the record is enough to go on.
 */
import { Deferred, Effect, Exit, Layer, Option, Schema, Scope } from "effect"
import { Workflow, WorkflowEngine } from "effect/workflow"
import { late } from "../core/Late.ts"
import type { Unit } from "./RunModel.ts"
import type { RunStore } from "./RunStore.ts"
import { StoreError } from "./WorkflowError.ts"

/** Something of the run is left to do: the engine keeps it for whoever goes on with it. */
class Unfinished extends Schema.TaggedError<Unfinished>()("Unfinished", {}) {}

/** The one workflow there is: what it does is its plan, which the record has. */
const RunWorkflow = Workflow.make("Run", {
  payload: { run: Schema.String, hash: Schema.String },
  success: Schema.Void,
  error: Unfinished,
  // Another plan under the same run would silently get the first one's result.
  idempotencyKey: ({ hash, run }) => `${run}/${hash}`,
}).annotate(Workflow.SuspendOnFailure, true)

/** What a run's body needs around it. */
export type Durable = WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance

/** A unit's name in the engine, whose only key it is: another one for each process that calls it anew. */
export const nameInEngine = (key: string, before: Unit | undefined): string =>
  before === undefined || before.attempt === 0 ? key : `${key} after ${before.attempt}`

const loadDurable = late(() => import("./DurableEngine.ts"))

/** Reasons for which another file is no better. */
const HOPELESS: ReadonlySet<StoreError["reason"]> = new Set(["busy", "full", "denied"])

/** An engine, and how the run stands in it. */
const openIn = Effect.fnUntraced(function* (
  layer: Layer.Layer<WorkflowEngine.WorkflowEngine, StoreError>,
  execution: string,
) {
  const engine = yield* Layer.build(layer)
  // What another version wrote may be beyond reading.
  const polled = yield* RunWorkflow.poll(execution).pipe(
    Effect.provide(engine),
    Effect.catchDefect(() => new StoreError({ reason: "corrupt", words: "it cannot be read" })),
  )
  const result = Option.getOrUndefined(polled)
  if (result?._tag === "Complete") return yield* new StoreError({ reason: "corrupt", words: "it says the run is over" })
  // Without a result it is new, or was broken off: then the engine has gone on with it as soon as it can.
  return { engine, suspended: result !== undefined }
})

/** Opens the run's engine for the present scope; a file that cannot be used is made anew. */
const open = Effect.fnUntraced(function* (store: RunStore["Service"], run: string, execution: string) {
  const { engines } = store
  if (engines === undefined) return yield* openIn(WorkflowEngine.layerMemory, execution)
  const { layerDurable } = yield* loadDurable
  const attempt = Effect.gen(function* () {
    const file = yield* engines.make(run)
    const own = yield* Scope.fork(yield* Effect.scope)
    return yield* Effect.onExit(Scope.provide(openIn(layerDurable(file), execution), own), (exit) =>
      Exit.isSuccess(exit) ? Effect.void : Scope.close(own, exit),
    )
  })
  return yield* attempt.pipe(
    Effect.catch((error) =>
      HOPELESS.has(error.reason) ? Effect.fail(error) : Effect.andThen(engines.remove(run), attempt),
    ),
  )
})

/**
 * Runs `body` as the run's workflow, in the present scope, and waits for its end. `body` tells whether anything of the run
 * is left to do.
 */
export const runInEngine = Effect.fnUntraced(function* (
  store: RunStore["Service"],
  run: string,
  hash: string,
  body: Effect.Effect<{ readonly unfinished: boolean }, never, Durable>,
): Effect.fn.Return<void, StoreError, Scope.Scope> {
  const payload = { run, hash }
  const execution = yield* RunWorkflow.executionId(payload)
  const { engine, suspended } = yield* open(store, run, execution)
  const ended = yield* Deferred.make<void>()
  const workflow = () =>
    body.pipe(
      Effect.onExit((exit) => Deferred.done(ended, Exit.asVoid(exit))),
      // Whatever it died of is no matter for the file.
      Effect.catchDefect(() => Effect.succeed({ unfinished: true })),
      Effect.flatMap(({ unfinished }) => (unfinished ? Effect.fail(new Unfinished()) : Effect.void)),
    )
  const registered = yield* Layer.build(Layer.provideMerge(RunWorkflow.toLayer(workflow), Layer.succeedContext(engine)))
  const start = suspended ? RunWorkflow.resume(execution) : RunWorkflow.execute(payload, { discard: true })
  yield* Effect.provide(start, registered)
  yield* Deferred.await(ended)
})
