/**
 * Runs one command's program to its end and ends the process: the only place where effects are run. Whatever ends it
 * (a signal, end of input, a crash) closes the program's scope first, within a deadline.
 */
import { Cause, Effect, Exit, Fiber } from "effect"
import { oneLine } from "../core/Text.ts"
import { redactShapes } from "../guard/Redactor.ts"

/** How a command ends. */
export interface RunOptions {
  /** Milliseconds that finalizers get after a signal, an uncaught error, or {@link Ending}'s word. */
  readonly deadline: number
  /** The exit code after a signal: 0 for a server that was asked to stop, 130 for a command that was broken off. */
  readonly afterSignal: number
  /** Whether a second Ctrl-C ends the process at once. */
  readonly impatient: boolean
}

/**
 * How a server ends: clients kill half a second after the first signal, so what is leased is given back before; being
 * told to stop is no failure.
 */
export const SERVER: RunOptions = { deadline: 400, afterSignal: 0, impatient: false }

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

/** Words of unknown origin may end here: what has the shape of a secret does not pass. */
const complain = (words: string): void => void process.stderr.write(`${redactShapes(words)}\n`)

/** A failure that carries its own exit code (a tool that refused, say). */
const codeOf = (error: unknown): number =>
  typeof error === "object" && error !== null && "exitCode" in error && typeof error.exitCode === "number"
    ? error.exitCode
    : 1

const isUsage = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "ShowHelp"

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : `failed: ${oneLine(String(error))}`

/** From now on the process ends within so many milliseconds, with success, whatever its finalizers do. */
export const endWithin = (deadline: number): Effect.Effect<void> =>
  Effect.sync(() => {
    setTimeout(() => process.exit(0), deadline)
  })

/** Runs the program; never returns to its caller in any other way than by ending the process. */
export const run = <E>(program: Effect.Effect<void, E>, options: RunOptions): void => {
  let code: number | undefined
  const end = (fallback: number): never => process.exit(code ?? fallback)
  const stopBy = (wanted: number): void => {
    code ??= wanted
    setTimeout(() => end(wanted), options.deadline)
    fiber.interruptUnsafe()
  }
  const fiber: Fiber.Fiber<void, E> = Effect.runFork(program)
  for (const signal of SIGNALS) {
    let seen = 0
    process.on(signal, () => {
      seen++
      if (seen === 1) stopBy(options.afterSignal)
      else if (options.impatient && signal === "SIGINT") end(options.afterSignal)
    })
  }
  const crash = (error: unknown): void => {
    complain(`vault-aws-mcp crashed: ${oneLine(wordsOf(error))}`)
    stopBy(1)
  }
  process.on("uncaughtException", crash)
  process.on("unhandledRejection", crash)
  fiber.addObserver((exit) => {
    if (Exit.isSuccess(exit)) return end(0)
    if (Cause.hasInterruptsOnly(exit.cause)) return end(options.afterSignal)
    const failure = Exit.findErrorOption(exit)
    if (failure._tag === "Some") {
      // The command-line library has said what is wrong with the words, and shown the help.
      if (isUsage(failure.value)) return end(1)
      complain(wordsOf(failure.value))
      return end(codeOf(failure.value))
    }
    complain(`vault-aws-mcp failed: ${oneLine(wordsOf(Cause.squash(exit.cause)), 2000)}`)
    return end(1)
  })
}
