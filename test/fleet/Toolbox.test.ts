/** A server's tools over connections that a test makes: when they are listed anew, and what is called by which connection. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { printable } from "../../src/core/Text.ts"
import type { Connection } from "../../src/fleet/ConnectionModel.ts"
import { FleetError, ServerNotReady } from "../../src/fleet/FleetError.ts"
import type { Member } from "../../src/fleet/Member.ts"
import { makePins } from "../../src/fleet/Pins.ts"
import { makeToolbox } from "../../src/fleet/Toolbox.ts"
import type { Trouble } from "../../src/fleet/Trouble.ts"

const raw = (name: string, description = name) => ({ name, description, inputSchema: { type: "object" } })

/** A member whose connection a test changes; `log` is what the connections were asked. */
const makeWorld = Effect.gen(function* () {
  const log: Array<string> = []
  const world = {
    tools: [raw("a"), raw("b")] as unknown,
    connection: undefined as Connection | undefined,
    beforeList: Effect.void as Effect.Effect<unknown>,
    trouble: undefined as Trouble | undefined,
  }
  const connect = (name: string): void => {
    world.connection = {
      era: "modern",
      protocol: "p",
      server: undefined,
      page: () =>
        Effect.gen(function* () {
          log.push(`${name} list`)
          yield* world.beforeList
          if (world.trouble !== undefined) return yield* Effect.fail(world.trouble)
          return { tools: world.tools, nextCursor: undefined }
        }),
      call: (tool) =>
        Effect.gen(function* () {
          log.push(`${name} call ${tool.name}`)
          if (world.trouble !== undefined) return yield* Effect.fail(world.trouble)
          return { content: [] }
        }),
      ping: Effect.void,
      lost: Effect.never,
      garbageSeen: () => 0,
    }
  }
  const member: Member = {
    spec: { name: "x", way: { kind: "stdio", command: "x", args: [], env: {}, cwd: "/" } },
    status: () => ({ state: "ready", why: undefined, restarts: 0, connection: world.connection }),
    start: Effect.void,
    stop: Effect.void,
    ready: Effect.suspend(() =>
      world.connection === undefined
        ? Effect.fail(new FleetError({ reason: new ServerNotReady({ server: "x", state: "stopped" }) }))
        : Effect.succeed(world.connection),
    ),
  }
  const inFlight = { count: 0 }
  const toolbox = yield* makeToolbox(member, {
    clean: printable,
    withoutSecrets: <A>(value: A): A => JSON.parse(JSON.stringify(value).replaceAll("live-secret", "[redacted]")) as A,
    pins: yield* Effect.provide(makePins(undefined), NodeFileSystem.layer),
    inFlight,
  })
  connect("one")
  const call = (tool: string, args: Readonly<Record<string, unknown>> = {}) =>
    toolbox.call(tool, args, Duration.seconds(1), () => {})
  return { toolbox, world, connect, log, call, inFlight }
})

const codeOf = <A>(effect: Effect.Effect<A, FleetError>) => Effect.map(Effect.flip(effect), ({ code }) => code)

