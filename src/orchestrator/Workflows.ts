/**
 * Workflows for whoever wants them run: the command line, the orchestrator's prompt, a model. A run works through the
 * agents and is written down; the record is opened when it is first needed and not before.
 */
import { Context, Effect, Fiber, FileSystem, Layer, PubSub, Result, Semaphore, Stream } from "effect"
import { AppConfig } from "../config/AppConfig.ts"
import type { Place } from "./Course.ts"
import type { Ended } from "./Engine.ts"
import { type Given, readInputs } from "./Inputs.ts"
import type { Known } from "./Known.ts"
import { begin, CONCURRENCY, KEPT, resume, type Prepared, type Surroundings } from "./Orchestrator.ts"
import { checkPlan } from "./PlanCheck.ts"
import { readPlan } from "./PlanFile.ts"
import type { Run, Unit } from "./RunModel.ts"
import { RunHome } from "./RunHome.ts"
import { RunStore } from "./RunStore.ts"
import { type PlanInvalid, RunRefused, type StoreError } from "./WorkflowError.ts"
import type { Inputs, Step, Workflow } from "./WorkflowModel.ts"
import { Worker } from "./Worker.ts"

/** A workflow that may be run: read, checked against agents and tools, its inputs filled in. */
export interface Checked {
  readonly workflow: Workflow
  /** In an order in which each comes after what it needs. */
  readonly steps: ReadonlyArray<Step>
  readonly inputs: Inputs
}

/** Checks a file's text and the inputs before anything happens. */
export const check = Effect.fn("Workflows.check")(function* (
  known: Known,
  file: string,
  text: string,
  inputs: Given,
): Effect.fn.Return<Checked, PlanInvalid | RunRefused> {
  const source = yield* Effect.fromResult(readPlan(file, text))
  const steps = yield* checkPlan(source, known)
  const given = readInputs(source.workflow, inputs)
  if (Result.isFailure(given))
    return yield* new RunRefused({ what: `The workflow is not run:\n${given.failure.join("\n")}` })
  return { workflow: source.workflow, steps, inputs: given.success }
})

/** What a run may be told to do otherwise. */
export interface RunOptions {
  /** Units at once; see {@link CONCURRENCY}. */
  readonly concurrency?: number | undefined
  /** Runs that stay on record; see {@link KEPT}. */
  readonly keep?: number | undefined
  /** Keeps no record of this run. */
  readonly ephemeral?: boolean | undefined
  /**
   * The process lives on when whoever waits for the run goes away. The run is cancelled then as by another process, and has
   * all the time that its undo takes, as far as the process has it.
   */
  readonly lives?: boolean | undefined
}

/** Who looks on while a run goes. */
export interface Onlooker {
  /** The run has a name now, and nothing has been called yet. */
  readonly begun?: (run: Pick<Prepared, "id" | "name">) => Effect.Effect<void>
  readonly tell?: (unit: Unit) => Effect.Effect<void>
  /** Hears the end of a run that was interrupted, as nobody gets it as a result then. */
  readonly interrupted?: (run: Report) => Effect.Effect<void>
}

/** A run that has ended. */
export interface Report extends Ended {
  readonly id: string
  readonly name: string
  /** Whether it can be shown and gone on with later. */
  readonly recorded: boolean
}

/** Whoever went away hears of a run that ends quickly; one that undoes goes on without them. */
const MOMENT = "500 millis"

/** Changes of units that a slow onlooker may be behind before it misses some. */
const BEHIND = 4096

type Refused = RunRefused | StoreError

export class Workflows extends Context.Service<
  Workflows,
  {
    /** The agents and tools that a workflow may name. */
    readonly known: Known
    /** Runs it to its end, whatever that is. Interrupted, it is cancelled and undoes what its file says. */
    readonly run: (plan: Checked, options?: RunOptions, onlooker?: Onlooker) => Effect.Effect<Report, Refused>
    /** Goes on with a run that crashed, failed or was cancelled. `redo`: steps whose unknown writes are repeated. */
    readonly resume: (
      id: string,
      redo: ReadonlyArray<string>,
      options?: Pick<RunOptions, "keep" | "lives">,
      onlooker?: Onlooker,
    ) => Effect.Effect<Report, Refused>
    /** Runs, the newest first. */
    readonly list: (limit: number) => Effect.Effect<ReadonlyArray<Run>, StoreError>
    /** A run with its units as they stand now. */
    readonly show: (
      id: string,
    ) => Effect.Effect<{ readonly run: Run; readonly units: ReadonlyArray<Unit> } | undefined, StoreError>
    /** Asks whoever runs it to end it; whether it was going on. */
    readonly cancel: (id: string) => Effect.Effect<boolean, StoreError>
    /** What becomes of the units of this process's runs, from now on. */
    readonly changes: Stream.Stream<Unit>
  }
