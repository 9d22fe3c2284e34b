/**
 * How a process ends before its work is done: what each reason means for a server, whose client kills it half a second
 * after the first signal, and for a command, for which a person or a script waits. Pure, and free of imports, as the
 * program's first lines need it.
 */

/** Whom the process works for: an MCP client, or whoever typed a command. */
export type Kind = "server" | "command"

/** The signals that ask for the end. */
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const

export type Signal = (typeof SIGNALS)[number]

/** `closed output`: whoever read stdout is gone · `lost output`: stdout cannot be written · `crash`: a bug's error nobody caught. */
export type Reason = Signal | "end of input" | "closed output" | "lost output" | "crash"

/**
 * The exit code after each reason. A server that is no longer wanted has done its work. A command that was broken off
 * says by what, as shells do: 128 and the number of the signal, that of SIGPIPE where its reader went (`… | head -1`).
 */
const CODES: Readonly<Record<Kind, Readonly<Record<Reason, number>>>> = {
  server: { "end of input": 0, SIGINT: 0, SIGTERM: 0, SIGHUP: 0, "closed output": 0, "lost output": 1, crash: 1 },
  command: {
    "end of input": 0,
    SIGINT: 130,
    SIGTERM: 143,
    SIGHUP: 129,
    "closed output": 141,
    "lost output": 1,
    crash: 1,
  },
}

/** Milliseconds from the first reason to the end of the process, whatever its finalizers do. */
export const DEADLINE: Readonly<Record<Kind, number>> = { server: 400, command: 5000 }

/** npm and npx pass on the Ctrl-C that the terminal has sent already: one within so many milliseconds is no second one. */
const ECHO = 50

/** An end that has begun. */
export interface Course {
  /** The first reason decides; what comes later changes nothing. */
  readonly code: number
  /** When the first SIGINT was heard. */
  readonly pressedAt: number | undefined
}

/** What is to be done about a reason: give back and end in time, go on with that, or end at once. */
export type Step =
  | { readonly _tag: "begin"; readonly course: Course }
  | { readonly _tag: "go on"; readonly course: Course }
  | { readonly _tag: "end now"; readonly code: number }

/** The exit code after the reason. */
export const codeAfter = (kind: Kind, reason: Reason): number => CODES[kind][reason]

/** One reason, heard `at` a time in milliseconds, before (`undefined`) or in the course of an end. */
export const hear = (kind: Kind, course: Course | undefined, reason: Reason, at: number): Step => {
  const pressedAt = course?.pressedAt ?? (reason === "SIGINT" ? at : undefined)
  if (course === undefined) return { _tag: "begin", course: { code: codeAfter(kind, reason), pressedAt } }
  const again = reason === "SIGINT" && course.pressedAt !== undefined && at - course.pressedAt >= ECHO
  return kind === "command" && again
    ? { _tag: "end now", code: codeAfter(kind, "SIGINT") }
    : { _tag: "go on", course: { ...course, pressedAt } }
}

/** What a stdout that cannot be written means: a reader or a terminal that is gone, or a loss that must be told. */
export const reasonOfWrite = (code: string | undefined, terminal: boolean): Reason => {
  if (terminal && code === "EIO") return "SIGHUP"
  return code === "EPIPE" || code === "ECONNRESET" ? "closed output" : "lost output"
}

/** Whom these words of the command line start: `serve`, with or without flags before it, or the bare command on a pipe. */
export const kindOf = (words: ReadonlyArray<string>, piped: () => boolean): Kind => {
  const [first] = words
  if (first === undefined) return piped() ? "server" : "command"
  return first === "serve" || (first.startsWith("-") && words.includes("serve")) ? "server" : "command"
}
