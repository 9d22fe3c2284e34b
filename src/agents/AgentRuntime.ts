/**
 * One agent's life: takes tasks from its mailbox, works on some of them at a time, gives back what it holds when it
 * crashes, and begins again. A task that was begun is never repeated; tasks that waited go on waiting.
 */
import { Cause, Clock, Deferred, Duration, Effect, Exit, Fiber, FiberSet, Queue, Scope, Semaphore } from "effect"
import { makeRestarts } from "../core/Restarts.ts"
import { oneLine } from "../core/Text.ts"
import type { AgentState, BudgetLeft, Role, RunningTask } from "./Agent.ts"
import { AgentCrashed, AgentError, AgentStopped, MailboxFull, TaskInterrupted } from "./AgentError.ts"
import type { Happening } from "./AgentEvent.ts"
import { makePurse } from "./Budget.ts"
import { type Job, makeJob, sift, whatOf } from "./Job.ts"
import type { OnProgress, Task } from "./Task.ts"
import { type AgentPorts, makeWorker, spend, toolOf } from "./Worker.ts"

/** A task that is ended is waited for so long; a waiter has gone by then, and a crash goes on without it. */
const TO_END = Duration.seconds(5)

/** An agent that may be started. The Supervisor alone starts and stops it. */
export interface Agent {
  readonly role: Role
  state: AgentState
  readonly status: Effect.Effect<{
    readonly waiting: number
    readonly running: ReadonlyArray<RunningTask>
    readonly restarts: number
    readonly left: BudgetLeft
  }>
  /** A new life: budget and restarts are counted from here. To be followed by `life`. */
  readonly begin: Effect.Effect<void>
  /** Lives until it is interrupted, or has crashed too often. */
  readonly life: Effect.Effect<void>
  /** Refuses a tool that is none of the agent's. */
  readonly check: (task: Task) => Effect.Effect<void, AgentError>
  /** Takes a task into the mailbox, or says why not. Nothing has happened then. */
  readonly accept: (task: Task, onProgress: OnProgress | undefined) => Effect.Effect<Job, AgentError>
  /** Takes the job out of the mailbox, or ends the work on it. */
  readonly cancel: (job: Job) => Effect.Effect<void>
  /** Tells all who still wait for anything that the agent is stopped. */
  readonly dismiss: Effect.Effect<void>
}