describe("a server's tools", () => {
  it.effect("are listed once for all who ask, and anew after 30 seconds, a change or another connection", () =>
    Effect.gen(function* () {
      const { connect, log, toolbox } = yield* makeWorld
      assert.isUndefined(toolbox.count())
      yield* Effect.all([toolbox.list, toolbox.list, toolbox.describe("a")], { concurrency: "unbounded" })
      assert.strictEqual(toolbox.count(), 2)
      yield* TestClock.adjust("29 seconds")
      yield* toolbox.list
      assert.deepStrictEqual(log, ["one list"])
      yield* TestClock.adjust("1 second")
      yield* toolbox.list
      toolbox.expire()
      yield* toolbox.list
      connect("two")
      yield* toolbox.list
      assert.deepStrictEqual(log, ["one list", "one list", "one list", "two list"])
    }),
  )

  it.effect("that change while they are listed are listed again", () =>
    Effect.gen(function* () {
      const { log, toolbox, world } = yield* makeWorld
      world.beforeList = Effect.sync(toolbox.expire)
      yield* toolbox.list
      world.beforeList = Effect.void
      yield* toolbox.list
      yield* toolbox.list
      assert.deepStrictEqual(log, ["one list", "one list"])
    }),
  )

  it.effect("are called by the connection that listed them, never by one that was begun since", () =>
    Effect.gen(function* () {
      const { call, connect, log, world } = yield* makeWorld
      const begun = yield* Deferred.make<void>()
      const goes = yield* Deferred.make<void>()
      world.beforeList = Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(goes))
      const calling = yield* Effect.forkChild(call("a"), { startImmediately: true })
      yield* Deferred.await(begun)
      connect("two")
      yield* Deferred.succeed(goes, undefined)
      yield* Fiber.join(calling)
      assert.deepStrictEqual(log, ["one list", "one call a"])
    }),
  )

  it.effect("are not called when they are unknown, changed, new, or the arguments will not do", () =>
    Effect.gen(function* () {
      const { call, inFlight, log, toolbox, world } = yield* makeWorld
      yield* call("a")
      assert.strictEqual(yield* codeOf(call("A")), "tool_unknown")
      assert.strictEqual(yield* codeOf(call("a", { text: "the live-secret" })), "invalid_arguments")
      assert.strictEqual(yield* codeOf(call("a", { text: "x".repeat(1_000_001) })), "invalid_arguments")
      assert.strictEqual(
        yield* codeOf(call("a", { deep: JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`) as unknown })),
        "invalid_arguments",
      )
      world.tools = [raw("a", "other"), raw("c")]
      toolbox.expire()
      assert.strictEqual(yield* codeOf(call("a")), "tool_changed")
      assert.strictEqual(yield* codeOf(call("c")), "tool_changed")
      assert.strictEqual(yield* codeOf(call("b")), "tool_unknown")
      world.connection = undefined
      assert.strictEqual(yield* codeOf(call("a")), "server_not_ready")
      assert.deepStrictEqual(
        log.filter((line) => line.includes("call")),
        ["one call a"],
      )
      assert.strictEqual(inFlight.count, 0)
    }),
  )

  it.effect("that change between a look and an approval are not approved", () =>
    Effect.gen(function* () {
      const { call, toolbox, world } = yield* makeWorld
      yield* toolbox.list
      world.tools = [raw("a", "second")]
      toolbox.expire()
      assert.strictEqual((yield* toolbox.describe("a")).standing, "changed")
      world.tools = [raw("a", "third")]
      toolbox.expire()
      const error = yield* Effect.flip(toolbox.approve("a"))
      assert.strictEqual(error.reason._tag, "ToolUnseen")
      assert.strictEqual(yield* codeOf(call("a")), "tool_changed")
      yield* toolbox.describe("a")
      yield* toolbox.approve("a")
      yield* call("a")
    }),
  )

  it.effect("trouble is told by what it means: whether the server may have acted decides the word", () =>
    Effect.gen(function* () {
      const { call, toolbox, world } = yield* makeWorld
      yield* toolbox.list
      for (const [trouble, code] of [
        [{ kind: "lost", why: "gone", sent: true }, "outcome_unknown"],
        [{ kind: "lost", why: "gone", sent: false }, "server_no_answer"],
        [{ kind: "silent", why: "late", sent: true }, "outcome_unknown"],
        [{ kind: "refused", error: -1, says: "no" }, "server_refused"],
        [{ kind: "input" }, "input_wanted"],
      ] as const) {
        world.trouble = trouble
        assert.strictEqual(yield* codeOf(call("a")), code)
      }
      toolbox.expire()
      world.trouble = { kind: "silent", why: "late", sent: false }
      assert.strictEqual(yield* codeOf(toolbox.list), "server_no_answer")
      world.trouble = undefined
      for (const tools of [undefined, "none", {}, 5]) {
        world.tools = tools
        assert.strictEqual(yield* codeOf(toolbox.list), "server_no_answer")
      }
    }),
  )
})
