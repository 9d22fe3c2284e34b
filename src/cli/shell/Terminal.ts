/** The port to whoever types: lines come in, words go out, and a few lines may live below the last word while work goes on. */
import { Context, type Effect } from "effect"

/** What was typed: a line, Ctrl-C at the prompt, or the end of the input (Ctrl-D, the end of a script). */
export type Heard =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "break" }
  | { readonly kind: "end" }

export class Terminal extends Context.Service<
  Terminal,
  {
    /** Whether a person sits there; else lines come from a pipe or a file. */
    readonly interactive: boolean
    /** Cells of a line and lines of the screen; nothing where it is none. */
    readonly size: Effect.Effect<{ readonly width: number | undefined; readonly height: number | undefined }>
    /** The next line; what was typed ahead is taken first. */
    readonly ask: (prompt: string) => Effect.Effect<Heard>
    /** The number of the last line, where they are counted: a script's. */
    readonly line?: () => number
    /** Results: stdout. */
    readonly out: (text: string) => Effect.Effect<void>
    /** Words beside the results: with them on a terminal, on stderr in a pipe. */
    readonly note: (text: string) => Effect.Effect<void>
    /** These lines stand below everything until they are replaced; none: they go. Nothing in a pipe. */
    readonly live: (lines: ReadonlyArray<string>) => Effect.Effect<void>
    /** Ends when Ctrl-C is pressed while no line is asked for; the press is for whoever began to listen last. */
    readonly broken: Effect.Effect<void>
    /** A line that `wants` takes and that is typed while no line is asked for: it goes before what was typed ahead. */
    readonly beside: (wants: (line: string) => boolean) => Effect.Effect<string>
    /** No more lines are taken, and Ctrl-C is a signal again. */
    readonly close: Effect.Effect<void>
    /** An empty screen. */
    readonly clear: Effect.Effect<void>
  }
>()("vault-aws-mcp/cli/shell/Terminal") {}
