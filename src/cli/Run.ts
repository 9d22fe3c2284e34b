/**
 * Runs one command's program to its end and ends the process: the only place where effects are run. Whatever ends it
 * before that (the table is in Ending) closes the program's scope first, within a deadline.
 */
import { fstatSync } from "node:fs"
import { Cause, Context, Effect, Exit, type Fiber } from "effect"
import { oneLine } from "../core/Text.ts"
import { type Course, DEADLINE, hear, type Kind, type Reason, reasonOfWrite } from "./Ending.ts"
import { complain, whenWritten } from "./LastWords.ts"
import type { Signals } from "./Signals.ts"

/** For a program that ends by itself because the world outside did: the deadline counts from then. */
export class Leaving extends Context.Service<
  Leaving,
  {
    /** Nothing more comes in, and the program ends; when it does not in time, the process does. */
    readonly inputEnded: Effect.Effect<void>
  }
>()("vault-aws-mcp/cli/Leaving") {}

/** Milliseconds that Node takes for the exit itself, with the AWS clients loaded: they are part of the deadline. */
const EXIT = 20

/** Node ends a process that waits for nothing it knows, with success and without finalizers: as often it is woken. */
const AWAKE = 3_600_000

/** A failure that carries its own exit code (a tool that refused, say). */
const exitCodeOf = (error: unknown): number =>
  typeof error === "object" && error !== null && "exitCode" in error && typeof error.exitCode === "number"
    ? error.exitCode
    : 1

const isUsage = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "ShowHelp"

const wordsOf = (error: unknown): string => {
  if (error instanceof Error) return error.message
  return `failed: ${typeof error === "string" ? error : `with ${typeof error} for an error`}`
}

/** Whether stdout is a terminal, or was before that was closed: Node does not call it one any more then. */
const isTerminal = (): boolean => fstatSync(1).isCharacterDevice()

/** Says why the program did not succeed, and gives its exit code. */
const failed = <E>(cause: Cause.Cause<E>): number => {
  const failure = Cause.findErrorOption(cause)
  if (failure._tag === "None") {
    complain(`vault-aws-mcp failed: ${oneLine(wordsOf(Cause.squash(cause)), 2000)}`)
    return 1
  }
  // The command-line library has said what is wrong with the words, and shown the help.
  if (isUsage(failure.value)) return 1
  complain(wordsOf(failure.value))
  return exitCodeOf(failure.value)
}

/** Runs the program; never returns to its caller in any other way than by ending the process. */
export const run = <E>(program: Effect.Effect<void, E, Leaving>, kind: Kind, signals: Signals): void => {
  let course: Course | undefined
  let fiber: Fiber.Fiber<void, E> | undefined
  let done = false

  const end = (code: number): never => {
    if (!done)
      complain("vault-aws-mcp ended before it was done with giving back; what is left in Vault ends by itself.")
    process.exit(code)
  }
  /** Starts the deadline at the first reason. Whether it was the first. */
  const begin = (reason: Reason): boolean => {
    const step = hear(kind, course, reason, performance.now())
    if (step._tag === "end now") return end(step.code)
    course = step.course
    if (step._tag === "go on") return false
    // All is given back; what is left is output that nobody takes.
    if (done && kind === "command") return end(course.code)
    setTimeout(end, DEADLINE[kind] - EXIT, course.code)
    return true
  }
  const stop = (reason: Reason): void => {
    if (begin(reason)) fiber?.interruptUnsafe()
  }

  const outputFailed = (error: NodeJS.ErrnoException): void => {
    const reason = reasonOfWrite(error.code, isTerminal())
    if (reason === "lost output" && course === undefined) {
      complain(`The output could not be written: ${oneLine(error.message)}`)
    }
    stop(reason)
  }
  let crashed = false
  const crash = (error: unknown): void => {
    if (!crashed) complain(`vault-aws-mcp crashed: ${oneLine(wordsOf(error))}`)
    crashed = true
    stop("crash")
  }
  /** The program is over: nothing is left but what was written and is not read yet. */
  const leave = (code: number): void => {
    done = true
    whenWritten((lost) => {
      if (lost !== undefined) outputFailed(lost)
      process.exit(course?.code ?? code)
    })
  }

  process.on("uncaughtException", crash)
  process.on("unhandledRejection", crash)
  process.stdout.on("error", outputFailed)
  process.stderr.on("error", () => {}) // nobody reads the words; the work goes on
  signals.handOver(stop)
  setInterval(() => {}, AWAKE)

  const leaving = Leaving.of({ inputEnded: Effect.sync(() => void begin("end of input")) })
  fiber = Effect.runFork(Effect.provideService(program, Leaving, leaving))
  fiber.addObserver((exit) => {
    if (Exit.isSuccess(exit)) return leave(0)
    if (course !== undefined && Cause.hasInterruptsOnly(exit.cause)) return leave(course.code)
    return leave(failed(exit.cause))
  })
}
