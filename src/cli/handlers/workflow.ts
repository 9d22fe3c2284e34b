/** `workflow run`: a file or a shipped workflow, with progress on stderr and a row per unit at the end. */
import { Context, Effect } from "effect"
import { type Onlooker, type Report, Workflows } from "../../orchestrator/Workflows.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { columns, print, say } from "../Output.ts"
import { CommandFailed, withWorld } from "../Session.ts"
import { makeProgress } from "../WorkflowProgress.ts"
import { asJson, asTable, summary } from "../WorkflowOutput.ts"
import { planOf } from "../WorkflowText.ts"

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

const EXIT: Readonly<Record<string, number>> = { partial: 2, failed: 1, cancelled: 130 }

const show = (report: Report, json: boolean) =>
  print(json ? asJson(report, report.units) : asTable(report.units, { width: columns() }))

/** Everything is checked before a world is made, and nothing is written before that. */
export const runWorkflow = Effect.fnUntraced(function* (common: CommonArgs, options: RunOptions) {
  if ((options.what === undefined) === (options.resume === undefined))
    return yield* failed("Name a workflow or a file, or a run with --resume: one of the two.")
  if (
    options.resume !== undefined &&
    (options.input.length > 0 || options.ephemeral || options.concurrency !== undefined)
  )
    return yield* failed(
      "A run goes on as it was begun, from its record: --resume takes no --input, --concurrency or --ephemeral.",
    )
  if (options.resume === undefined && options.redo.length > 0) return yield* failed("--redo goes with --resume RUN.")
  if (options.concurrency !== undefined && (options.concurrency < 1 || options.concurrency > 256))
    return yield* failed("--concurrency is a whole number from 1 to 256.")
  if (options.keep !== undefined && options.keep < 1) return yield* failed("--keep is at least 1.")
  const { input, json, keep, what } = options
  const plan =
    what === undefined ? undefined : yield* Effect.mapError(planOf(what, input), ({ message }) => failed(message))

  return yield* withWorld(common, (config, world) =>
    Effect.gen(function* () {
      const progress = yield* makeProgress
      const workflows = Context.get(yield* world, Workflows)
      const recorded = !options.ephemeral && config.stateDir !== undefined
      const onlooker: Onlooker = {
        begun: ({ id }) => say(`run ${id}${recorded ? "" : " (not recorded)"}`),
        tell: progress.tell,
        interrupted: (report) =>
          progress.end.pipe(Effect.andThen(show(report, json)), Effect.andThen(say(summary(report)))),
      }
      const report = yield* plan === undefined
        ? workflows.resume(options.resume ?? "", options.redo, { keep }, onlooker)
        : workflows.run(plan, options, onlooker)
      yield* progress.end
      yield* show(report, json)
      const code = EXIT[report.state] ?? 0
      if (code !== 0) return yield* failed(summary(report), code)
      yield* say(summary(report))
    }).pipe(
      Effect.scoped,
      Effect.catchTag(["RunRefused", "StoreError", "WorldFailed"], ({ message }) => Effect.fail(failed(message))),
    ),
  )
})
