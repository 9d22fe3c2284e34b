/** /run: a workflow by its name, or of a file that the person names; a run by its id; alone, what there is of both. */
import { Clock, Context, Effect, Result } from "effect"
import { Workflows } from "../../orchestrator/Workflows.ts"
import { listing } from "../Listing.ts"
import { runForPrograms, runsTable } from "../WorkflowOutput.ts"
import { planOf } from "../WorkflowText.ts"
import { type Command, inWorld, tell, WELL, wrong } from "./Command.ts"
import { workflowOf } from "./Line.ts"
import { tellRun } from "./Results.ts"
import { runAll } from "./Tasks.ts"

/** Runs that are listed. */
const LISTED = 10

const list: Command["run"] = (room) =>
  inWorld(
    room,
    Effect.fnUntraced(function* (world) {
      const { surface } = room
      const runs = yield* Context.get(world, Workflows).list(LISTED)
      const now = yield* Clock.currentTimeMillis
      yield* tell(
        room,
        () => ({
          workflows: surface.workflows.map(({ inputs, name, says }) => ({ name, description: says, inputs })),
          runs: runs.map(runForPrograms),
        }),
        (width) => {
          const workflows = listing(
            ["workflow", "inputs", "does"],
            surface.workflows.map(({ inputs, name, says }) => [name, inputs.map((one) => `${one}=`).join(" "), says]),
            { width },
          )
          return runs.length === 0 ? workflows : `${workflows}\n\n${runsTable(runs, now, { width })}`
        },
      )
      return WELL
    }),
  )

/** The ids of runs end so. */
const RUN = /^[a-z][a-z0-9-]*-[0-9a-f]{8}$/

/** `--resume RUN [--redo STEP …]`. */
const resume: Command["run"] = (room, [run, ...more]) => {
  if (run === undefined) return wrong(room, "Which run? /run --resume RUN; /run alone lists them.")
  const redo = more.filter((word, i) => word !== "--redo" && more[i - 1] === "--redo")
  if (redo.length * 2 !== more.length)
    return wrong(room, "/run --resume RUN, and for each step whose unknown writes are to be done again: --redo STEP.")
  return runAll(room, [{ kind: "resume", run, redo, shown: run }])
}

/**
 * Runs a workflow as if its name had been typed to the orchestrator; a file is read and checked first. A run's id shows
 * that run.
 */
export const runCommand: Command["run"] = (room, words) => {
  const [what, ...more] = words
  if (what === undefined) return list(room, words)
  if (what === "--resume") return resume(room, more)
  if (room.surface.workflows.some(({ name }) => name === what))
    return Result.match(workflowOf(what, more), {
      onFailure: (problem) => wrong(room, problem),
      onSuccess: (asked) => runAll(room, [asked]),
    })
  if (RUN.test(what) && more.length === 0) return inWorld(room, () => tellRun(room, what))
  return planOf(what, more).pipe(
    Effect.flatMap((plan) => runAll(room, [{ kind: "plan", plan, shown: plan.workflow.name }])),
    Effect.catch(({ message }) => wrong(room, message)),
  )
}
