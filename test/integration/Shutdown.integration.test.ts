/**
 * However the program ends and whatever state Vault is in then: the code that says why, in time, clean output, and, as
 * far as Vault can be reached, everything given back.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { DEADLINE } from "../../src/cli/Ending.ts"
import {
  assertProtocol,
  assertWords,
  frontedWorld,
  hangingAws,
  leasedCommand,
  leasedServer,
  NARROW,
  type Way,
  WAYS,
} from "../kit/Endings.ts"
import { BIN, callMessage, initialize, rawServer } from "../kit/RawServer.ts"
import { spawned, started, watching } from "../kit/Spawned.ts"
import type { Health } from "../kit/VaultFront.ts"

/** What a busy machine may add to a deadline. */
const SLACK = 1100

const HEALTH: ReadonlyArray<Health> = ["healthy", "slow", "refusing", "hanging"]

const isCrash = (name: string): boolean => name === "an uncaught exception" || name === "an unhandled rejection"

/** A Vault that is slow has heard what it was told, whether its answer was waited for or not. */
const hears = (health: Health): boolean => health === "healthy" || health === "slow"

/** Nothing to tell; that the client closed stdout is a warning of the connection. */
const QUIET = /^(?:\S+ level=WARN [^\n]*mcp: write EPIPE"?\n)?$/

const NOTHING = { tokens: 0, leases: 0 }

const assertStory = (err: string, crashed: boolean): void => {
  assertWords(err)
  assert.deepStrictEqual(err.match(/crashed: .*$/gm) ?? [], crashed ? ["crashed: boom, client_token=[redacted]"] : [])
  assert.notMatch(err, /failed/)
}

const preloaded = (code: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
})

/** Sends itself the signal in the moment it would load more than its first lines. */
const signalledWhileLoading = (signal: string) =>
  preloaded(`import { registerHooks } from "node:module"
    registerHooks({ load(url, context, next) {
      if (url.includes("/chunks/Main")) process.kill(process.pid, "${signal}")
      return next(url, context)
    } })`)

/** Says "listening" when it hears signals, which is the work of its first lines. */
const SAYS_WHEN_LISTENING = preloaded(
  `process.on("newListener", (name) => name === "SIGHUP" && process.stderr.write("listening\\n"))`,
)

describe("serve", () => {
  for (const health of HEALTH) {
    for (const [name, way] of Object.entries<Way>(WAYS)) {
      const code = isCrash(name) ? 1 : 0
      it.live(
        `${name}, with a Vault that is ${health}: code ${code} in time, stdout pure`,
        () =>
          Effect.gen(function* () {
            const world = yield* frontedWorld()
            const server = yield* leasedServer(world, way)
            yield* world.front.become(health)
            const ended = yield* server.endsAfter(way.end)
            assert.deepInclude(ended, { code, signal: null })
            assert.isBelow(ended.millis, DEADLINE.server + SLACK)
            assertProtocol(server.out())
            assertStory(server.err(), isCrash(name))
            if (hears(health)) assert.deepStrictEqual(yield* world.left, NOTHING)
            if (health === "healthy" && !isCrash(name)) assert.match(server.err(), QUIET)
          }),
        NARROW,
      )
    }
  }

  it.live("calls under way are aborted, not answered, and what they lease is given back", () =>
    Effect.gen(function* () {
      const world = yield* frontedWorld()
      const reached = yield* hangingAws(world)
      const raw = rawServer([], world.env)
      const server = watching(raw.child)
      yield* Effect.promise(() => initialize(raw))
      raw.send(callMessage(2, "aws_get_caller_identity"))
      yield* reached
      assert.strictEqual((yield* server.endsAfter(({ stdin }) => void stdin?.end())).code, 0)
      assert.notInclude(server.out(), '"id":2')
      assert.deepStrictEqual(yield* world.left, NOTHING)
    }),
  )

  it.live("a Vault that hangs while credentials are asked for holds the end no longer than the deadline", () =>
    Effect.gen(function* () {
      const world = yield* frontedWorld()
      yield* world.front.become("hanging")
      for (const way of [WAYS.SIGTERM, WAYS["end of input"]]) {
        const raw = rawServer([], world.env)
        const server = watching(raw.child)
        yield* Effect.promise(() => initialize(raw))
        raw.send(callMessage(2, "aws_get_caller_identity"))
        yield* world.front.asked
        const ended = yield* server.endsAfter(way.end)
        assert.strictEqual(ended.code, 0)
        assert.isBelow(ended.millis, DEADLINE.server + SLACK)
        assertProtocol(server.out())
        assertStory(server.err(), false)
      }
    }),
  )

  for (const name of ["SIGTERM", "end of input"] as const) {
    it.live(`${name}: a client that reads nothing any more keeps neither leases nor the process`, () =>
      Effect.gen(function* () {
        const world = yield* frontedWorld()
        const server = yield* leasedServer(world)
        const { stdin, stdout } = server.child
        stdout?.pause()
        for (let id = 10; id < 110; id++)
          stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list" })}\n`)
        stdin?.write(`${JSON.stringify(callMessage(200, "vault_credential_status"))}\n`)
        server.child.on("exit", () => stdout?.resume())
        const ended = yield* server.endsAfter(WAYS[name].end)
        assert.deepInclude(ended, { code: 0, signal: null })
        assert.isBelow(ended.millis, DEADLINE.server + SLACK)
        assert.deepStrictEqual(yield* world.left, NOTHING)
      }),
    )
  }
})