>()("vault-aws-mcp/orchestrator/Workflows") {
  static readonly layer = (known: Known): Layer.Layer<Workflows, never, AppConfig | Worker | FileSystem.FileSystem> =>
    Layer.effect(
      Workflows,
      Effect.gen(function* () {
        const { accounts } = yield* AppConfig
        const home = yield* RunHome
        const scope = yield* Effect.scope
        const needs = yield* Effect.context<Worker | FileSystem.FileSystem>()
        const hub = yield* Effect.acquireRelease(PubSub.sliding<Unit>(BEHIND), PubSub.shutdown)

        const turn = yield* Semaphore.make(1)
        let opened: Context.Context<RunStore> | undefined
        /** A record that could not be opened is tried again by the next who needs it. */
        const record = Semaphore.withPermit(
          turn,
          Effect.suspend(() =>
            opened === undefined
              ? Effect.tap(Layer.buildWithScope(RunStore.layer(home.stateDir), scope), (made) =>
                  Effect.sync(() => (opened = made)),
                )
              : Effect.succeed(opened),
          ),
        ).pipe(Effect.provide(needs))
        const store = Effect.map(record, (made) => Context.get(made, RunStore))

        /** Runs of this process, and how each is cancelled at once. */
        const running = new Map<string, Effect.Effect<void>>()

        // Those that are configured, else the top-level role's.
        const places: ReadonlyArray<Place> =
          Object.keys(accounts).length === 0
            ? [{ account: undefined, regions: undefined }]
            : Object.entries(accounts).map(([account, { regions }]) => ({ account, regions }))

        const go = Effect.fnUntraced(
          function* (
            prepare: (around: Surroundings) => Effect.Effect<Prepared, Refused, RunStore>,
            recorded: boolean,
            { keep, lives = false }: Pick<RunOptions, "keep" | "lives">,
            onlooker: Onlooker,
          ): Effect.fn.Return<Report, Refused, RunStore | Worker> {
            let report = (ended: Ended): Report => ({ ...ended, id: "", name: "", recorded })
            const prepared = yield* prepare({
              known,
              place: home.place,
              places,
              tell: (unit) => Effect.andThen(PubSub.publish(hub, unit), onlooker.tell?.(unit) ?? Effect.void),
              onInterrupted: (ended) => onlooker.interrupted?.(report(ended)) ?? Effect.void,
            })
            const { id, name } = prepared
            report = (ended) => ({ ...ended, id, name, recorded })
            yield* onlooker.begun?.({ id, name }) ?? Effect.void
            const { prune } = yield* RunStore
            running.set(id, prepared.cancel)
            const going = prepared.going.pipe(
              Effect.tap(() => Effect.ignore(prune(keep ?? KEPT))),
              Effect.ensuring(Effect.sync(() => running.delete(id))),
            )
            if (!lives) return report(yield* going)
            const fiber = yield* Effect.forkIn(going, scope, { startImmediately: true })
            const end = Effect.andThen(
              prepared.cancel,
              Effect.timeoutOption(Effect.interruptible(Fiber.await(fiber)), MOMENT),
            )
            return report(yield* Effect.onInterrupt(Fiber.join(fiber), () => end))
          },
          (effect) => Effect.provide(effect, needs),
        )

        const run = Effect.fn("Workflows.run")(function* (
          { inputs, steps, workflow }: Checked,
          options: RunOptions = {},
          onlooker: Onlooker = {},
        ) {
          const { concurrency = CONCURRENCY, ephemeral = false } = options
          const going = go(
            (around) => begin(workflow, steps, inputs, concurrency, around),
            !ephemeral && home.stateDir !== undefined,
            // A record that only this call has ends with it.
            ephemeral ? {} : options,
            onlooker,
          )
          if (!ephemeral) return yield* Effect.provide(going, yield* record)
          return yield* Effect.provide(going, RunStore.layer(undefined)).pipe(Effect.provide(needs))
        })

        const goOn = Effect.fn("Workflows.resume")(function* (
          id: string,
          redo: ReadonlyArray<string>,
          options: Pick<RunOptions, "keep" | "lives"> = {},
          onlooker: Onlooker = {},
        ) {
          const going = go((around) => resume(id, redo, around), home.stateDir !== undefined, options, onlooker)
          return yield* Effect.provide(going, yield* record)
        })

        const show = Effect.fnUntraced(function* (id: string) {
          const { get, units } = yield* store
          const found = yield* get(id)
          return found === undefined ? undefined : { run: found, units: yield* units(id) }
        })

        return Workflows.of({
          known,
          run,
          resume: goOn,
          show,
          list: (limit) => Effect.flatMap(store, ({ list }) => list(limit)),
          cancel: (id) =>
            Effect.flatMap(store, ({ askCancel }) => Effect.tap(askCancel(id), () => running.get(id) ?? Effect.void)),
          changes: Stream.fromPubSub(hub),
        })
      }),
    )
}
