/** A person before a terminal, as a test plays one: lines are typed, what is said is kept, Ctrl-C is pressed. */
import { Effect, Queue } from "effect"
import { makeAhead } from "../../src/cli/shell/Ahead.ts"
import { makeBreaks } from "../../src/cli/shell/Breaks.ts"
import type { Heard, Terminal } from "../../src/cli/shell/Terminal.ts"

export interface FakeTerminal {
  readonly terminal: Terminal["Service"]
  readonly type: (...lines: ReadonlyArray<string>) => Effect.Effect<void>
  readonly hear: (heard: Heard) => Effect.Effect<void>
  /** Ctrl-C; to whatever is under way, once that listens. */
  readonly press: Effect.Effect<void>
  /** A line while work goes on. */
  readonly typeBeside: (line: string) => Effect.Effect<void>
  readonly prompts: Array<string>
  readonly out: Array<string>
  readonly notes: Array<string>
  /** What lived below the words, each time it was drawn. */
  readonly lived: Array<ReadonlyArray<string>>
  /** Waits until something said matches. */
  readonly says: (text: RegExp) => Effect.Effect<string>
  /** Waits until a line that lives matches. */
  readonly shows: (text: RegExp) => Effect.Effect<string>
}

/** `interactive`: a person sits there. */
export const fakeTerminal = Effect.fnUntraced(function* (interactive = true) {
  const lines = yield* Queue.unbounded<Heard>()
  const prompts: Array<string> = []
  const out: Array<string> = []
  const notes: Array<string> = []
  const lived: Array<ReadonlyArray<string>> = []
  const waiting = new Set<() => void>()
  const { broken, press } = makeBreaks()
  const ahead = yield* makeAhead
  let listening = false
  let line = 0
  const said = (list: Array<string>) => (text: string) =>
    Effect.sync(() => {
      list.push(text)
      for (const look of waiting) look()
    })
  const until = (all: () => ReadonlyArray<string>) => (text: RegExp) =>
    Effect.callback<string>((resume) => {
      const look = (): void => {
        const found = all().find((one) => text.test(one))
        if (found === undefined) return
        waiting.delete(look)
        resume(Effect.succeed(found))
      }
      waiting.add(look)
      look()
      return Effect.sync(() => void waiting.delete(look))
    })
  const listened = Effect.callback<void>((resume) => {
    const look = (): void => {
      if (!listening) return
      waiting.delete(look)
      resume(Effect.void)
    }
    waiting.add(look)
    look()
    return Effect.sync(() => void waiting.delete(look))
  })
  const fake: FakeTerminal = {
    prompts,
    out,
    notes,
    lived,
    type: (...texts) =>
      Effect.asVoid(
        Queue.offerAll(
          lines,
          texts.map((text) => ({ kind: "line", text }) as const),
        ),
      ),
    hear: (heard) => Effect.asVoid(Queue.offer(lines, heard)),
    press: Effect.andThen(Effect.andThen(listened, Effect.yieldNow), Effect.sync(press)),
    typeBeside: (line) => Effect.sync(() => ahead.line(line, true)),
    says: until(() => [...out, ...notes]),
    shows: until(() => lived.flat()),
    terminal: {
      interactive,
      ...(interactive ? {} : { line: () => line }),
      size: Effect.succeed({ width: interactive ? 100 : undefined, height: interactive ? 30 : undefined }),
      ask: (prompt) =>
        Effect.suspend(() => {
          prompts.push(prompt)
          listening = false
          line++
          return Queue.take(lines)
        }),
      out: said(out),
      note: said(notes),
      live: (all) =>
        Effect.sync(() => {
          lived.push(all)
          for (const look of waiting) look()
        }),
      broken: Effect.suspend(() => {
        listening = true
        for (const look of waiting) look()
        return broken
      }),
      beside: ahead.beside,
      close: interactive ? said(notes)("(close)") : Effect.void,
      clear: said(notes)("(clear)"),
    },
  }
  return fake
})
