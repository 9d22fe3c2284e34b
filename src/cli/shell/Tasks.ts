/** Does what a line asks for, all of it at once, with a live view; Ctrl-C ends it, and not the shell. */
import { Cause, Clock, Context, Effect, Fiber, type Scope, Stream } from "effect"
import { Supervisor } from "../../agents/Supervisor.ts"
import { type Checked, Workflows } from "../../orchestrator/Workflows.ts"
import { styled } from "../Output.ts"
import { type Board, makeBoard } from "./Board.ts"
import type { Asked } from "./Line.ts"
import { type Heading, tellFailure, tellOutcome, tellRun } from "./Results.ts"
import type { Room, Went } from "./Room.ts"
import { CONDUCTOR } from "./Surface.ts"
import { watch } from "./Watch.ts"

/** What only a person may ask for: the workflow of a file, which was checked, or to go on with a run. */
export type AskedRun =
  | { readonly kind: "plan"; readonly plan: Checked; readonly shown: string }
  | { readonly kind: "resume"; readonly run: string; readonly redo: ReadonlyArray<string>; readonly shown: string }

export type Work = Asked | AskedRun

const worst = (all: ReadonlyArray<Went>): Went =>
  all.includes("failed") ? "failed" : all.includes("partial") ? "partial" : "well"

/** Where a task stands in its line, and what it is shown as. */
type Begun = Heading & { readonly nth: number }

/** A task of an agent; the run of a workflow among them is told by its record. */
const submit = Effect.fnUntraced(function* (room: Room, board: Board, asked: Asked, at: Begun) {
  const { nth } = at
  const supervisor = Context.get(yield* room.world, Supervisor)
  const { agent, task } =
    asked.kind === "task"
      ? asked
      : {
          agent: CONDUCTOR,
          task: {
            tool: "workflow_run",
            args: {
              workflow: asked.workflow,
              inputs: asked.inputs,
            },
          },
        }
  const tool = "tool" in task ? task.tool : undefined
  const heading = { ...at, ...(tool === undefined ? {} : { tool }) }
  const onProgress = ({ message }: { readonly message?: string }) =>
    Effect.sync(() => board.words(nth, tool === "workflow_run" ? "" : (message ?? "")))
  const outcome = yield* Effect.result(supervisor.submit(agent, task, { onProgress }))
  board.end(nth)
  if (outcome._tag === "Failure") {
    const { code, message } = outcome.failure
    return yield* tellFailure(room, heading, message, code)
  }
  const run = outcome.success._tag === "Done" && tool === "workflow_run" ? outcome.success.value["run"] : undefined
  if (typeof run !== "string") return yield* tellOutcome(room, heading, outcome.success)
  board.close(run)
  return yield* tellRun(room, run, heading)
})

const perform = Effect.fnUntraced(function* (room: Room, board: Board, asked: AskedRun, at: Begun) {
  const workflows = Context.get(yield* room.world, Workflows)
  const { id } = yield* asked.kind === "plan"
    ? workflows.run(asked.plan, { lives: true })
    : workflows.resume(asked.run, asked.redo, { lives: true })
  board.end(at.nth)
  board.close(id)
  return yield* tellRun(room, id, at)
})

/** Results of several tasks come as they come: the first word of each, good or bad, says whose it is. */
const headedBy = (room: Room, shown: string): Room => {
  let first = true
  const once = (tell: (text: string) => Effect.Effect<void>) => (text: string) =>
    Effect.suspend(() => {
      const words = first ? `${styled("bold", shown)}\n${text}` : text
      first = false
      return tell(words)
    })
  return { ...room, terminal: { ...room.terminal, out: once(room.terminal.out), note: once(room.terminal.note) } }
}

const one = (room: Room, board: Board, asked: Work, nth: number, several: boolean) => {
  const shown = room.redactor.text(asked.shown)
  const at: Begun = { shown, nth, ...("place" in asked ? { place: asked.place } : {}) }
  return Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    board.begin(nth, shown, began)
    const headed = several && !room.json ? headedBy(room, `── ${shown}`) : room
    return yield* asked.kind === "plan" || asked.kind === "resume"
      ? perform(headed, board, asked, at)
      : submit(headed, board, asked, at)
  }).pipe(
    Effect.catchTag(["WorldFailed", "RunRefused", "StoreError"], ({ _tag, message }) =>
      tellFailure(room, at, message, _tag),
    ),
    Effect.ensuring(Effect.sync(() => board.end(nth))),
  )
}

/** Whether it is the run of a workflow. */
const runs = (work: Work): boolean => work.kind !== "task" || ("tool" in work.task && work.task.tool === "workflow_run")

/** Does all of it, and says how it went. */
export const runAll = Effect.fn("Shell.runAll")(function* (
  room: Room,
  all: ReadonlyArray<Work>,
): Effect.fn.Return<Went, never, Scope.Scope> {
  const { terminal } = room
  const board = makeBoard()
  const context = yield* Effect.result(room.world)
  if (context._tag === "Failure") return yield* tellFailure(room, { shown: "world" }, context.failure.message, "world")
  const workflows = Context.get(context.success, Workflows)
  const watching = Stream.runForEach(workflows.changes, (unit) => Effect.sync(() => board.unit(unit)))
  yield* Effect.forkScoped(watching, { startImmediately: true })
  yield* watch(terminal, board)

  const going = yield* Effect.forEach(all, (asked, i) =>
    Effect.map(
      Effect.forkScoped(one(room, board, asked, i + 1, all.length > 1), { startImmediately: true }),
      (fiber) => ({ fiber, runs: runs(asked) }),
    ),
  )
  const fibers = going.map(({ fiber }) => fiber)
  const broken = Effect.as(terminal.broken, "broken" as const)
  const end = yield* Effect.raceFirst(Effect.exit(Fiber.joinAll(fibers)), broken)
  if (end !== "broken") {
    if (end._tag === "Success") return worst(end.value)
    const words = `A fault of this program: ${Cause.pretty(end.cause)}`
    return yield* tellFailure(room, { shown: "shell" }, words, "internal_error")
  }
  const begun = board.runs()
  const undoes =
    begun.length > 0 ? ", and a workflow undoes what its file says; Ctrl-C again does not wait for that" : ""
  yield* terminal.note(styled("yellow", `cancelling: what is under way ends${undoes}`))
  yield* Fiber.interruptAll(going.flatMap(({ fiber, runs }) => (runs ? [] : [fiber])))
  if (begun.length > 0) {
    // As another process would: the program lives on, so there is time to undo.
    for (const id of begun) yield* workflows.cancel(id).pipe(Effect.catch(({ message }) => terminal.note(message)))
    yield* Effect.raceFirst(Fiber.awaitAll(going.flatMap(({ fiber, runs }) => (runs ? [fiber] : []))), broken)
  }
  yield* Fiber.interruptAll(fibers)
  const ids = board.runs()
  for (const id of ids)
    yield* Effect.catchTag(tellRun(room, id), ["WorldFailed", "StoreError"], ({ message }) => terminal.note(message))
  if (ids.length === 0 && begun.length === 0)
    yield* terminal.note(
      styled(
        "yellow",
        "cancelled. If it changes something, look before you repeat it: what was sent may have happened.",
      ),
    )
  return "failed"
}, Effect.scoped)
