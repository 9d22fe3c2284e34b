/**
 * A program of ours as a process of its own, for what only a process can show: exit codes, signals, pipes. Waits are for
 * what it says or does; it is killed with the scope.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { Effect } from "effect"
import { cleanEnv } from "./RawServer.ts"

/** How a process ended, and how long that took from the moment the test began to wait for it. */
export interface Ended {
  readonly code: number | null
  /** The signal that killed it, where one did: a program that ends by itself shows a code instead. */
  readonly signal: string | null
  readonly millis: number
}

export interface Spawned {
  readonly child: ChildProcess
  readonly out: () => string
  readonly err: () => string
  /** Waits until stdout or stderr holds that text. */
  readonly says: (text: RegExp) => Effect.Effect<void>
  /** Does something to it and waits for its end: the process is gone and its pipes are read to their end. */
  readonly endsAfter: (doing: (child: ChildProcess) => void) => Effect.Effect<Ended>
}

/** The text of a running process's stream, and a call whenever it grows. */
const reading = (stream: NodeJS.ReadableStream | null, grown: () => void): (() => string) => {
  let text = ""
  stream?.setEncoding("utf8")
  stream?.on("data", (more: string) => {
    text += more
    grown()
  })
  return () => text
}

/** Watches a process that was started otherwise. */
export const watching = (child: ChildProcess): Spawned => {
  const waiting = new Set<() => void>()
  const grown = (): void => {
    for (const look of waiting) look()
  }
  const out = reading(child.stdout, grown)
  const err = reading(child.stderr, grown)
  child.stdin?.on("error", () => {}) // it may be gone already; how it ended is what tests look at
  const closed = new Promise<Omit<Ended, "millis">>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal }))
  })
  return {
    child,
    out,
    err,
    says: (text) =>
      Effect.callback<void>((resume) => {
        const look = (): void => {
          if (!text.test(out()) && !text.test(err())) return
          waiting.delete(look)
          resume(Effect.void)
        }
        waiting.add(look)
        look()
      }),
    endsAfter: (doing) =>
      Effect.promise(async () => {
        const began = performance.now()
        doing(child)
        return { ...(await closed), millis: performance.now() - began }
      }),
  }
}

/** Starts a program with nothing of the machine's environment but what Node needs. */
export const started = (
  command: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {},
  stdio: Array<"pipe"> = ["pipe", "pipe", "pipe"],
) =>
  Effect.acquireRelease(
    Effect.sync(() => watching(spawn(command, args, { env: cleanEnv(env), stdio }))),
    ({ child }) => Effect.sync(() => void child.kill("SIGKILL")),
  )

/** Starts `node` with these arguments. */
export const spawned = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  started(process.execPath, args, env)
