/** What a person can type after `workflow`; each loads its handler when it runs. */
import { Effect, Option } from "effect"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { common, json, optional, toggle } from "./Flags.ts"

const workflowRun = Command.make(
  "run",
  {
    what: Argument.String("workflow").pipe(
      Argument.withDescription("a shipped workflow, or a file; see `workflow list`"),
      Argument.optional,
    ),
    input: Flag.String("input").pipe(Flag.withDescription("an input as NAME=VALUE; may be repeated"), Flag.atLeast(0)),
    concurrency: Flag.Int("concurrency").pipe(Flag.withDescription("units at once, 1-256 (20)"), Flag.optional),
    keep: Flag.Int("keep").pipe(Flag.withDescription("runs that stay on record (100)"), Flag.optional),
    ephemeral: toggle("ephemeral", "keep no record; the run cannot be resumed"),
    resume: optional("resume", "go on with this run"),
    redo: Flag.String("redo").pipe(
      Flag.withDescription("with --resume: do the unknown writes of this step again; may be repeated"),
      Flag.atLeast(0),
    ),
    json,
  },
  Effect.fnUntraced(function* (options) {
    const shared = yield* common
    const { runWorkflow } = yield* Effect.promise(() => import("./handlers/workflow.ts"))
    yield* runWorkflow(shared, {
      ...options,
      what: Option.getOrUndefined(options.what),
      concurrency: Option.getOrUndefined(options.concurrency),
      keep: Option.getOrUndefined(options.keep),
      resume: Option.getOrUndefined(options.resume),
    })
  }),
).pipe(Command.withDescription("Run a workflow over accounts and regions, or go on with a run"))

const workflowList = Command.make(
  "list",
  { json },
  Effect.fnUntraced(function* ({ json }) {
    const shared = yield* common
    const { listRuns } = yield* Effect.promise(() => import("./handlers/workflowRuns.ts"))
    yield* listRuns(shared, json)
  }),
).pipe(Command.withDescription("List the shipped workflows and the recorded runs"))

const runArgument = Argument.String("run").pipe(Argument.withDescription("id of a run, see `workflow list`"))

const workflowShow = Command.make(
  "show",
  { run: runArgument, json },
  Effect.fnUntraced(function* ({ json, run }) {
    const shared = yield* common
    const { showRun } = yield* Effect.promise(() => import("./handlers/workflowRuns.ts"))
    yield* showRun(shared, run, json)
  }),
).pipe(Command.withDescription("Show a run with its units, also while it goes on"))

const workflowCancel = Command.make(
  "cancel",
  { run: runArgument },
  Effect.fnUntraced(function* ({ run }) {
    const shared = yield* common
    const { cancelRun } = yield* Effect.promise(() => import("./handlers/workflowRuns.ts"))
    yield* cancelRun(shared, run)
  }),
).pipe(Command.withDescription("End a run that goes on in another process, and undo what its file says"))

/** `workflow` and its subcommands. */
export const workflow = Command.make("workflow").pipe(
  Command.withDescription("Steps run in parallel over accounts and regions, with a record of each unit"),
  Command.withSubcommands([workflowRun, workflowList, workflowShow, workflowCancel]),
)
