/** A server that does what no server should: bounded, refused, and nobody harmed. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Schedule } from "effect"
import { printable } from "../../src/core/Text.ts"
import { folder, hostile, lives, makeFleet, textOf } from "../kit/Fleets.ts"

type Made = Effect.Success<ReturnType<typeof makeFleet>>

const server = { server: "x" }
const call = (tool: string, args: Readonly<Record<string, unknown>> = {}) => ({ ...server, tool, arguments: args })

/** A fleet of one server in that mode, started. */
const started = Effect.fnUntraced(function* (mode: string, word = "", more: Parameters<typeof makeFleet>[1] = {}) {
  const made = yield* makeFleet({ x: hostile(mode, word) }, more)
  yield* made.good("mcp_start_server", server)
  return made
})

const state = ({ good }: Made) =>
  Effect.map(
    good<{
      readonly servers: ReadonlyArray<{ readonly state: string; readonly reason?: string; readonly restarts: number }>
    }>("mcp_list_servers"),
    ({ servers }) => servers[0] ?? assert.fail("no server"),
  )

const becomes = (made: Made, wanted: string) =>
  Effect.repeat(state(made), {
    schedule: Schedule.spaced("20 millis"),
    until: (one) => one.state === wanted,
  }).pipe(Effect.timeout("15 seconds"))

/** A killed process takes a moment to go. */
const gone = (pid: number) =>
  Effect.repeat(
    Effect.sync(() => lives(pid)),
    { schedule: Schedule.spaced("10 millis"), until: (alive) => !alive },
  ).pipe(Effect.timeout("2 seconds"))

describe("a server's environment", () => {
  it.live("holds what its entry says and a little besides, and nothing of ours", () =>
    Effect.gen(function* () {
      const env = {
        PATH: process.env["PATH"],
        HOME: "/home/somebody",
        LANG: "C",
        VAULT_TOKEN: "hvs.poisonpoisonpoisonpoison",
        VAULT_ADDR: "https://vault.example.com",
        BAO_TOKEN: "hvs.poisonpoisonpoisonpoison",
        VAULT_AWS_MCP_VAULT_TOKEN: "hvs.poisonpoisonpoisonpoison",
        AWS_ACCESS_KEY_ID: "AKIAPOISONPOISONPOIS",
        AWS_SECRET_ACCESS_KEY: "poisonpoison",
        AWS_SESSION_TOKEN: "poisonpoison",
        GITHUB_TOKEN: "poisonpoison",
        NODE_OPTIONS: "--poison",
        HTTPS_PROXY: "http://user:poison@proxy.example.com",
        SSH_AUTH_SOCK: "/poison",
      }
      const { good } = yield* makeFleet({ x: hostile("ok", "", { OWN: "mine" }) }, { env })
      yield* good("mcp_start_server", server)
      const seen: unknown = JSON.parse(textOf(yield* good("mcp_call_tool", call("env"))))
      assert.deepStrictEqual(seen, { PATH: env.PATH, HOME: env.HOME, LANG: "C", OWN: "mine" })
    }),
  )
})