/** An agent that nobody has started. `giveBack`: all that it holds in Vault. */
export const makeAgent = Effect.fnUntraced(function* (
  role: Role,
  ports: AgentPorts,
  emit: (happening: Happening) => Effect.Effect<void>,
  giveBack: Effect.Effect<unknown>,
) {
  /** Tasks at work count until they end, as those that may begin at once pass through the mailbox, too. */
  const most = role.concurrency + role.mailbox
  const mailbox = yield* Queue.bounded<Job>(most)
  const jobs = new Map<number, Job>()
  const purse = makePurse(role.budget)
  const work = makeWorker(role, purse, ports, emit)
  let nth = 0
  let restarts = 0
  let nextPause = makeRestarts(role.restart)

  const stopped = (began: boolean) => new AgentError({ reason: new AgentStopped({ agent: role.name, began }) })
  const crashed = (final: boolean) => new AgentError({ reason: new AgentCrashed({ agent: role.name, final }) })

  const full = new AgentError({ reason: new MailboxFull({ agent: role.name, capacity: role.mailbox }) })

  const settle = (job: Job, exit: Exit.Exit<never, AgentError>) =>
    Effect.suspend(() => {
      jobs.delete(job.id)
      return Deferred.done(job.done, exit)
    })

  /** A stop is the Supervisor's word: nothing that happens on the way undoes it. */
  const become = (state: AgentState) => {
    if (agent.state !== "stopped") agent.state = state
  }

  /** What the waiter of an interrupted task is told: the agent's end, or else something below it. */
  const interrupted = (job: Job): AgentError =>
    agent.state === "stopped"
      ? stopped(true)
      : agent.state === "running"
        ? new AgentError({ reason: new TaskInterrupted({ agent: role.name, what: whatOf(job.task) }) })
        : crashed(false)

  /** Works on the job; a defect is the agent's crash and goes to `fault`. */
  const perform = (job: Job, fault: Deferred.Deferred<Cause.Cause<unknown>>) =>
    Effect.suspend(() => (job.unwanted ? Effect.interrupt : work(job))).pipe(
      Effect.onExit((exit) =>
        Effect.suspend(() => {
          if (Exit.isSuccess(exit)) {
            jobs.delete(job.id)
            return Deferred.succeed(job.done, exit.value)
          }
          const failure = Exit.findErrorOption(exit)
          if (failure._tag === "Some") return settle(job, Exit.fail(failure.value))
          if (Cause.hasInterruptsOnly(exit.cause)) return settle(job, Exit.fail(interrupted(job)))
          // The state first: whoever else is interrupted by this hears of the crash.
          become("restarting")
          return Effect.andThen(settle(job, Exit.fail(crashed(false))), Deferred.succeed(fault, exit.cause))
        }),
      ),
      Effect.exit,
      Effect.asVoid,
    )

  /** Works in the scope until something crashes; gives what it was. */
  const untilCrash = Effect.gen(function* () {
    const fault = yield* Deferred.make<Cause.Cause<unknown>>()
    const places = yield* Semaphore.make(role.concurrency)
    const workers = yield* FiberSet.make<void>()
    const takeOne = Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        yield* restore(Semaphore.take(places, 1))
        const job = yield* restore(Queue.take(mailbox)).pipe(Effect.onInterrupt(() => Semaphore.release(places, 1)))
        const free = Effect.ensuring(perform(job, fault), Semaphore.release(places, 1))
        // At once: a fiber that is interrupted before its first step would leave its place taken.
        job.fiber = yield* FiberSet.run(workers, Effect.interruptible(free), { startImmediately: true })
      }),
    )
    return yield* Effect.raceFirst(Effect.forever(takeOne), Deferred.await(fault))
  })

  /** As long as it takes to end all that was begun, but no longer than {@link TO_END}. */
  const untilEnded = Effect.flatMap(Scope.make(), (scope) =>
    Effect.onExit(Scope.provide(untilCrash, scope), () =>
      Effect.gen(function* () {
        // Nobody's child, as a life that ends would wait for it however long it takes; it ends with the tasks it ends.
        const closing = yield* Effect.forkDetach(Scope.close(scope, Exit.void), { startImmediately: true })
        yield* Effect.timeoutOption(Effect.interruptible(Fiber.await(closing)), TO_END)
      }),
    ),
  )

  /** Tells the waiters of all that was taken and will not be done. */
  const failTaken = Effect.suspend(() => {
    const waiting = new Set(sift(mailbox, () => false))
    const taken = [...jobs.values()].filter((job) => !waiting.has(job))
    return Effect.forEach(taken, (job) => settle(job, Exit.fail(crashed(false))), { discard: true })
  })

  const failAll = (errorOf: (job: Job) => AgentError) =>
    Effect.suspend(() => {
      sift(mailbox, () => true)
      return Effect.forEach([...jobs.values()], (job) => settle(job, Exit.fail(errorOf(job))), { discard: true })
    })

  const tellCrash = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>, final: boolean) {
    const what = (most: number) => ports.redactor.text(oneLine(Cause.pretty(cause), most))
    yield* Effect.logError(`the ${role.name} agent crashed`, what(4000))
    yield* emit({ kind: "crashed", what: what(200), final })
  })

  const life = Effect.gen(function* () {
    yield* emit({ kind: "started" })
    for (;;) {
      const exit = yield* Effect.exit(untilEnded)
      // A stop is not a crash, and neither is the end of everything.
      if (Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) return yield* exit
      become("restarting")
      yield* failTaken
      const pause = yield* nextPause
      if (pause === undefined) become("failed")
      yield* tellCrash(Exit.isSuccess(exit) ? exit.value : exit.cause, pause === undefined)
      yield* giveBack
      if (pause === undefined) return yield* failAll(() => crashed(true))
      yield* Effect.sleep(pause)
      become("running")
      restarts++
      yield* emit({ kind: "restarted", nth: restarts })
    }
  })

  const check = (task: Task) =>
    "tool" in task ? Effect.asVoid(Effect.fromResult(toolOf(role, task.tool))) : Effect.void

  const accept = Effect.fnUntraced(function* (task: Task, onProgress: OnProgress | undefined) {
    yield* check(task)
    if (agent.state === "failed") return yield* crashed(true)
    if (agent.state === "stopped") return yield* stopped(false)
    if (jobs.size >= most) return yield* full
    yield* spend(role, purse, "tasks")
    const job = makeJob(++nth, task, onProgress)
    if (!Queue.offerUnsafe(mailbox, job)) return yield* full
    jobs.set(job.id, job)
    return job
  })

  const cancel = Effect.fnUntraced(function* (job: Job) {
    job.unwanted = true
    sift(mailbox, (one) => one === job)
    const { fiber } = job
    if (fiber !== undefined) {
      yield* Effect.forkChild(Fiber.interrupt(fiber), { startImmediately: true })
      yield* Effect.timeoutOption(Effect.interruptible(Fiber.await(fiber)), TO_END)
    }
    jobs.delete(job.id)
  })

  const agent: Agent = {
    role,
    state: "idle",
    life,
    check,
    accept,
    cancel,
    begin: Effect.map(Clock.currentTimeMillis, (now) => {
      agent.state = "running"
      restarts = 0
      nextPause = makeRestarts(role.restart)
      purse.refill(now)
    }),
    dismiss: failAll((job) => stopped(job.fiber !== undefined)),
    status: Effect.map(Clock.currentTimeMillis, (now) => ({
      waiting: [...jobs.values()].filter(({ fiber }) => fiber === undefined).length,
      running: [...jobs.values()].flatMap((job) =>
        job.fiber === undefined ? [] : [{ task: job.id, what: whatOf(job.task), since: job.since }],
      ),
      restarts,
      left: purse.left(now),
    })),
  }
  return agent
})
