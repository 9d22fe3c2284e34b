/** `workflow run`: a file or a shipped workflow, with progress on stderr and a row per unit at the end. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { basename } from "node:path"
import { type Context, Effect, FileSystem, Result } from "effect"
import { layerWorker, placesIn } from "../../app/WorkflowWorker.ts"
import type { World, WorldFailed } from "../../app/World.ts"
import type { AppConfigShape } from "../../config/AppConfig.ts"
import { nearest, oneLine } from "../../core/Text.ts"
import type { Ended } from "../../orchestrator/Engine.ts"
import { readInputs } from "../../orchestrator/Inputs.ts"
import { ROSTER } from "../../agents/Roster.ts"
import { knownOf } from "../../orchestrator/Known.ts"
import { LIBRARY } from "../../orchestrator/Library.ts"
import { begin, CONCURRENCY, KEPT, resume, type Surroundings } from "../../orchestrator/Orchestrator.ts"
import { checkPlan } from "../../orchestrator/PlanCheck.ts"
import { LONGEST_FILE, readPlan } from "../../orchestrator/PlanFile.ts"
import { RunStore } from "../../orchestrator/RunStore.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { print, say } from "../Output.ts"
import { CommandFailed, withWorld } from "../Session.ts"
import { makeProgress } from "../WorkflowProgress.ts"
import { asJson, asTable, summary } from "../WorkflowOutput.ts"

/** What `workflow run` was asked for. */
export interface RunOptions {
  readonly what: string | undefined
  readonly input: ReadonlyArray<string>
  readonly concurrency: number | undefined
  readonly keep: number | undefined
  readonly ephemeral: boolean
  readonly resume: string | undefined
  readonly redo: ReadonlyArray<string>
  readonly json: boolean
}

const failed = (what: string, exitCode = 1) => new CommandFailed({ what, exitCode })

const readText = Effect.fnUntraced(function* (what: string) {
  const shipped = LIBRARY.get(what)
  if (shipped !== undefined) return { file: `${what}.yaml`, text: shipped }
  const files = yield* FileSystem.FileSystem
  if (!/[./\\]/.test(what) && !(yield* Effect.orElseSucceed(files.exists(what), () => false))) {
    const guess = nearest(what, LIBRARY.keys())
    return yield* failed(
      `There is no workflow ${JSON.stringify(oneLine(what, 60))}${guess === undefined ? "" : `, did you mean ${guess}?`} It is the name of a file, or one of ${[...LIBRARY.keys()].join(", ")}.`,
    )
  }
  const unreadable = (why: string) => failed(`The workflow ${what} cannot be read: ${why}.`)
  const { size, type } = yield* Effect.mapError(files.stat(what), ({ reason }) => unreadable(reason._tag))
  if (type !== "File" || Number(size) > 4 * LONGEST_FILE) return yield* unreadable("it is no file of a fitting size")
  const text = yield* Effect.mapError(files.readFileString(what), ({ reason }) => unreadable(reason._tag))
  return { file: basename(what), text }
}, Effect.provide(NodeFileSystem.layer))

const EXIT: Readonly<Record<string, number>> = { partial: 2, failed: 1, cancelled: 130 }

const show = (id: string, name: string, { state, units }: Ended, json: boolean) =>
  print(json ? asJson({ id, name, state }, units) : asTable(units))

/** Where a run works: its record says so, and it goes on nowhere else. */
const placeOf = (common: CommonArgs, config: AppConfigShape): string =>
  common.sandbox
    ? "sandbox"
    : `${config.vault.address}${config.vault.namespace === undefined ? "" : ` (${config.vault.namespace})`}`

const checked = Effect.fnUntraced(function* (options: RunOptions, what: string) {
  const { file, text } = yield* readText(what)
  const source = yield* Effect.mapError(Effect.fromResult(readPlan(file, text)), ({ message }) => failed(message))
  const steps = yield* Effect.mapError(checkPlan(source, knownOf(ROSTER)), ({ message }) => failed(message))
  const inputs = readInputs(source.workflow, options.input)
  if (Result.isFailure(inputs)) return yield* failed(`The workflow is not run:\n${inputs.failure.join("\n")}`)
  return { workflow: source.workflow, steps, inputs: inputs.success }
})

/** Everything is checked before a world is made, and nothing is written before that. */
export const runWorkflow = Effect.fnUntraced(function* (common: CommonArgs, options: RunOptions) {
  if ((options.what === undefined) === (options.resume === undefined))
    return yield* failed("Name a workflow or a file, or a run with --resume: one of the two.")
  if (options.resume !== undefined && (options.input.length > 0 || options.ephemeral))
    return yield* failed(
      "A run goes on with its own inputs, from its record: --resume takes neither --input nor --ephemeral.",
    )
  if (options.resume === undefined && options.redo.length > 0) return yield* failed("--redo goes with --resume RUN.")
  if (options.concurrency !== undefined && (options.concurrency < 1 || options.concurrency > 256))
    return yield* failed("--concurrency is a whole number from 1 to 256.")
  if (options.keep !== undefined && options.keep < 1) return yield* failed("--keep is at least 1.")
  const plan = options.what === undefined ? undefined : yield* checked(options, options.what)

  const body = (config: AppConfigShape, world: Effect.Effect<Context.Context<World>, WorldFailed>) =>
    Effect.gen(function* () {
      const progress = yield* makeProgress
      const made = yield* Effect.mapError(world, ({ message }) => failed(message))
      const recorded = !options.ephemeral && config.stateDir !== undefined
      let id = ""
      let name = ""
      const around: Surroundings = {
        known: knownOf(ROSTER),
        place: placeOf(common, config),
        places: placesIn(made),
        tell: progress.tell,
        onInterrupted: (ended) =>
          progress.end.pipe(
            Effect.andThen(show(id, name, ended, options.json)),
            Effect.andThen(say(summary(id, ended, recorded))),
          ),
      }
      const prepared = yield* plan === undefined
        ? resume(options.resume ?? "", options.redo, around)
        : begin(plan.workflow, plan.steps, plan.inputs, options.concurrency ?? CONCURRENCY, around)
      id = prepared.id
      name = prepared.name
      yield* say(`run ${id}${recorded ? "" : " (not recorded)"}`)
      const ended = yield* prepared.going
      yield* progress.end
      yield* show(id, name, ended, options.json)
      const store = yield* RunStore
      yield* Effect.ignore(store.prune(options.keep ?? KEPT))
      const code = EXIT[ended.state] ?? 0
      if (code !== 0) return yield* failed(summary(id, ended, recorded), code)
      yield* say(summary(id, ended, recorded))
    }).pipe(
      Effect.scoped,
      Effect.provide([layerWorker(world), RunStore.layer(options.ephemeral ? undefined : config.stateDir)]),
      Effect.provide(NodeFileSystem.layer),
      Effect.catchTag(["RunRefused", "StoreError"], ({ message }) => Effect.fail(failed(message))),
    )
  return yield* withWorld(common, body)
})
