/**
 * A terminal with a person before it, over Node's line editor: keys, history, completion. Ctrl-C is a key here and no
 * signal. While work goes on nothing is echoed, so that what is typed ahead does not mix with what is drawn.
 */
import { Effect, Layer, Queue } from "effect"
import { createInterface } from "node:readline"
import { Writable } from "node:stream"
import { printable } from "../../core/Text.ts"
import { fit } from "../Width.ts"
import type { Completion } from "./Complete.ts"
import { type Heard, Terminal } from "./Terminal.ts"

/** Lines that may be typed ahead; what is beyond is dropped. */
const AHEAD = 256

/** The screen as the line editor sees it: it may be made to say nothing. */
class Screen extends Writable {
  muted = true
  get columns(): number {
    return process.stdout.columns
  }
  get rows(): number {
    return process.stdout.rows
  }
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    // the line editor writes text
    if (!this.muted) process.stdout.write(chunk as string | Uint8Array)
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

/** Over the process's terminal. */
export const layerLine = ({ complete, history, ready, worth }: LineOptions): Layer.Layer<Terminal> =>
  Layer.effect(
    Terminal,
    Effect.gen(function* () {
      const heard = yield* Queue.dropping<Heard>(AHEAD)
      const screen = new Screen()
      const breaks = new Set<() => void>()
      let asking = false
      let closed = false
      let drawn: ReadonlyArray<string> = []

      const write = (text: string): void => void process.stdout.write(text)
      const erase = (): void => {
        if (drawn.length > 0) write(`\r${drawn.length > 1 ? `\u001b[${drawn.length - 1}A` : ""}\u001b[J`)
      }
      const draw = (lines: ReadonlyArray<string>): void => {
        const width = Math.max(20, (process.stdout.columns ?? 80) - 1)
        erase()
        drawn = lines.map((line) => fit(line, width))
        write(drawn.join("\n"))
      }

      const editor = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const made = createInterface({
            input: process.stdin,
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
          })
          const resized = (): void => void screen.emit("resize")
          process.stdout.on("resize", resized)
          made.on("line", (text) => void Queue.offerUnsafe(heard, { kind: "line", text }))
          made.on("close", () => {
            closed = true
            Queue.offerUnsafe(heard, { kind: "end" })
          })
          made.on("history", (lines) => {
            const [last] = lines
            if (last !== undefined && !worth(last)) lines.shift()
          })
          made.on("SIGINT", () => {
            if (asking) {
              // The line goes, on both sides of the cursor.
              made.write(null, { ctrl: true, name: "e" })
              made.write(null, { ctrl: true, name: "u" })
              Queue.offerUnsafe(heard, { kind: "break" })
            }
            for (const tell of breaks) tell()
          })
          return { made, resized }
        }),
        ({ made, resized }) =>
          Effect.sync(() => {
            process.stdout.off("resize", resized)
            made.close()
          }),
      )
      const { made } = editor

      /** Above the line that is being typed, or above what lives. */
      const say = (text: string): void => {
        if (asking) {
          write(`\r\u001b[J${text}\n`)
          made.prompt(true)
          return
        }
        const lines = drawn
        erase()
        drawn = []
        write(`${text}\n`)
        if (lines.length > 0) draw(lines)
      }
      const above = (text: string): Effect.Effect<void> => Effect.sync(() => say(text))
      ready(say)

      const over: Effect.Effect<Heard> = Effect.succeed({ kind: "end" })
      const next = Effect.suspend(() => (closed && Queue.sizeUnsafe(heard) === 0 ? over : Queue.take(heard)))

      const ask = (prompt: string) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            asking = true
            made.setPrompt(prompt)
            // What was typed ahead was not seen when it was typed.
            const ahead = Queue.sizeUnsafe(heard) > 0
            screen.muted = ahead
            if (!ahead && !closed) made.prompt(true)
            return ahead
          }),
          (ahead) =>
            Effect.tap(next, (one) =>
              Effect.sync(() => {
                if (ahead && one.kind === "line") write(`${prompt}${printable(one.text)}\n`)
                else if (one.kind !== "line") write("\n")
              }),
            ),
          () =>
            Effect.sync(() => {
              asking = false
              screen.muted = true
            }),
        )

      return Terminal.of({
        interactive: true,
        size: Effect.sync(() => ({ width: process.stdout.columns, height: process.stdout.rows })),
        ask,
        out: above,
        note: above,
        live: (lines) =>
          Effect.sync(() => {
            if (asking || (lines.length === 0 && drawn.length === 0)) return
            draw(lines)
          }),
        broken: Effect.callback<void>((resume) => {
          const tell = (): void => resume(Effect.void)
          breaks.add(tell)
          return Effect.sync(() => void breaks.delete(tell))
        }),
        clear: Effect.sync(() => write("\u001b[H\u001b[2J\u001b[3J")),
      })
    }),
  )
