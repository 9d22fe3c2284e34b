import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { rolldown } from "rolldown"
import type { Kind } from "../../src/cli/Ending.ts"
import { type Spawned, spawned } from "../kit/Spawned.ts"

const folder = mkdtempSync(join(tmpdir(), "run-programs-"))
const PROGRAMS = join(folder, "programs.mjs")
const BROKEN_OFF = /ended before it was done with giving back/

const started = (name: string, kind: Kind) => spawned([PROGRAMS, name, kind])
const signal = (name: NodeJS.Signals) => (process: Spawned) => process.endsAfter((child) => void child.kill(name))
const untouched = ({ endsAfter }: Spawned) => endsAfter(() => {})
const linesOf = (text: string) => text.split("\n").filter((line) => line !== "")

// From source every start would take a second.
beforeAll(async () => {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("../kit/RunPrograms.ts", import.meta.url)),
    platform: "node",
  })
  await bundle.write({ file: PROGRAMS, format: "esm" })
  await bundle.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

describe("run, of a program that ends by itself", () => {
  it.live("ends with 0 after success, though a timer still runs", () =>
    Effect.gen(function* () {
      const process = yield* started("holdsAHandle", "command")
      assert.strictEqual((yield* untouched(process)).code, 0)
    }),
  )

  it.live("ends with the failure's own code, its words on stderr without secrets", () =>
    Effect.gen(function* () {
      const process = yield* started("fails", "command")
      assert.strictEqual((yield* untouched(process)).code, 7)
      assert.strictEqual(process.err(), "refused, with client_token=[redacted]\n")
      assert.strictEqual(process.out(), "")
    }),
  )

  it.live("ends with 1 after a defect or an interruption of its own, in one line", () =>
    Effect.gen(function* () {
      for (const name of ["dies", "interruptsItself"]) {
        const process = yield* started(name, "server")
        assert.strictEqual((yield* untouched(process)).code, 1)
        assert.match(process.err(), /^vault-aws-mcp failed: [^\n]*\n$/)
        assert.notInclude(process.err(), "canary")
      }
    }),
  )

  it.live("waits until a slow reader has all of its output", () =>
    Effect.gen(function* () {
      const process = yield* started("printsMuch", "command")
      process.child.stdout?.pause()
      yield* process.says(/working/)
      yield* Effect.sleep("200 millis") // the reader's slowness is the case
      assert.isNull(process.child.exitCode)
      assert.strictEqual((yield* process.endsAfter((child) => void child.stdout?.resume())).code, 0)
      assert.strictEqual(process.out().length, 1_000_000)
    }),
  )

  it.live("ends at once by a signal when only output that nobody takes is left", () =>
    Effect.gen(function* () {
      const process = yield* started("printsMuch", "command")
      process.child.stdout?.pause()
      yield* process.says(/working/)
      yield* Effect.sleep("200 millis") // the reader's slowness is the case
      const { code, millis } = yield* process.endsAfter((child) => {
        child.kill("SIGTERM")
        child.on("exit", () => child.stdout?.resume())
      })
      assert.strictEqual(code, 143)
      assert.isBelow(millis, 1500)
      assert.strictEqual(process.err(), "working\n")
    }),
  )
})