/** The ways in which a command is broken off, and what it says then. */
const BREAKS = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["an uncaught exception", 1],
  ["an unhandled rejection", 1],
] as const

describe("a command that waits for AWS", () => {
  for (const health of HEALTH) {
    for (const [name, code] of BREAKS) {
      it.live(`${name}, with a Vault that is ${health}: code ${code} in time, nothing on stdout`, () =>
        Effect.gen(function* () {
          const world = yield* frontedWorld()
          const call = yield* leasedCommand(world, WAYS[name])
          yield* world.front.become(health)
          const ended = yield* call.endsAfter(WAYS[name].end)
          assert.deepInclude(ended, { code, signal: null })
          assert.isBelow(ended.millis, DEADLINE.command + SLACK)
          assert.strictEqual(call.out(), "")
          assertStory(call.err(), isCrash(name))
          if (hears(health)) assert.deepStrictEqual(yield* world.left, NOTHING)
          if (health === "healthy" && !isCrash(name)) assert.strictEqual(call.err(), "")
        }),
      )
    }
  }

  it.live("a second SIGINT ends it at once, and it says that not everything was given back", () =>
    Effect.gen(function* () {
      const world = yield* frontedWorld()
      const call = yield* leasedCommand(world)
      yield* world.front.become("hanging")
      const givingBack = yield* Effect.forkChild(world.front.asked, { startImmediately: true })
      call.child.kill("SIGINT")
      yield* Fiber.join(givingBack)
      yield* Effect.sleep("60 millis") // a person's second Ctrl-C, not one that npm passes on
      const ended = yield* call.endsAfter(WAYS.SIGINT.end)
      assert.deepInclude(ended, { code: 130, signal: null })
      assert.isBelow(ended.millis, SLACK)
      assert.match(call.err(), /ended before it was done with giving back/)
      assertStory(call.err(), false)
    }),
  )
})

describe("the sandbox as a command", () => {
  for (const [name, code] of BREAKS) {
    it.live(`${name}: code ${code} in time, nothing more on stdout`, () =>
      Effect.gen(function* () {
        const sandbox = yield* spawned([BIN, "sandbox", "--json"], WAYS[name].env)
        yield* sandbox.says(/\n/)
        const ended = yield* sandbox.endsAfter(WAYS[name].end)
        assert.deepInclude(ended, { code, signal: null })
        assert.isBelow(ended.millis, DEADLINE.command + SLACK)
        assert.hasAllKeys(JSON.parse(sandbox.out()), [
          "VAULT_ADDR",
          "VAULT_TOKEN",
          "AWS_ENDPOINT_URL",
          "AWS_ACCESS_KEY_ID",
          "AWS_SECRET_ACCESS_KEY",
        ])
        assertStory(sandbox.err(), isCrash(name))
      }),
    )
  }
})

