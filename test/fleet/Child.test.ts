/** Programs on pipes, real ones: what they hear, and that nothing is left of them. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schedule } from "effect"
import { type Hearing, makeNursery, startChild } from "../../src/fleet/Child.ts"
import type { StdioSpec } from "../../src/fleet/ServerSpec.ts"
import { folder, lives } from "../kit/Fleets.ts"

const program = (code: string, more: Partial<StdioSpec> = {}): StdioSpec => ({
  kind: "stdio",
  command: process.execPath,
  args: ["-e", code],
  env: {},
  cwd: "/",
  ...more,
})

/** Starts it in the present scope and notes what is heard. */
const start = Effect.fnUntraced(function* (spec: StdioSpec, patience = Duration.millis(200)) {
  const heard: Array<string> = []
  const hearing: Hearing = {
    line: (text) => void heard.push(text),
    bytes: () => true,
    stderr: (chunk) => void heard.push(`stderr ${chunk.toString("utf8")}`),
    tooLong: () => void heard.push("too long"),
    ended: (how) => void heard.push(`ended: ${how}`),
  }
  const nursery = yield* makeNursery
  const child = yield* startChild(spec, {}, nursery, hearing, Effect.succeed(patience))
  const hears = (text: string) =>
    Effect.repeat(
      Effect.sync(() => heard.includes(text)),
      { schedule: Schedule.spaced("5 millis"), until: (so) => so },
    ).pipe(Effect.timeout("10 seconds"))
  return { child, heard, hears }
})

const gone = (pid: number) =>
  Effect.repeat(
    Effect.sync(() => lives(pid)),
    { schedule: Schedule.spaced("10 millis"), until: (alive) => !alive },
  ).pipe(Effect.timeout("3 seconds"))

const ECHO =
  "process.stdin.on('data', (text) => process.stdout.write(text)); process.stdin.on('end', () => console.log('bye'))"
const DEAF = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')"

describe("a program on pipes", () => {
  it.live("hears and is heard line by line, and ends by itself when its stdin is closed", () =>
    Effect.gen(function* () {
      const { heard, pid } = yield* Effect.scoped(
        Effect.gen(function* () {
          const { child, heard, hears } = yield* start(program(ECHO), Duration.seconds(5))
          yield* Effect.promise(() => child.write("one\ntwo\n"))
          yield* hears("two")
          return { heard, pid: child.pid }
        }),
      )
      assert.isFalse(lives(pid))
      assert.includeMembers(heard, ["one", "two", "bye"])
    }),
  )

  it.live("one that heeds nothing is killed after its patience, with its whole group", () =>
    Effect.gen(function* () {
      const began = performance.now()
      const pids = yield* Effect.scoped(
        Effect.gen(function* () {
          const spawns = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(DEAF)}], { stdio: 'inherit' }); ${DEAF}; console.log('pid')`
          const { child, hears } = yield* start(program(spawns), Duration.millis(100))
          yield* hears("pid")
          return child.pid
        }),
      )
      yield* gone(pids)
      assert.isBelow(performance.now() - began, 5000)
    }),
  )

  it.live("its end is told once, with how, and what comes after is refused", () =>
    Effect.gen(function* () {
      const { child, heard, hears } = yield* start(program("console.log('last words'); process.exitCode = 4"))
      yield* hears("ended: it ended with exit code 4")
      assert.deepStrictEqual(heard, ["last words", "ended: it ended with exit code 4"])
      assert.match(yield* Effect.flip(Effect.tryPromise({ try: () => child.write("x"), catch: String })), /has ended/)
      const killed = yield* start(program("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)"))
      yield* killed.hears("ended: it was ended by SIGKILL")
    }),
  )

  it.live("a line without an end is told and no more is read; one that does not read is not written to for ever", () =>
    Effect.gen(function* () {
      const flood = yield* start(
        program("const x = 'x'.repeat(1e6); const go = () => process.stdout.write(x, go); go()"),
      )
      yield* flood.hears("too long")
      assert.deepStrictEqual(flood.heard, ["too long"])
      const { child, hears } = yield* start(program(DEAF))
      yield* hears("ready")
      const line = "x".repeat(4 * 1024 * 1024)
      for (let i = 0; i < 5; i++) child.write(line).catch(() => {})
      assert.match(
        yield* Effect.flip(Effect.tryPromise({ try: () => child.write(line), catch: String })),
        /does not read/,
      )
    }),
  )

  it.live("that cannot be started says why: not there, not executable, no such folder, impossible arguments", () =>
    Effect.gen(function* () {
      const file = join(yield* folder, "text")
      writeFileSync(file, "no program", { mode: 0o644 })
      const why = (spec: StdioSpec) => Effect.flip(Effect.scoped(start(spec)))
      assert.match(yield* why(program("", { command: "no-such-program-at-all" })), /no such program/)
      assert.match(yield* why(program("", { cwd: "/no/such/folder" })), /no such folder/)
      assert.match(yield* why(program("", { command: file })), /may not be executed/)
      assert.match(yield* why(program("a\0b")), /cannot be started with these arguments/)
    }),
  )
})
