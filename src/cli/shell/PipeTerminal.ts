/** Lines from a pipe or a file. Read as they are needed, so that a long script is not held whole. */
import { Effect, Layer, Queue } from "effect"
import { StringDecoder } from "node:string_decoder"
import { print, say } from "../Output.ts"
import { LONGEST } from "./Line.ts"
import { type Heard, Terminal } from "./Terminal.ts"

/** Lines that may wait; beyond that the input is not read on. */
const WAITING = 64

/**
 * Cuts text into lines. A line that is longer than any may be is kept up to one character more than that, so that
 * whoever reads it refuses it, and the rest of it is dropped.
 */
export const makeLines = (): { readonly add: (text: string) => ReadonlyArray<string>; readonly rest: () => string } => {
  let held = ""
  const keep = (text: string): void => {
    held = (held + text).slice(0, LONGEST + 1)
  }
  return {
    add: (text) => {
      const pieces = text.split("\n")
      const last = pieces.pop() ?? ""
      const lines = pieces.map((piece) => {
        keep(piece)
        const line = held.replace(/\r$/, "")
        held = ""
        return line
      })
      keep(last)
      return lines
    },
    rest: () => held.replace(/\r$/, ""),
  }
}

/** Over the process's stdin, which is paused whenever enough lines wait. */
export const layerPipe: Layer.Layer<Terminal> = Layer.effect(
  Terminal,
  Effect.gen(function* () {
    const heard = yield* Queue.unbounded<Heard>() // bounded by the pause below and by the size of a chunk
    const { stdin } = process
    let line = 0
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const decoder = new StringDecoder("utf8")
        const lines = makeLines()
        const put = (text: string): void => void Queue.offerUnsafe(heard, { kind: "line", text })
        const data = (chunk: Buffer): void => {
          for (const line of lines.add(decoder.write(chunk))) put(line)
          if (Queue.sizeUnsafe(heard) > WAITING) stdin.pause()
        }
        const end = (): void => {
          for (const line of lines.add(decoder.end())) put(line)
          if (lines.rest() !== "") put(lines.rest())
          Queue.offerUnsafe(heard, { kind: "end" })
        }
        stdin.on("data", data)
        stdin.on("end", end)
        stdin.on("error", end)
        return () => {
          stdin.off("data", data)
          stdin.off("end", end)
          stdin.pause()
        }
      }),
      (stop) => Effect.sync(stop),
    )
    return Terminal.of({
      interactive: false,
      size: Effect.succeed({ width: undefined, height: undefined }),
      line: () => line,
      ask: () =>
        Effect.tap(Queue.take(heard), () =>
          Effect.sync(() => {
            line++
            if (Queue.sizeUnsafe(heard) === 0) stdin.resume()
          }),
        ),
      out: print,
      note: say,
      live: () => Effect.void,
      broken: Effect.never,
      beside: () => Effect.never,
      close: Effect.void,
      clear: Effect.void,
    })
  }),
)