/** A line of the shell's, to whose pipes and files our program writes. */
const shell = (line: string, env: Readonly<Record<string, string>> = {}) =>
  started("/bin/sh", ["-c", line], { ...env, NODE: process.execPath, BIN })

describe("a command whose reader goes away", () => {
  for (const words of ["tools", "tools --json", "--help", "sandbox --json", "call aws_get_caller_identity", "status"]) {
    it.live(`${words}: 141 without a word, and everything given back`, () =>
      Effect.gen(function* () {
        const world = yield* frontedWorld()
        const line = `{ read go; "$NODE" "$BIN" ${words}; echo "code $?" >&2; } | { exec <&-; echo closed >&2; }`
        const pipe = yield* shell(line, world.env)
        yield* pipe.says(/closed/)
        yield* pipe.endsAfter(({ stdin }) => void stdin?.end("\n"))
        assert.strictEqual(pipe.err(), "closed\ncode 141\n")
        assert.deepStrictEqual(yield* world.left, NOTHING)
      }),
    )
  }

  it.live.skipIf(!existsSync("/dev/full"))("a full disk is no reader that went away: 1, and why", () =>
    Effect.gen(function* () {
      const full = yield* shell('"$NODE" "$BIN" tools > /dev/full')
      assert.strictEqual((yield* full.endsAfter(() => {})).code, 1)
      assert.match(full.err(), /^The output could not be written: ENOSPC[^\n]*\n$/)
    }),
  )
})

// `script` of util-linux makes a terminal; the one of BSD takes other arguments.
const hasTerminal = spawnSync("script", ["--version"]).status === 0

describe("a terminal that is closed", () => {
  for (const [words, code] of [
    ["sandbox", 129],
    ["serve --sandbox --log-level debug", 0],
  ] as const) {
    it.live.skipIf(!hasTerminal)(`ends ${words} with ${code}`, () =>
      Effect.gen(function* () {
        // The outer shell leads the session and dies by the hang-up; the inner one lives to tell the code.
        const line = `sh -c 'trap "" HUP; echo up; "$NODE" "$BIN" ${words}; echo "code $?" >&3'; true`
        const terminal = yield* started(
          "script",
          ["--quiet", "--flush", "--command", line, "/dev/null"],
          { NODE: process.execPath, BIN, ...SAYS_WHEN_LISTENING },
          ["pipe", "pipe", "pipe", "pipe"],
        )
        const told = terminal.child.stdio[3]
        let code3 = ""
        told?.on("data", (bytes: Buffer) => (code3 += bytes.toString()))
        yield* terminal.says(/listening/)
        yield* terminal.endsAfter((child) => void child.kill("SIGKILL"))
        assert.strictEqual(code3, `code ${code}\n`)
      }),
    )
  }
})

describe("start-up", () => {
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    it.live(`${signal} before anything is loaded: 0 for serve, ${code} for a command, not a word`, () =>
      Effect.gen(function* () {
        for (const [words, expected] of [
          [["serve"], 0],
          [[], 0], // on a pipe the server
          [["--sandbox", "serve"], 0],
          [["call", "s3_list_buckets", "--sandbox"], code],
        ] as const) {
          const process = yield* spawned([BIN, ...words], signalledWhileLoading(signal))
          const ended = yield* process.endsAfter(() => {})
          assert.deepInclude(ended, { code: expected, signal: null }, words.join(" "))
          assert.strictEqual(process.out() + process.err(), "")
        }
      }),
    )
  }

  it.live("a signal at any moment from the first lines on ends serve with 0 and nothing on stdout", () =>
    Effect.gen(function* () {
      // The moments are the case: from the first lines to where it waits for a client.
      for (const wait of [0, 10, 20, 40, 60, 80, 100, 150, 200]) {
        const process = yield* spawned([BIN, "serve", "--sandbox"], SAYS_WHEN_LISTENING)
        yield* process.says(/listening/)
        yield* Effect.sleep(wait)
        const ended = yield* process.endsAfter(WAYS.SIGTERM.end)
        assert.deepInclude(ended, { code: 0, signal: null }, `${wait} ms`)
        assert.strictEqual(process.out(), "")
        assert.strictEqual(process.err(), "listening\n")
      }
    }),
  )
})
