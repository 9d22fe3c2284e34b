/** A task on its way through an agent. Mutable on purpose: each change is one synchronous step. */
import { Deferred, Exit, type Fiber, Queue } from "effect"
import type { Outcome } from "../tools/Guarded.ts"
import type { AgentError } from "./AgentError.ts"
import type { OnProgress, Task } from "./Task.ts"

export interface Job {
  readonly id: number
  readonly task: Task
  readonly onProgress: OnProgress | undefined
  readonly done: Deferred.Deferred<Outcome, AgentError>
  /** The fiber that works on it, once there is one. */
  fiber: Fiber.Fiber<void> | undefined
  /** Whether its waiter has gone. */
  unwanted: boolean
  /** When work on it began, and when it last gave a sign of life (milliseconds of the clock). */
  since: number
  sign: number
}

/** A job that nobody works on yet. */
export const makeJob = (id: number, task: Task, onProgress: OnProgress | undefined): Job => ({
  id,
  task,
  onProgress,
  done: Deferred.makeUnsafe<Outcome, AgentError>(),
  fiber: undefined,
  unwanted: false,
  since: 0,
  sign: 0,
})

/** What a task is, for people: the tool's name, and nothing of what somebody said in plain language. */
export const whatOf = (task: Task): string => ("tool" in task ? task.tool : "a task in plain language")

/**
 * The jobs that wait, in order; those that `drop` names are taken out, so that nobody waits behind what nobody wants.
 * One synchronous step, so there is room for the others to go back in.
 */
export const sift = (mailbox: Queue.Queue<Job>, drop: (job: Job) => boolean): ReadonlyArray<Job> => {
  const waiting: Array<Job> = []
  for (;;) {
    const next = Queue.takeUnsafe(mailbox)
    if (next === undefined || Exit.isFailure(next)) break
    if (!drop(next.value)) waiting.push(next.value)
  }
  for (const job of waiting) Queue.offerUnsafe(mailbox, job)
  return waiting
}
