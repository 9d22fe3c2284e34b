/**
 * A server's program on pipes: started without a shell, in a process group of its own, with an environment that was made
 * for it. Whatever ends it (its scope, or this process), the whole group is gone: stdin is closed, then SIGTERM, then
 * SIGKILL, each after a short wait.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { Deferred, Duration, Effect, Exit, Redacted, type Scope } from "effect"
import { makeLines, MAX_MESSAGE } from "./Meter.ts"
import type { StdioSpec } from "./ServerSpec.ts"

/** Bytes that may wait for a program which does not read. */
const MAX_UNREAD = 16 * 1024 * 1024
/** Pipes that others hold are waited for so long after the program's end. */
const PIPES = 300
/** After SIGKILL only the kernel is waited for. */
const KILLED = Duration.seconds(1)

/** Keeps the groups that live, and kills them when the process ends in a way that runs no finalizer. */
export interface Nursery {
  readonly add: (pid: number) => void
  readonly remove: (pid: number) => void
}

const killGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone, which is what was wanted.
  }
}

/** The nursery of the present scope. */
export const makeNursery: Effect.Effect<Nursery, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const living = new Set<number>()
      const atExit = (): void => {
        for (const pid of living) killGroup(pid, "SIGKILL")
      }
      process.on("exit", atExit)
      return { living, atExit }
    }),
    ({ atExit }) => Effect.sync(() => void process.off("exit", atExit)),
  ),
  ({ living }) => ({ add: (pid) => void living.add(pid), remove: (pid) => void living.delete(pid) }),
)

/** What is heard of a program. */
export interface Hearing {
  readonly line: (text: string) => void
  /** So many bytes came. Whether more may come: else nothing more is read. */
  readonly bytes: (count: number) => boolean
  /** A piece of its stderr. */
  readonly stderr: (chunk: Buffer) => void
  /** A line without an end, longer than any message. */
  readonly tooLong: () => void
  /** It ended, or its pipes did; told once. */
  readonly ended: (how: string) => void
}

/** A program that runs. */
export interface Child {
  readonly pid: number
  /** Writes a line; rejects when the program takes no more. */
  readonly write: (line: string) => Promise<void>
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such program, or no such folder to start it in",
  EACCES: "the program may not be executed",
}

const open = (spec: StdioSpec, base: Readonly<Record<string, string>>) =>
  Effect.callback<ChildProcess, string>((resume) => {
    const given = Object.entries(spec.env).map(([key, value]) => [key, Redacted.value(value)] as const)
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...base, ...Object.fromEntries(given) },
      stdio: ["pipe", "pipe", "pipe"],
      shell: false,
      detached: true,
      windowsHide: true,
    })
    child.once("spawn", () => resume(Effect.succeed(child)))
    child.once("error", (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(WHY[error.code ?? ""] ?? `the program cannot be started (${error.code ?? "unknown"})`)),
    )
  })

/** Gives the text that spawn itself throws for (a NUL, an argument list that is too long). */
const opened = (spec: StdioSpec, base: Readonly<Record<string, string>>) =>
  Effect.catchDefect(open(spec, base), () => Effect.fail("the program cannot be started with these arguments"))

const howOf = (code: number | null, signal: string | null): string =>
  signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`

/**
 * Starts the program in the present scope, which ends it. `patience`: how long it may take over each step of its end.
 * Fails with the reason in words.
 */
export const startChild = Effect.fnUntraced(function* (
  spec: StdioSpec,
  base: Readonly<Record<string, string>>,
  nursery: Nursery,
  hearing: Hearing,
  patience: Effect.Effect<Duration.Duration>,
): Effect.fn.Return<Child, string, Scope.Scope> {
  const gone = yield* Deferred.make<void>()
  let over = false
  const end = Effect.fnUntraced(function* (child: ChildProcess, pid: number) {
    const gently = yield* patience
    child.stdin?.end()
    const left = Effect.timeoutOption(Deferred.await(gone), gently)
    if ((yield* left)._tag === "None") {
      killGroup(pid, "SIGTERM")
      if ((yield* left)._tag === "None") {
        killGroup(pid, "SIGKILL")
        yield* Effect.timeoutOption(Deferred.await(gone), KILLED)
      }
    }
    // Whoever it left behind in its group goes, too.
    killGroup(pid, "SIGKILL")
    nursery.remove(pid)
    child.stdout?.destroy()
    child.stderr?.destroy()
    child.stdin?.destroy()
  })
  const { child, pid } = yield* Effect.acquireRelease(
    Effect.flatMap(opened(spec, base), (child) => {
      const { pid } = child
      if (pid === undefined) return Effect.fail("the program has no process")
      nursery.add(pid)
      return Effect.succeed({ child, pid })
    }),
    ({ child, pid }) => end(child, pid),
  )

  const tellEnd = (how: string): void => {
    if (over) return
    over = true
    hearing.ended(how)
  }
  const lines = makeLines(MAX_MESSAGE)
  child.stdout?.on("data", (chunk: Buffer) => {
    if (over) return
    // Where nothing more is read the pipe fills up, and the program waits until it is ended.
    if (!hearing.bytes(chunk.length)) return void child.stdout?.pause()
    const found = lines(chunk)
    if (found === undefined) {
      child.stdout?.pause()
      return hearing.tooLong()
    }
    for (const line of found) if (line.trim() !== "") hearing.line(line)
  })
  child.stderr?.on("data", hearing.stderr)
  for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.on("error", () => {}) // its end is heard below
  child.on("error", () => {}) // a kill that failed: the next step follows
  child.once("exit", (code, signal) => {
    Deferred.doneUnsafe(gone, Exit.void)
    // Whoever holds the pipes after it is of its group; the last words are read all the same.
    killGroup(pid, "SIGKILL")
    const timer = setTimeout(tellEnd, PIPES, howOf(code, signal))
    child.once("close", () => {
      clearTimeout(timer)
      tellEnd(howOf(code, signal))
    })
  })

  const write = (line: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const { stdin } = child
      if (over || stdin === null || !stdin.writable) return reject(new Error("the program has ended"))
      if (stdin.writableLength > MAX_UNREAD) return reject(new Error("the program does not read"))
      stdin.write(line, (error) => (error ? reject(error) : resolve()))
    })
  return { pid, write }
})
