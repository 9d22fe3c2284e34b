/** The terminal over the line editor, with keys that a test presses and a screen that is text. */
import { EventEmitter } from "node:events"
import { PassThrough } from "node:stream"
import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer } from "effect"
import { layerLine } from "../../../src/cli/shell/LineTerminal.ts"
import { Terminal } from "../../../src/cli/shell/Terminal.ts"
import { until } from "../../kit/Drive.ts"

class Screen extends EventEmitter {
  columns = 40
  rows = 10
  raw = ""
  write(text: string): void {
    this.raw += text
  }
}

const CTRL_C = "\u0003"
const CTRL_D = "\u0004"
const CTRL_Z = "\u001a"

const opened = Effect.gen(function* () {
  const input = new PassThrough()
  const screen = new Screen()
  let say: (text: string) => void = () => {}
  const layer = layerLine(
    {
      history: [],
      worth: () => true,
      complete: (line) => ({ candidates: [], replaces: line }),
      ready: (made) => {
        say = made
      },
    },
    { input, output: screen },
  )
  const terminal = Context.get(yield* Layer.build(layer), Terminal)
  const text = () => stripVTControlCharacters(screen.raw)
  return {
    terminal,
    screen,
    say: (words: string) => say(words),
    press: (keys: string) => void input.write(keys),
    text,
    /** Waits until the screen has shown that. */
    shown: (what: RegExp) => until(() => what.test(text())),
    asked: Effect.forkScoped(terminal.ask("> "), { startImmediately: true }),
    /** What is drawn below while work goes on, until it matches; it is drawn again and again, as the board is. */
    below: (what: RegExp) =>
      Effect.gen(function* () {
        yield* Effect.forkScoped(Effect.forever(Effect.andThen(terminal.live(["at work"]), Effect.sleep("100 millis"))))
        yield* until(() => what.test(text()))
      }).pipe(Effect.scoped, Effect.andThen(terminal.live([]))),
  }
})

describe("the line terminal", () => {
  for (const during of ["at the prompt", "while work goes on"])
    it.effect(`takes keys again after Ctrl-Z and fg ${during}`, () =>
      Effect.gen(function* () {
        const { asked, below, press } = yield* opened
        const early = during === "at the prompt" ? yield* asked : undefined
        // In the place of the shell: nothing is stopped, and it goes on at once.
        process.once("SIGTSTP", () => process.kill(process.pid, "SIGCONT"))
        const continued = new Promise<void>((resolve) => process.once("SIGCONT", () => setImmediate(resolve)))
        press(`abc${CTRL_Z}`)
        yield* Effect.promise(() => continued)
        press("def\r")
        // Asking takes keys again by itself.
        if (early === undefined) yield* below(/1 line waits/)
        assert.deepStrictEqual(yield* Fiber.join(early ?? (yield* asked)), { kind: "line", text: "abcdef" })
      }).pipe(Effect.scoped),
    )

  it.effect("echoes a paste once: its first line at once, the others when their turn comes", () =>
    Effect.gen(function* () {
      const { asked, press, terminal, text } = yield* opened
      const first = yield* asked
      press("one\rtwo\rthree\r")
      assert.deepStrictEqual(yield* Fiber.join(first), { kind: "line", text: "one" })
      yield* terminal.out("result")
      assert.deepStrictEqual(yield* terminal.ask("> "), { kind: "line", text: "two" })
      assert.strictEqual(text(), "> one\r\nresult\n> two\n")
    }).pipe(Effect.scoped),
  )

  it.effect("drops what waits at Ctrl-C while work goes on, and says so", () =>
    Effect.gen(function* () {
      const { asked, below, press, shown, terminal } = yield* opened
      const broken = yield* Effect.forkScoped(terminal.broken, { startImmediately: true })
      press("one\rtwo\rthr")
      yield* below(/2 lines wait {2}> thr/)
      press(CTRL_C)
      yield* shown(/2 lines that waited are dropped/)
      yield* Fiber.join(broken)
      const heard = yield* asked
      press("four\r")
      assert.deepStrictEqual(yield* Fiber.join(heard), { kind: "line", text: "four" })
    }).pipe(Effect.scoped),
  )

  it.effect("drops a paste that ends with Ctrl-C, and asks again", () =>
    Effect.gen(function* () {
      const { asked, press, text } = yield* opened
      const heard = yield* asked
      press(`one\rtwo\r${CTRL_C}`)
      assert.deepStrictEqual(yield* Fiber.join(heard), { kind: "break" })
      assert.match(text(), /2 lines that waited are dropped/)
    }).pipe(Effect.scoped),
  )

  it.effect("says how many lines of a very long paste were not taken", () =>
    Effect.gen(function* () {
      const { asked, below, press, shown } = yield* opened
      press("line\r".repeat(10_003))
      yield* below(/10000 lines wait/)
      yield* asked
      yield* shown(/3 lines were not taken/)
    }).pipe(Effect.scoped),
  )

  it.effect("ends after what is under way at Ctrl-D, without what waits", () =>
    Effect.gen(function* () {
      const { below, press, shown, terminal } = yield* opened
      press("one\r")
      yield* below(/1 line waits/)
      press(CTRL_D)
      yield* shown(/1 line that waited is dropped[\s\S]*The end comes when what is under way has ended/)
      assert.deepStrictEqual(yield* terminal.ask("> "), { kind: "end" })
      assert.deepStrictEqual(yield* terminal.ask("> "), { kind: "end" })
    }).pipe(Effect.scoped),
  )

  it.effect("gives a line to whoever listens beside the work, before those that wait; a paste stays in its order", () =>
    Effect.gen(function* () {
      const { below, press, terminal } = yield* opened
      const beside = yield* Effect.forkScoped(
        terminal.beside((line) => line.startsWith("/stop")),
        {
          startImmediately: true,
        },
      )
      press("/stop one\rtwo\r")
      yield* below(/2 lines wait/)
      press("/stop three\r")
      assert.strictEqual(yield* Fiber.join(beside), "/stop three")
      assert.deepStrictEqual(yield* terminal.ask("> "), { kind: "line", text: "/stop one" })
      assert.deepStrictEqual(yield* terminal.ask("> "), { kind: "line", text: "two" })
    }).pipe(Effect.scoped),
  )

  it.effect("says what comes unasked above all rows of the line that is being typed", () =>
    Effect.gen(function* () {
      const { asked, press, say, screen, shown } = yield* opened
      const heard = yield* asked
      press("x".repeat(90))
      yield* shown(/x{90}|x{12}$/)
      say("first")
      screen.raw = ""
      say("message")
      // Up by the two rows above the cursor; the editor then draws from where it is.
      assert.isTrue(screen.raw.startsWith("\r\u001b[2A\u001b[Jmessage\n\u001b[1G\u001b[0J> xxx"), screen.raw)
      press("\r")
      assert.deepStrictEqual(yield* Fiber.join(heard), { kind: "line", text: "x".repeat(90) })
    }).pipe(Effect.scoped),
  )

  it.effect("hears no more after it was closed", () =>
    Effect.gen(function* () {
      const { below, press, terminal, text } = yield* opened
      press("one\r")
      yield* below(/1 line waits/)
      yield* terminal.close
      assert.match(text(), /1 line that waited is dropped\n$/)
      assert.deepStrictEqual(yield* terminal.ask("> "), { kind: "end" })
    }).pipe(Effect.scoped),
  )
})