describe("run, of a program that is broken off", () => {
  const codes = [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const
  for (const [name, command] of codes) {
    it.live(`${name}: gives back and ends with ${command}, or 0 for a server`, () =>
      Effect.gen(function* () {
        for (const [kind, code] of [
          ["command", command],
          ["server", 0],
        ] as const) {
          const process = yield* started("givesBackSlowly", kind)
          yield* process.says(/working/)
          assert.deepInclude(yield* signal(name)(process), { code, signal: null })
          assert.deepStrictEqual(linesOf(process.err()), ["working", "giving back", "gave back"])
          assert.strictEqual(process.out(), "")
        }
      }),
    )
  }

  it.live("a server whose finalizer hangs ends at its deadline, with 0, and says that it broke off", () =>
    Effect.gen(function* () {
      const process = yield* started("hangs", "server")
      yield* process.says(/working/)
      const { code, millis } = yield* signal("SIGTERM")(process)
      assert.strictEqual(code, 0)
      assert.isAbove(millis, 300)
      assert.isBelow(millis, 1500)
      assert.match(process.err(), BROKEN_OFF)
    }),
  )

  it.live("a command whose finalizer hangs is given five seconds", () =>
    Effect.gen(function* () {
      const process = yield* started("hangs", "command")
      yield* process.says(/working/)
      const { code, millis } = yield* signal("SIGTERM")(process)
      assert.strictEqual(code, 143)
      assert.isAbove(millis, 4500)
      assert.isBelow(millis, 6500)
      assert.match(process.err(), BROKEN_OFF)
    }),
  )

  it.live("a second SIGINT ends a command at once with 130, after SIGHUP too, and it says so", () =>
    Effect.gen(function* () {
      for (const first of ["SIGINT", "SIGHUP"] as const) {
        const process = yield* started("hangs", "command")
        yield* process.says(/working/)
        process.child.kill(first)
        yield* process.says(/giving back/)
        if (first === "SIGHUP") process.child.kill("SIGINT")
        yield* Effect.sleep("150 millis") // a person's second Ctrl-C, not one that npm passes on
        const { code, millis } = yield* signal("SIGINT")(process)
        assert.strictEqual(code, 130)
        assert.isBelow(millis, 1500)
        assert.match(process.err(), BROKEN_OFF)
      }
    }),
  )

  it.live("the Ctrl-C that npm passes on as well does not cost a command its finalizers", () =>
    Effect.gen(function* () {
      const process = yield* started("givesBackSlowly", "command")
      yield* process.says(/working/)
      process.child.kill("SIGINT")
      yield* process.says(/giving back/)
      assert.strictEqual((yield* signal("SIGINT")(process)).code, 130)
      assert.match(process.err(), /gave back/)
    }),
  )

  it.live("a server goes its way however many signals follow", () =>
    Effect.gen(function* () {
      const process = yield* started("givesBackSlowly", "server")
      yield* process.says(/working/)
      process.child.kill("SIGINT")
      yield* process.says(/giving back/)
      const { code } = yield* process.endsAfter((child) => {
        for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) child.kill(name)
      })
      assert.strictEqual(code, 0)
      assert.match(process.err(), /gave back/)
    }),
  )

  it.live("the deadline counts from the end of input, and success stays success", () =>
    Effect.gen(function* () {
      const good = yield* started("dropsItsInput", "server")
      yield* good.says(/working/)
      assert.strictEqual((yield* good.endsAfter((child) => void child.stdin?.end())).code, 0)
      const bad = yield* started("hangsAfterItsInput", "server")
      yield* bad.says(/working/)
      const { code, millis } = yield* bad.endsAfter((child) => void child.stdin?.end())
      assert.strictEqual(code, 0)
      assert.isBelow(millis, 1500)
      assert.match(bad.err(), BROKEN_OFF)
    }),
  )
})

describe("run, of a program that crashes", () => {
  for (const name of ["throwsLate", "rejectsLate", "throwsNoError", "rejectsNoError"]) {
    it.live(`${name}: gives back, ends with 1, and says it in one line without a stack or a secret`, () =>
      Effect.gen(function* () {
        for (const kind of ["command", "server"] as const) {
          const process = yield* started(name, kind)
          assert.strictEqual((yield* untouched(process)).code, 1)
          const [working, crash, ...rest] = linesOf(process.err())
          assert.strictEqual(working, "working")
          assert.match(crash ?? "", /^vault-aws-mcp crashed: (boom|failed: with object for an error$)/)
          assert.deepStrictEqual(rest, ["gave back"])
          assert.notInclude(process.err(), "canary")
          assert.strictEqual(process.out(), "")
        }
      }),
    )
  }

  it.live("an error that is thrown again and again is told once and holds up nothing", () =>
    Effect.gen(function* () {
      const process = yield* started("throwsAgainAndAgain", "server")
      const { code } = yield* untouched(process)
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(process.err().match(/crashed/g), ["crashed"])
    }),
  )
})

describe("run, of a program whose output is not wanted", () => {
  it.live("a closed stdout ends a command with 141 and a server with 0, silently, and all is given back", () =>
    Effect.gen(function* () {
      for (const [name, kind, code] of [
        ["printsToNobody", "command", 141],
        ["endsForNobody", "command", 141],
        ["printsToNobody", "server", 0],
      ] as const) {
        const process = yield* started(name, kind)
        const ended = yield* process.endsAfter((child) => {
          child.stdout?.destroy()
          child.stdout?.on("close", () => child.stdin?.end())
        })
        assert.strictEqual(ended.code, code)
        assert.strictEqual(process.err(), "gave back\n")
      }
    }),
  )

  it.live("a closed stderr changes nothing", () =>
    Effect.gen(function* () {
      const process = yield* started("complainsMuch", "command")
      yield* process.says(/working/)
      process.child.stderr?.on("close", () => process.child.stdin?.end()).destroy()
      yield* process.says(/done/)
      assert.strictEqual((yield* signal("SIGTERM")(process)).code, 143)
    }),
  )

  it.live("a stderr that is full and never read holds a server no longer than its deadline", () =>
    Effect.gen(function* () {
      const process = yield* started("complainsMuch", "server")
      yield* process.says(/working/)
      process.child.stderr?.pause()
      process.child.stdin?.end()
      yield* process.says(/done/)
      process.child.on("exit", () => process.child.stderr?.resume())
      const { code, millis } = yield* signal("SIGTERM")(process)
      assert.strictEqual(code, 0)
      assert.isAbove(millis, 300)
      assert.isBelow(millis, 1500)
    }),
  )
})
