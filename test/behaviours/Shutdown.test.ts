/** Behaviours 22 to 24: how the program ends, seen from outside. Every cause with every Vault is in test/integration. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import {
  assertProtocol,
  assertWords,
  frontedWorld,
  type FrontedWorld,
  leasedCommand,
  leasedServer,
  NARROW,
  WAYS,
} from "../kit/Endings.ts"
import { runProgram } from "../kit/Program.ts"

/** The 400 ms that a server has, and what a busy machine may add. */
const IN_TIME = 1500

const NO_MORE_WANTED = [
  "SIGTERM",
  "SIGINT",
  "SIGHUP",
  "a closed stdout",
  "end of input",
  "SIGINT, SIGTERM and SIGKILL within 500 ms",
] as const

/** Waits until Vault is asked for something while `doing` is done: the giving back has begun. */
const givingBack = Effect.fnUntraced(function* ({ front }: FrontedWorld, doing: () => void) {
  const asked = yield* Effect.forkChild(front.asked, { startImmediately: true })
  doing()
  yield* Fiber.join(asked)
})

describe("shutdown", () => {
  for (const name of NO_MORE_WANTED) {
    it.live(`22 ${name}: the child token is revoked and its leases with it, code 0`, () =>
      Effect.gen(function* () {
        const world = yield* frontedWorld()
        const server = yield* leasedServer(world)
        assert.deepInclude(yield* server.endsAfter(WAYS[name].end), { code: 0, signal: null })
        assert.deepStrictEqual(yield* world.left, { tokens: 0, leases: 0 })
      }),
    )

    it.live(
      `22 ${name}: code 0 in time though Vault hangs`,
      () =>
        Effect.gen(function* () {
          const world = yield* frontedWorld()
          const server = yield* leasedServer(world)
          yield* world.front.become("hanging")
          const { code, millis, signal } = yield* server.endsAfter(WAYS[name].end)
          assert.deepStrictEqual({ code, signal }, { code: 0, signal: null })
          assert.isBelow(millis, IN_TIME)
        }),
      NARROW,
    )
  }

  it.live("22 no call is taken once the end has begun", () =>
    Effect.gen(function* () {
      const world = yield* frontedWorld()
      const server = yield* leasedServer(world)
      yield* world.front.become("hanging")
      yield* givingBack(world, () => server.child.kill("SIGTERM"))
      const ended = yield* server.endsAfter(({ stdin }) => {
        stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id: 50, method: "tools/list" })}\n`)
      })
      assert.strictEqual(ended.code, 0)
      assert.notInclude(server.out(), '"id":50')
    }),
  )

  it.live("22 without a child token each lease is revoked by its id, and the operator's token lives", () =>
    Effect.gen(function* () {
      const world = yield* frontedWorld("childless")
      const server = yield* leasedServer(world)
      assert.strictEqual((yield* server.endsAfter(WAYS.SIGTERM.end)).code, 0)
      assert.deepStrictEqual(yield* world.left, { tokens: 1, leases: 0 })
    }),
  )

  for (const health of ["refusing", "hanging"] as const) {
    it.live(
      `22 a lease that could not be revoked by its id, as Vault is ${health}, is named on stderr in short`,
      () =>
        Effect.gen(function* () {
          const world = yield* frontedWorld("childless")
          const server = yield* leasedServer(world)
          yield* world.front.become(health)
          const ended = yield* server.endsAfter(WAYS.SIGTERM.end)
          assert.strictEqual(ended.code, 0)
          assert.isBelow(ended.millis, IN_TIME)
          assert.match(server.err(), /aws\/creds\/mcp-agent-role\/\w{6}…/)
          assert.notMatch(server.err(), /aws\/creds\/mcp-agent-role\/\w{7}/)
          assertWords(server.err())
        }),
      NARROW,
    )
  }

  it.live("23 a Vault that is down at the end costs the time limit and nothing else", () =>
    Effect.gen(function* () {
      const world = yield* frontedWorld()
      const server = yield* leasedServer(world)
      yield* world.front.become("refusing")
      const ended = yield* server.endsAfter(WAYS["end of input"].end)
      assert.strictEqual(ended.code, 0)
      assert.isBelow(ended.millis, IN_TIME)
      assertProtocol(server.out())
      assertWords(server.err())
      // Nothing is claimed: they stand in Vault until the token's TTL ends them.
      assert.deepStrictEqual(yield* world.left, { tokens: 1, leases: 1 })
    }),
  )

  it.live("23 what Vault was not there to take back stays in the journal, and the next start gives it back", () =>
    Effect.gen(function* () {
      const world = yield* frontedWorld()
      const server = yield* leasedServer(world)
      yield* world.front.become("refusing")
      yield* server.endsAfter(WAYS.SIGTERM.end)
      assert.match(server.err(), /not given back to Vault: aws\/creds\/mcp-agent-role\/\w{6}….*Kept in the journal/)
      yield* world.front.become("healthy")
      const listed = yield* Effect.promise(() => runProgram(["leases"], { env: world.env }))
      assert.match(listed.out, new RegExp(`process ${server.child.pid}, killed`))
      const next = yield* Effect.promise(() => runProgram(["call", "aws_get_caller_identity"], { env: world.env }))
      assert.strictEqual(next.code, 0)
      assert.deepStrictEqual(yield* world.left, { tokens: 0, leases: 0 })
    }),
  )

  it.live("24 a server ignores further signals, and stdout is the protocol's to the last byte", () =>
    Effect.gen(function* () {
      const world = yield* frontedWorld()
      const server = yield* leasedServer(world)
      yield* world.front.become("slow")
      yield* givingBack(world, () => server.child.kill("SIGINT"))
      const ended = yield* server.endsAfter((child) => {
        for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) child.kill(name)
      })
      assert.deepInclude(ended, { code: 0, signal: null })
      assertProtocol(server.out())
      assert.deepStrictEqual(yield* world.left, { tokens: 0, leases: 0 })
    }),
  )

  it.live("24 a second SIGINT ends any other command at once, with 130 and a word about what is left", () =>
    Effect.gen(function* () {
      const world = yield* frontedWorld()
      const call = yield* leasedCommand(world)
      yield* world.front.become("hanging")
      yield* givingBack(world, () => call.child.kill("SIGINT"))
      yield* Effect.sleep("60 millis") // a person's second Ctrl-C, not one that npm passes on
      const ended = yield* call.endsAfter(WAYS.SIGINT.end)
      assert.deepInclude(ended, { code: 130, signal: null })
      assert.isBelow(ended.millis, IN_TIME)
      assert.match(call.err(), /ended before it was done with giving back/)
      assert.strictEqual(call.out(), "")
    }),
  )
})