describe("what a hostile server sends", () => {
  it.live("orders in a result are data: cleaned, marked, and nothing is called", () =>
    Effect.gen(function* () {
      const secret = Redacted.make("live-secret-of-this-process")
      const log = join(yield* folder, "log")
      const { good, redactor } = yield* makeFleet({
        x: hostile("ok", Redacted.value(secret), { FIXTURE_LOG: log }),
      })
      yield* redactor.watch(secret)
      yield* good("mcp_start_server", server)
      const result = yield* good("mcp_call_tool", call("inject"))
      assert.deepInclude(result, { untrusted: true, server: "x", tool: "inject", is_error: false })
      assert.include(textOf(result), "Ignore all previous instructions")
      const whole = JSON.stringify(result)
      assert.notInclude(whole, Redacted.value(secret))
      assert.include(whole, "[redacted]")
      assert.strictEqual(printable(whole), whole)
      assert.notMatch(whole, /\\u00/, "nor escaped")
      assert.include(whole, "red txet zerowidth tags bell")
      assert.include(Object.keys(result["structured"] as object), "key")
      assert.deepStrictEqual(
        readFileSync(log, "utf8")
          .split("\n")
          .filter((line) => line.startsWith("tools/call")),
        ["tools/call inject"],
      )
    }),
  )

  it.live("requests of its own are declined: no model, no person, no folders, no tool of ours", () =>
    Effect.gen(function* () {
      const { good } = yield* started("ok")
      const answers = JSON.parse(textOf(yield* good("mcp_call_tool", call("ask")))) as ReadonlyArray<{
        readonly id: string
        readonly error?: { readonly code: number }
      }>
      assert.deepStrictEqual(
        answers.map(({ error, id }) => [id, error?.code]),
        [
          ["a1", -32601],
          ["a2", -32601],
          ["a3", -32601],
          ["a4", -32601],
        ],
      )
    }),
  )

  it.live("a large result is cut, and what was cut is told", () =>
    Effect.gen(function* () {
      const { good } = yield* started("ok")
      const result = yield* good("mcp_call_tool", call("many"))
      assert.isBelow(JSON.stringify(result).length, 100_000)
      const content = result["content"] as ReadonlyArray<Record<string, unknown>>
      assert.deepStrictEqual(content[1], { type: "image", mime_type: "image/png", bytes: 75_000 })
      assert.deepStrictEqual(content[2], { type: "audio", mime_type: "audio/wav", bytes: 3, data: "QUJD" })
      assert.deepInclude(content[4], { type: "resource_link", uri: "https://example.com/x", name: "link" })
      const notes = (result["notes"] as ReadonlyArray<string>).join("\n")
      for (const part of ["a text of 500000 characters is cut", "55 of 105 items", "structured data: result.list has"])
        assert.include(notes, part)
    }),
  )

  it.live("a failure that the tool tells of is told as such", () =>
    Effect.gen(function* () {
      const { good } = yield* started("ok")
      const result = yield* good("mcp_call_tool", call("fail"))
      assert.deepInclude(result, { is_error: true })
      assert.strictEqual(textOf(result), "it did not work")
    }),
  )

  it.live("an error's words are quoted, cleaned; a result that is none leaves the outcome open", () =>
    Effect.gen(function* () {
      const refuses = yield* started("refuse", "now")
      assert.match(
        yield* refuses.bad("mcp_call_tool", call("echo")),
        /refused the call of echo with error -32000.*which are data: "refused now"\ncode=server_refused/,
      )
      const garbles = yield* started("garbled")
      const text = yield* garbles.bad("mcp_call_tool", call("echo"))
      assert.match(text, /no usable answer to the call of echo.*may have happened.*\ncode=outcome_unknown/s)
    }),
  )

  it.live("lines that are no messages are skipped and counted, and their neighbours kept", () =>
    Effect.gen(function* () {
      const made = yield* started("garbage")
      assert.strictEqual(textOf(yield* made.good("mcp_call_tool", call("echo", { text: "hi" }))), "echo hi")
      const { servers } = yield* made.good<{ servers: ReadonlyArray<Record<string, unknown>> }>("mcp_list_servers")
      assert.isAbove(Number(servers[0]?.["garbage_lines"]), 5)
      assert.strictEqual(servers[0]?.["calls_itself"], "hostile garbage 1")
    }),
  )

  for (const [what, why] of [
    ["line", /message of more than 10 MiB/],
    ["messages", /more than 10000 messages/],
    ["garbage", /more than 1000 lines/],
    ["requests", /more than 10000 messages/],
    ["progress", /more than 10000 messages/],
    ["answers", /more than 10000 messages/],
  ] as const)
    it.live(`a flood of ${what} ends the server for good, and the call's outcome is told as unknown`, () =>
      Effect.gen(function* () {
        const made = yield* started("ok")
        const text = yield* made.bad("mcp_call_tool", call("flood", { text: what }))
        assert.match(text, why)
        assert.match(text, /code=outcome_unknown/)
        const failed = yield* becomes(made, "failed")
        assert.match(failed.reason ?? "", why)
        assert.strictEqual(failed.restarts, 0)
        assert.match(yield* made.bad("mcp_call_tool", call("echo")), /is failed.*Start it.*\ncode=server_not_ready/)
        yield* made.good("mcp_start_server", server)
        assert.strictEqual(textOf(yield* made.good("mcp_call_tool", call("echo", { text: "again" }))), "echo again")
      }),
    )
})

