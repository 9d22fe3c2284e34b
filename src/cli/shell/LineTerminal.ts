/**
 * A terminal with a person before it, over Node's line editor: keys, history, completion. Ctrl-C is a key here and no
 * signal. While work goes on the editor echoes nothing, so that what is typed ahead does not mix with what is drawn; it
 * stands below that.
 */
import { Effect, Layer } from "effect"
import { createInterface } from "node:readline"
import { Writable } from "node:stream"
import { printable } from "../../core/Text.ts"
import { makeAhead } from "./Ahead.ts"
import { makeBelow, type Output } from "./Below.ts"
import { makeBreaks } from "./Breaks.ts"
import type { Completion } from "./Complete.ts"
import { type Heard, Terminal } from "./Terminal.ts"

/** How much is shown of a line that is typed ahead: its end, where the typing goes on. */
const TAIL = 40

/** The screen as the line editor sees it: it may be made to say nothing. */
class Screen extends Writable {
  muted = true
  readonly #output: Output
  constructor(output: Output) {
    super()
    this.#output = output
  }
  get columns(): number | undefined {
    return this.#output.columns
  }
  get rows(): number | undefined {
    return this.#output.rows
  }
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    if (!this.muted) this.#output.write(String(chunk)) // the line editor writes text, which is whole in each chunk
    done()
  }
}

/** What the line editor is given. */
export interface LineOptions {
  readonly complete: (line: string) => Completion
  /** The newest first. */
  readonly history: ReadonlyArray<string>
  /** Whether a line goes into the history. */
  readonly worth: (line: string) => boolean
  /** Is given a way to say something that comes unasked, such as a line of the log. */
  readonly ready: (say: (text: string) => void) => void
}

/** A terminal's two sides. */
export interface Sides {
  readonly input: NodeJS.ReadableStream
  readonly output: Output & Pick<NodeJS.EventEmitter, "on" | "off">
}

const counted = (count: number): string => (count === 1 ? "1 line" : `${count} lines`)

/** Over the process's terminal. */
export const layerLine = (
  { complete, history, ready, worth }: LineOptions,
  { input, output }: Sides = { input: process.stdin, output: process.stdout },
): Layer.Layer<Terminal> =>
  Layer.effect(
    Terminal,
    Effect.gen(function* () {
      const ahead = yield* makeAhead
      const below = makeBelow(output)
      const { broken, press } = makeBreaks()
      const screen = new Screen(output)
      let asking = false
      let closed = false
      let leaving = false
      /** Whether a person sees what is typed at the prompt. */
      const typing = (): boolean => asking && !screen.muted
      const write = (text: string): void => void output.write(text)

      const made = yield* Effect.acquireRelease(
        Effect.sync(() =>
          createInterface({
            input,
            output: screen,
            terminal: true,
            history: [...history],
            historySize: 1000,
            removeHistoryDuplicates: true,
            completer: (line: string) => {
              const { candidates, replaces } = complete(line)
              const [only = ""] = candidates
              // What is complete is done with; what still wants a value is not.
              return candidates.length === 1 && !only.endsWith("=")
                ? [[`${only} `], replaces]
                : [[...candidates], replaces]
            },
          }),
        ),
        (editor) => Effect.sync(() => editor.close()),
      )

      /** The line that is being typed, once more, from the row of the cursor on. */
      const again = (): void => {
        // Else the editor goes up first, by the rows that it has drawn above the cursor.
        Object.assign(made, { prevRows: 0 })
        made.prompt(true)
      }
      /** Above the line that is being typed, or above what lives. */
      const say = (text: string): void => {
        if (!typing()) return below.above(text)
        const { rows } = made.getCursorPos()
        write(`\r${rows > 0 ? `\u001b[${rows}A` : ""}\u001b[J${text}\n`)
        again()
      }
      const above = (text: string): Effect.Effect<void> => Effect.sync(() => say(text))
      ready(say)

      const drop = (): void => {
        const count = ahead.drop()
        if (count > 0) say(`${counted(count)} that waited ${count === 1 ? "is" : "are"} dropped`)
      }
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          const resized = (): void => void screen.emit("resize")
          output.on("resize", resized)
          return resized
        }),
        (resized) => Effect.sync(() => void output.off("resize", resized)),
      )
      made.on("line", (text) => {
        // The editor goes on with the lines of a paste at once: they are echoed when their turn comes.
        screen.muted = true
        ahead.line(text, !asking)
      })
      made.on("close", () => {
        closed = true
        if (!asking) drop()
        if (!asking && !leaving) say("The end comes when what is under way has ended; Ctrl-C ends that at once.")
        ahead.put({ kind: "end" })
      })
      made.on("history", (all) => {
        const [last] = all
        if (last !== undefined && !worth(last)) all.shift()
      })
      made.on("SIGINT", () => {
        // The line goes, on both sides of the cursor.
        made.write(null, { ctrl: true, name: "e" })
        made.write(null, { ctrl: true, name: "u" })
        drop()
        if (asking) ahead.put({ kind: "break" })
        else press()
      })
      // After Ctrl-Z and fg: the editor has paused its input, and the shell has written where the cursor was.
      made.on("SIGCONT", () => {
        below.forget()
        if (typing()) again()
        else made.resume()
      })

      const over: Effect.Effect<Heard> = Effect.succeed({ kind: "end" })
      const next = Effect.suspend(() => (closed && ahead.waiting() === 0 ? over : ahead.next))

      const ask = (prompt: string) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            const lost = ahead.lost()
            if (lost > 0) say(`${counted(lost)} ${lost === 1 ? "was" : "were"} not taken: too many waited already`)
            asking = true
            made.setPrompt(prompt)
            // What was typed ahead was not seen when it was typed.
            const typedAhead = ahead.waiting() > 0
            screen.muted = typedAhead
            if (!typedAhead && !closed) made.prompt(true)
            return typedAhead
          }),
          (typedAhead) =>
            Effect.tap(next, (one) =>
              Effect.sync(() => {
                if (typedAhead && one.kind === "line") write(`${prompt}${printable(one.text)}\n`)
                else if (one.kind !== "line") write("\n")
              }),
            ),
          () =>
            Effect.sync(() => {
              asking = false
              screen.muted = true
            }),
        )

      /** What is being typed while work goes on, and how much waits. */
      const typed = (): ReadonlyArray<string> => {
        const waiting = closed ? 0 : ahead.waiting()
        const line = printable(made.line)
        const end = line.length > TAIL ? `…${line.slice(-TAIL)}` : line
        const words = [
          ...(waiting === 0 ? [] : [`${counted(waiting)} ${waiting === 1 ? "waits" : "wait"}`]),
          ...(line === "" ? [] : [`> ${end}`]),
        ]
        return words.length === 0 ? [] : [words.join("  ")]
      }

      return Terminal.of({
        interactive: true,
        size: Effect.sync(() => ({ width: output.columns, height: output.rows })),
        ask,
        out: above,
        note: above,
        live: (lines) =>
          Effect.sync(() => {
            if (!asking) below.draw(lines.length === 0 ? [] : [...lines, ...typed()])
          }),
        broken,
        beside: ahead.beside,
        close: Effect.sync(() => {
          leaving = true
          made.close()
        }),
        clear: Effect.sync(() => write("\u001b[H\u001b[2J\u001b[3J")),
      })
    }),
  )
