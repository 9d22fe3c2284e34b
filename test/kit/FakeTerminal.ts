/** A person before a terminal, as a test plays one: lines are typed, what is said is kept, Ctrl-C is pressed. */
import { Deferred, Effect, Queue } from "effect"
import type { Heard, Terminal } from "../../src/cli/shell/Terminal.ts"

export interface FakeTerminal {
  readonly terminal: Terminal["Service"]
  readonly type: (...lines: ReadonlyArray<string>) => Effect.Effect<void>
  readonly hear: (heard: Heard) => Effect.Effect<void>
  /** Ctrl-C; to whatever is under way. */
  readonly press: Effect.Effect<void>
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
  let line = 0
  let pressed = yield* Deferred.make<void>()
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
    press: Effect.suspend(() => Deferred.succeed(pressed, undefined)).pipe(
      Effect.andThen(Deferred.make<void>()),
      Effect.map((next) => {
        pressed = next
      }),
    ),
    says: until(() => [...out, ...notes]),
    shows: until(() => lived.flat()),
    terminal: {
      interactive,
      ...(interactive ? {} : { line: () => line }),
      size: Effect.succeed({ width: interactive ? 100 : undefined, height: interactive ? 30 : undefined }),
      ask: (prompt) =>
        Effect.suspend(() => {
          prompts.push(prompt)
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
      broken: Effect.suspend(() => Deferred.await(pressed)),
      clear: said(notes)("(clear)"),
    },
  }
  return fake
})