describe("what a hostile server lists", () => {
  it.live("lies are left out or cut, and no schema of its is run", () =>
    Effect.gen(function* () {
      const made = yield* started("lies", "http://127.0.0.1:9/schema.json")
      const { left_out, tools } = yield* made.good<{
        readonly tools: ReadonlyArray<{ readonly tool: string }>
        readonly left_out: string
      }>("mcp_list_tools", server)
      assert.deepStrictEqual(
        tools.map(({ tool }) => tool),
        ["__proto__", "deep", "doubling", "huge", "loop", "nothing", "number", "regex", "remote", "tree", "wide"],
      )
      assert.match(left_out, /^5 entries/)
      for (const tool of ["deep", "huge", "wide", "nothing"]) {
        const text = yield* made.bad("mcp_call_tool", call(tool, { text: "x" }))
        assert.match(text, /cannot be called: its .*Nothing was sent.*\ncode=tool_unusable/s, tool)
        assert.isBelow(text.length, 500)
      }
      const evil = `${"a".repeat(40)}!`
      for (const tool of ["regex", "loop", "remote", "doubling", "__proto__"])
        assert.strictEqual(textOf(yield* made.good("mcp_call_tool", call(tool, { text: evil }))), `echo ${evil}`, tool)
      assert.match(yield* made.bad("mcp_call_tool", call("tree", { n: "x" })), /#\/n.*code=invalid_arguments/s)
      const described = yield* made.good("mcp_describe_tool", { ...server, tool: "huge" })
      assert.isBelow(JSON.stringify(described).length, 4000)
    }),
  )

  it.live("data that is not what the tool promised is shown, and the lie told", () =>
    Effect.gen(function* () {
      const { good } = yield* started("lies")
      const result = yield* good("mcp_call_tool", call("number"))
      assert.deepStrictEqual(result["structured"], { n: "not a number" })
      assert.match(String(result["notes"]), /not what the tool promises: .*"integer"/)
    }),
  )

  it.live("endless pages end, and so does the number of tools", () =>
    Effect.gen(function* () {
      const { good } = yield* started("many")
      const page = yield* good("mcp_list_tools", { ...server, limit: 200 })
      assert.strictEqual(page["total"], 500)
      assert.match(String(page["left_out"]), /5500 entries.*further pages/)
      assert.strictEqual((page["tools"] as ReadonlyArray<unknown>).length, 200)
      const next = yield* good("mcp_list_tools", { ...server, limit: 200, cursor: page["next_cursor"] })
      assert.strictEqual((next["tools"] as ReadonlyArray<unknown>).length, 200)
    }),
  )
})

describe("a tool that changes", () => {
  it.live("is refused once the server says so, until it was looked at and approved; a new one likewise", () =>
    Effect.gen(function* () {
      const log = join(yield* folder, "log")
      const made = yield* makeFleet({ x: hostile("rug", "", { FIXTURE_LOG: log }) })
      yield* made.good("mcp_start_server", server)
      yield* made.good("mcp_list_tools", server)
      yield* made.good("mcp_call_tool", call("stays"))
      for (const [tool, words] of [
        ["delete_me", /has changed its words, arguments or hints/],
        ["stays2", /came to the MCP server x after/],
      ] as const) {
        const refused = yield* made.bad("mcp_call_tool", call(tool))
        assert.match(refused, words)
        assert.match(refused, /nothing was called.*accept_changes.*\ncode=tool_changed/s)
        // What nobody looked at cannot be approved.
        const unseen = yield* made.bad("mcp_describe_tool", { ...server, tool, accept_changes: true })
        assert.match(unseen, /not described here as it is now.*\ncode=tool_changed/s)
        const described = yield* made.good("mcp_describe_tool", { ...server, tool })
        assert.strictEqual(described["standing"], tool === "stays2" ? "new" : "changed")
        assert.match(yield* made.bad("mcp_call_tool", call(tool)), /code=tool_changed/)
        const accepted = yield* made.good("mcp_describe_tool", { ...server, tool, accept_changes: true })
        assert.strictEqual(accepted["standing"], "known")
        yield* made.good("mcp_call_tool", call(tool))
      }
      assert.deepStrictEqual(
        readFileSync(log, "utf8")
          .split("\n")
          .filter((line) => line.startsWith("tools/call")),
        ["tools/call stays", "tools/call delete_me", "tools/call stays2"],
      )
    }),
  )

  it.live("is refused in the next process, too, as what was approved is on disk for the owner alone", () =>
    Effect.gen(function* () {
      const stateDir = yield* folder
      yield* Effect.scoped(
        Effect.gen(function* () {
          const first = yield* started("rug", "", { stateDir })
          yield* first.good("mcp_call_tool", call("delete_me"))
        }),
      )
      const later = yield* started("rug", "later", { stateDir })
      assert.match(yield* later.bad("mcp_call_tool", call("delete_me")), /has changed.*code=tool_changed/s)
      yield* later.good("mcp_call_tool", call("stays"))
    }),
  )

  it.live("is noticed in the next list when the server says nothing", () =>
    Effect.gen(function* () {
      const made = yield* started("rug-silent")
      yield* made.good("mcp_call_tool", call("stays"))
      const toolbox = yield* made.fleet.toolbox("x")
      toolbox.expire()
      assert.match(yield* made.bad("mcp_call_tool", call("stays")), /has changed.*code=tool_changed/s)
    }),
  )
})

describe("a server that does not do its work", () => {
  it.live("one that never answers is given up, and gone though it heeds neither a closed pipe nor SIGTERM", () =>
    Effect.gen(function* () {
      const made = yield* makeFleet({ x: hostile("deaf") }, { limits: { probe: "300 millis", handshake: "1 second" } })
      const text = yield* made.bad("mcp_start_server", server)
      assert.match(text, /did not start: no .*\ncode=server_start_failed/s)
      assert.strictEqual((yield* state(made)).state, "failed")
    }),
  )

  it.live("one that ends at once, or is not there, is told with the reason and not begun again", () =>
    Effect.gen(function* () {
      const made = yield* makeFleet({ x: hostile("exit-at-once"), y: { command: "/nowhere/at-all" } })
      assert.match(yield* made.bad("mcp_start_server", server), /it ended with exit code 3/)
      assert.match(yield* made.bad("mcp_start_server", { server: "y" }), /no such program/)
      assert.deepInclude(yield* state(made), { state: "failed", restarts: 0 })
    }),
  )

  it.live("one that ends at the newer opening is begun once more with the older one", () =>
    Effect.gen(function* () {
      const { good } = yield* started("exit-on-probe")
      assert.strictEqual(textOf(yield* good("mcp_call_tool", call("echo", { text: "old" }))), "echo old")
    }),
  )

  it.live("a call that hangs is given up in time and cancelled, and others go on", () =>
    Effect.gen(function* () {
      const log = join(yield* folder, "log")
      const made = yield* makeFleet({ x: hostile("ok", "", { FIXTURE_LOG: log }) })
      yield* made.good("mcp_start_server", server)
      const hanging = yield* Effect.forkChild(made.bad("mcp_call_tool", { ...call("hang"), timeout_seconds: 1 }), {
        startImmediately: true,
      })
      const broken = yield* Effect.forkChild(made.outcome("mcp_call_tool", call("hang")), { startImmediately: true })
      assert.strictEqual(textOf(yield* made.good("mcp_call_tool", call("echo", { text: "on" }))), "echo on")
      yield* Fiber.interrupt(broken)
      assert.match(yield* Fiber.join(hanging), /no answer in time.*may have happened.*\ncode=outcome_unknown/s)
      yield* made.good("mcp_call_tool", call("echo"))
      assert.strictEqual(
        readFileSync(log, "utf8")
          .split("\n")
          .filter((line) => line.startsWith("notifications/cancelled")).length,
        2,
      )
    }),
  )

  it.live("one that crashes in a call leaves its outcome unknown, and is begun again", () =>
    Effect.gen(function* () {
      const made = yield* started("ok")
      const text = yield* made.bad("mcp_call_tool", call("crash"))
      assert.match(text, /exit code 7.*may have happened.*\ncode=outcome_unknown/s)
      yield* becomes(made, "restarting")
      assert.strictEqual((yield* becomes(made, "ready")).restarts, 1)
      assert.strictEqual(textOf(yield* made.good("mcp_call_tool", call("echo", { text: "back" }))), "echo back")
    }),
  )

  it.live("one that answers no more when asked whether it lives is begun again", () =>
    Effect.gen(function* () {
      const made = yield* started("no-ping", "", { limits: { health: "100 millis", ping: "300 millis" } })
      const lost = yield* becomes(made, "restarting")
      assert.match(lost.reason ?? "", /does not answer any more/)
      assert.isAtLeast((yield* becomes(made, "ready")).restarts, 1)
    }),
  )

  it.live("too many calls at once are refused before anything is sent", () =>
    Effect.gen(function* () {
      const made = yield* started("ok")
      const calls = yield* Effect.forEach(Array.from({ length: 70 }), () =>
        Effect.forkChild(made.bad("mcp_call_tool", call("hang")), { startImmediately: true }),
      )
      const ended = () => calls.filter((fiber) => fiber.pollUnsafe() !== undefined)
      yield* Effect.repeat(
        Effect.sync(() => ended().length),
        { schedule: Schedule.spaced("10 millis"), until: (count) => count >= 6 },
      )
      assert.strictEqual(ended().length, 6)
      for (const fiber of ended())
        assert.match(yield* Fiber.join(fiber), /64 calls .*nothing was sent.*\ncode=server_busy/s)
      yield* Effect.forEach(calls, Fiber.interrupt)
      assert.strictEqual(textOf(yield* made.good("mcp_call_tool", call("echo", { text: "room" }))), "echo room")
    }),
  )
})

describe("the end of a server", () => {
  it.live("takes what it started with it, and does not wait for one that will not go", () =>
    Effect.gen(function* () {
      const last = yield* Effect.scoped(
        Effect.gen(function* () {
          const made = yield* started("stubborn")
          const orphan = Number(textOf(yield* made.good("mcp_call_tool", call("orphan"))))
          assert.isTrue(lives(orphan))
          yield* made.good("mcp_stop_server", server)
          yield* gone(orphan)
          yield* made.good("mcp_start_server", server)
          const second = Number(textOf(yield* made.good("mcp_call_tool", call("orphan"))))
          assert.isTrue(lives(second))
          return second
        }),
      ).pipe(Effect.timeout("20 seconds"))
      yield* gone(last)
    }),
  )

  it.live("a stop ends a start that hangs, and calls under way", () =>
    Effect.gen(function* () {
      const deaf = yield* makeFleet({ x: hostile("deaf") })
      const starting = yield* Effect.forkChild(deaf.bad("mcp_start_server", server), { startImmediately: true })
      yield* becomes(deaf, "starting")
      yield* deaf.good("mcp_stop_server", server)
      assert.match(yield* Fiber.join(starting), /is st\w+.*\ncode=server_not_ready/s)
      assert.strictEqual((yield* state(deaf)).state, "stopped")
      const made = yield* started("ok")
      const hanging = yield* Effect.forkChild(made.bad("mcp_call_tool", call("hang")), { startImmediately: true })
      yield* made.good("mcp_call_tool", call("echo"))
      yield* made.good("mcp_stop_server", server)
      assert.match(yield* Fiber.join(hanging), /connection ended.*\ncode=outcome_unknown/s)
      assert.match(yield* made.bad("mcp_call_tool", call("echo")), /is stopped.*\ncode=server_not_ready/s)
    }),
  )

  it.live("whoever goes away while a server starts does not wait for its end, and the next start is a new one", () =>
    Effect.gen(function* () {
      const deaf = yield* makeFleet({ x: hostile("deaf") }, { limits: { patience: "2 seconds" } })
      const starting = yield* Effect.forkChild(deaf.outcome("mcp_start_server", server), { startImmediately: true })
      yield* becomes(deaf, "starting")
      const began = performance.now()
      yield* Fiber.interrupt(starting)
      assert.isBelow(performance.now() - began, 1500)
      yield* becomes(deaf, "stopped")
    }),
  )

  it.live("what it wrote to stderr is in the log, a secret of its entry is not", () =>
    Effect.gen(function* () {
      const token = "fixture-token-canary-0001"
      const made = yield* makeFleet({ x: hostile("noisy", "", { FIXTURE_TOKEN: token }) })
      yield* made.good("mcp_start_server", server)
      yield* Effect.repeat(
        Effect.sync(() => made.said.join("\n")),
        {
          schedule: Schedule.spaced("10 millis"),
          until: (text) => text.includes("stderr: after"),
        },
      ).pipe(Effect.timeout("5 seconds"))
      const log = made.said.join("\n")
      assert.include(log, "stderr: token=[redacted] said")
      assert.notInclude(log, token)
      assert.notInclude(log, "xxxxxxxx")
    }),
  )
})
