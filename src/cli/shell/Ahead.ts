/** What was typed and is not asked for yet: lines that wait, and those that are for whoever listens beside the work. */
import { Effect, Exit, Queue } from "effect"
import type { Heard } from "./Terminal.ts"

/** Lines that may wait: many more than anybody types, and an end for what is pasted by mistake. */
const MOST = 10_000

export interface Ahead {
  /** A line; those of one chunk of input, as a paste is, are kept together and in their order. */
  readonly line: (text: string, working: boolean) => void
  readonly put: (heard: Heard) => void
  readonly next: Effect.Effect<Heard>
  readonly beside: (wants: (line: string) => boolean) => Effect.Effect<string>
  readonly waiting: () => number
  /** Empties it, and says how many lines that were. */
  readonly drop: () => number
  /** How many lines did not fit since this was asked last. */
  readonly lost: () => number
}

/** Empty. */
export const makeAhead: Effect.Effect<Ahead> = Effect.gen(function* () {
  const heard = yield* Queue.unbounded<Heard>() // bounded below
  let listener: { readonly wants: (line: string) => boolean; readonly tell: (line: string) => void } | undefined
  let chunk: Array<string> = []
  let lost = 0

  const keep = (text: string): void => {
    if (Queue.sizeUnsafe(heard) < MOST) Queue.offerUnsafe(heard, { kind: "line", text })
    else lost++
  }
  /** The chunk is over. Only a line by itself may go before what waits: those of a paste were meant to come in turn. */
  const flush = (working: boolean): void => {
    const [first, ...more] = chunk
    chunk = []
    if (first === undefined) return
    if (working && more.length === 0 && listener?.wants(first) === true) {
      const { tell } = listener
      listener = undefined
      return tell(first)
    }
    for (const text of [first, ...more]) keep(text)
  }
  return {
    line: (text, working) => {
      // The line editor tells all lines of a chunk before anything else runs.
      if (chunk.length === 0) queueMicrotask(() => flush(working))
      chunk.push(text)
    },
    put: (one) => {
      flush(false)
      Queue.offerUnsafe(heard, one)
    },
    next: Queue.take(heard),
    beside: (wants) =>
      Effect.callback<string>((resume) => {
        const mine = { wants, tell: (line: string) => resume(Effect.succeed(line)) }
        listener = mine
        return Effect.sync(() => {
          if (listener === mine) listener = undefined
        })
      }),
    waiting: () => Queue.sizeUnsafe(heard),
    drop: () => {
      flush(false)
      let lines = 0
      for (let one = Queue.takeUnsafe(heard); one !== undefined; one = Queue.takeUnsafe(heard))
        if (Exit.isSuccess(one) && one.value.kind === "line") lines++
      return lines
    },
    lost: () => {
      const since = lost
      lost = 0
      return since
    },
  }
})
