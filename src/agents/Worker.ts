/**
 * Works on one job: the agent's own check of each call, its budget, its stall timeout, and the events of it. The contract
 * is kept here: a tool is reached through `toolOf` alone, whoever names it.
 */
import { Cause, Clock, DateTime, Deferred, Duration, Effect, Exit, Result } from "effect"
import { principalOf } from "../config/Agents.ts"
import { nearest, oneLine } from "../core/Text.ts"
import type { Redactor } from "../guard/Redactor.ts"
import type { Outcome } from "../tools/Guarded.ts"
import { ToolCall } from "../tools/ToolCall.ts"
import type { AgentTool, Role } from "./Agent.ts"
import { AgentError, BudgetSpent, TaskStalled, ToolOutside } from "./AgentError.ts"
import type { Happening } from "./AgentEvent.ts"
import type { Purse } from "./Budget.ts"
import { type Job, whatOf } from "./Job.ts"
import type { Mind } from "./Mind.ts"

/** What an agent's life stands on; the Supervisor gives it. */
export interface AgentPorts {
  /** Calls the tool with all that it needs but the caller. */
  readonly run: (tool: AgentTool, args: unknown) => Effect.Effect<Outcome, never, ToolCall>
  readonly mind: typeof Mind.Service
  readonly redactor: Redactor["Service"]
}

/** Argument names that an event tells of. */
const MOST_NAMES = 20

/** The agent's tool of that name, or the refusal. */
export const toolOf = (role: Role, name: string): Result.Result<AgentTool, AgentError> => {
  const tool = role.tools.find(({ meta }) => meta.name === name)
  if (tool !== undefined) return Result.succeed(tool)
  const guess = nearest(
    name,
    role.tools.map(({ meta }) => meta.name),
  )
  return Result.fail(
    new AgentError({
      reason: new ToolOutside({
        agent: role.name,
        tool: oneLine(name, 100),
        ...(guess === undefined ? {} : { guess }),
      }),
    }),
  )
}

/** Takes one of the budget, or says that it is spent. */
export const spend = Effect.fnUntraced(function* (role: Role, purse: Purse, what: "tasks" | "calls") {
  const now = yield* Clock.currentTimeMillis
  if (purse.take(what, now)) return
  const { refillsAt } = purse.left(now)
  const refills = refillsAt === undefined ? {} : { refills: DateTime.formatIso(DateTime.makeUnsafe(refillsAt)) }
  return yield* new AgentError({
    reason: new BudgetSpent({ agent: role.name, what, limit: role.budget[what], ...refills }),
  })
})

/** How one agent works on jobs. Fails with what the waiter is told; interruption and defects are its life's to judge. */
export const makeWorker = (
  role: Role,
  purse: Purse,
  ports: AgentPorts,
  emit: (happening: Happening) => Effect.Effect<void>,
) => {
  const principal = principalOf(role.name)
  const clean = (text: string, most: number): string => ports.redactor.text(oneLine(text, most))

  const sign = (job: Job) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      job.sign = now
    })

  const namesOf = (args: unknown): ReadonlyArray<string> =>
    typeof args !== "object" || args === null
      ? []
      : Object.keys(args)
          .slice(0, MOST_NAMES)
          .map((name) => clean(name, 40))

  const callerOf = (job: Job): ToolCall["Service"] => ({
    principal,
    progress: (step) =>
      Effect.gen(function* () {
        yield* sign(job)
        const { message, progress, total } = step
        yield* emit({
          kind: "progress",
          task: job.id,
          progress,
          ...(total === undefined ? {} : { total }),
          ...(message === undefined ? {} : { message: clean(message, 200) }),
        })
        yield* job.onProgress?.(step) ?? Effect.void
      }),
  })

  const call = Effect.fnUntraced(function* (job: Job, name: string, args: unknown) {
    const tool = yield* Effect.fromResult(toolOf(role, name))
    yield* spend(role, purse, "calls")
    yield* sign(job)
    yield* emit({ kind: "call", task: job.id, tool: name, args: namesOf(args) })
    const outcome = yield* ports.run(tool, args).pipe(Effect.provideService(ToolCall, callerOf(job)))
    yield* sign(job)
    return outcome
  })

  const answer = (job: Job) =>
    "tool" in job.task
      ? call(job, job.task.tool, job.task.args)
      : ports.mind.answer({
          agent: role.name,
          words: job.task.words,
          tools: role.tools.map(({ meta }) => meta),
          call: (tool, args) => call(job, tool, args),
        })

  /** Ends when the job has given no sign of life for the role's patience. The waiter hears of it before the work ends. */
  const watch = Effect.fnUntraced(function* (job: Job) {
    for (;;) {
      const left = job.sign + Duration.toMillis(role.stall) - (yield* Clock.currentTimeMillis)
      if (left > 0) {
        yield* Effect.sleep(Duration.millis(left))
        continue
      }
      const error = new AgentError({
        reason: new TaskStalled({
          agent: role.name,
          what: whatOf(job.task),
          seconds: Duration.toSeconds(role.stall),
        }),
      })
      yield* Deferred.fail(job.done, error)
      return yield* error
    }
  })

  const tell = Effect.fnUntraced(function* (job: Job, exit: Exit.Exit<Outcome, AgentError>) {
    const millis = (yield* Clock.currentTimeMillis) - job.since
    const told = (outcome: "done" | "failed" | "cancelled", code?: string) =>
      emit({ kind: "result", task: job.id, outcome, millis, ...(code === undefined ? {} : { code: clean(code, 100) }) })
    if (Exit.isSuccess(exit)) return yield* exit.value._tag === "Done" ? told("done") : told("failed", exit.value.code)
    const error = Exit.findErrorOption(exit)
    if (error._tag === "Some") return yield* told("failed", error.value.code)
    return yield* Cause.hasInterruptsOnly(exit.cause) ? told("cancelled") : told("failed", "agent_crashed")
  })

  return Effect.fnUntraced(
    function* (job: Job) {
      yield* sign(job)
      job.since = job.sign
      yield* emit({ kind: "task", task: job.id, what: whatOf(job.task) })
      return yield* Effect.raceFirst(answer(job), watch(job))
    },
    (work, job) => Effect.onExit(work, (exit) => tell(job, exit)),
  )
}
