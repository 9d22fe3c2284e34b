/** One server's life over connections that a test makes: what is begun again, when, and when no more. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { printable } from "../../src/core/Text.ts"
import type { Connection, Loss } from "../../src/fleet/ConnectionModel.ts"
import { makeMember } from "../../src/fleet/Member.ts"
import type { ServerSpec } from "../../src/fleet/ServerSpec.ts"
import type { Trouble } from "../../src/fleet/Trouble.ts"

const spec: ServerSpec = {
  name: "x",
  way: { kind: "stdio", command: "x", args: [], env: { A_TOKEN: Redacted.make("secret-of-x") }, cwd: "/" },
}

const lost = (more: Partial<Extract<Trouble, { kind: "lost" }>> = {}): Trouble => ({
  kind: "lost",
  why: "it ended with exit code 1",
  sent: false,
  began: true,
  ...more,
})

/** What an opening does: works, fails, never ends, or breaks. */
type Opening = "works" | "works in the older era" | Trouble | "hangs" | "dies"

/** A member whose openings go as written, the last one again and again. */
const makeWorld = Effect.fnUntraced(function* (...openings: ReadonlyArray<Opening>) {
  const log: Array<string> = []
  const watched: Array<string> = []
  const world = {
    pings: 0,
    answers: true as boolean | Trouble,
    busy: false,
    now: undefined as Deferred.Deferred<Loss> | undefined,
  }
  let nth = 0
  const open = Effect.fnUntraced(function* (_spec: ServerSpec, _ports: unknown, modern: boolean) {
    const opening = openings[Math.min(nth++, openings.length - 1)] ?? "works"
    log.push(`open ${modern ? "modern" : "legacy"}`)
    yield* Effect.addFinalizer(() => Effect.sync(() => void log.push("closed")))
    if (opening === "hangs") return yield* Effect.never
    if (opening === "dies") return yield* Effect.die(new Error("a bug"))
    if (typeof opening === "object") return yield* Effect.fail(opening)
    const end = yield* Deferred.make<Loss>()
    world.now = end
    return {
      era: opening === "works" && modern ? "modern" : "legacy",
      protocol: "p",
      server: undefined,
      page: () => Effect.die("not asked"),
      call: () => Effect.die("not asked"),
      ping: Effect.suspend(() => {
        world.pings++
        if (world.answers === true) return Effect.void
        return Effect.fail(
          world.answers === false ? ({ kind: "silent", why: "no answer", sent: false } as const) : world.answers,
        )
      }),
      lost: Deferred.await(end),
      garbageSeen: () => 0,
    } satisfies Connection
  })
  const member = yield* makeMember(
    spec,
    {
      open,
      env: {},
      nursery: { add: () => {}, remove: () => {} },
      patience: Effect.succeed(Duration.zero),
      onStderr: () => {},
      onToolsChanged: () => {},
      watch: (secret) =>
        Effect.acquireRelease(
          Effect.sync(() => void watched.push(Redacted.value(secret))),
          () => Effect.sync(() => void watched.pop()),
        ),
      busy: () => world.busy,
    },
    printable,
  )
  const lose = (loss: Partial<Loss> = {}) =>
    Effect.suspend(() => {
      if (world.now !== undefined)
        Deferred.doneUnsafe(world.now, Exit.succeed({ why: "it ended", hostile: false, ...loss }))
      return TestClock.adjust(0)
    })
  const state = () => member.status().state
  return { member, world, log, watched, lose, state }
})

const refusal = <A>(effect: Effect.Effect<A, { readonly code: string; readonly message: string }>) =>
  Effect.map(Effect.flip(effect), ({ code, message }) => `${code}: ${message}`)

describe("a server's life", () => {
  it.effect("begins by request alone, once, and its secrets are watched while it runs", () =>
    Effect.gen(function* () {
      const { log, member, state, watched } = yield* makeWorld("works")
      assert.strictEqual(state(), "configured")
      assert.match(yield* refusal(member.ready), /^server_not_ready: .*is configured/)
      yield* member.start
      yield* member.start
      assert.strictEqual(state(), "ready")
      assert.strictEqual((yield* member.ready).protocol, "p")
      assert.deepStrictEqual(watched, ["secret-of-x"])
      yield* member.stop
      assert.deepStrictEqual([state(), log, watched], ["stopped", ["open modern", "closed"], []])
      assert.match(yield* refusal(member.ready), /is stopped/)
      yield* member.start
      assert.strictEqual(state(), "ready")
    }),
  )

  it.effect("that does not begin is told why, is not tried again by itself, and can be", () =>
    Effect.gen(function* () {
      for (const [trouble, why] of [
        [lost({ began: false, why: "there is no such program" }), /no such program/],
        [{ kind: "silent", why: "no handshake within 30 s", sent: false }, /no handshake/],
        [{ kind: "garbled", why: "the address answered 401", sent: false }, /401/],
        [{ kind: "refused", error: -32000, says: "canary" }, /refused the handshake with error -32000/],
        [{ kind: "input" }, /asks back/],
        ["dies", /a fault of this program/],
      ] as const) {
        const { log, member, state } = yield* makeWorld(trouble, "works")
        const told = yield* refusal(member.start)
        assert.match(told, /^server_start_failed: /)
        assert.match(told, why)
        assert.notInclude(told, "canary")
        yield* TestClock.adjust("1 hour")
        assert.deepStrictEqual([state(), log], ["failed", ["open modern", "closed"]])
        assert.match(yield* refusal(member.ready), /is failed \(/)
        yield* member.start
        assert.strictEqual(state(), "ready")
      }
    }),
  )

  it.effect("that ends at the newer opening goes on in the older era, now and after each loss", () =>
    Effect.gen(function* () {
      const { log, lose, member, state } = yield* makeWorld(lost(), "works", "works")
      yield* member.start
      assert.deepStrictEqual([state(), log], ["ready", ["open modern", "closed", "open legacy"]])
      yield* lose()
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(log.slice(3), ["closed", "open legacy"])
      const both = yield* makeWorld(lost(), lost({ why: "it ended twice" }))
      assert.match(yield* refusal(both.member.start), /it ended twice/)
      const hostile = yield* makeWorld(lost({ hostile: true }), "works")
      yield* refusal(hostile.member.start)
      assert.deepStrictEqual(hostile.log, ["open modern", "closed"], "one that floods is not asked twice")
    }),
  )

  it.effect("that is lost is begun again after longer and longer pauses, and given up after five in a row", () =>
    Effect.gen(function* () {
      const { log, lose, member, state } = yield* makeWorld("works")
      yield* member.start
      for (const [nth, pause] of [500, 1000, 2000, 4000, 8000].entries()) {
        yield* lose({ why: `loss \u202e${nth}` })
        assert.deepInclude(member.status(), {
          state: "restarting",
          why: `loss ${nth}`,
          restarts: nth + 1,
          connection: undefined,
        })
        assert.match(yield* refusal(member.ready), /is restarting.*Ask again in a moment/)
        yield* TestClock.adjust(pause - 1)
        assert.strictEqual(state(), "restarting")
        yield* TestClock.adjust(1)
        assert.strictEqual(state(), "ready")
      }
      yield* lose()
      assert.strictEqual(state(), "failed")
      assert.match(member.status().why ?? "", /begun again too often/)
      assert.strictEqual(log.filter((line) => line === "open modern").length, 6)
      yield* member.start
      assert.deepInclude(member.status(), { state: "ready", restarts: 0 })
    }),
  )

  it.effect("counts anew after ten quiet minutes, and a beginning that fails is a loss", () =>
    Effect.gen(function* () {
      const { lose, member, state } = yield* makeWorld("works")
      yield* member.start
      for (let nth = 0; nth < 12; nth++) {
        yield* lose()
        yield* TestClock.adjust("11 minutes")
        assert.strictEqual(state(), "ready")
      }
      const gone = yield* makeWorld("works", lost({ began: false }))
      yield* gone.member.start
      yield* gone.lose()
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(gone.state(), "failed")
      assert.strictEqual(gone.log.filter((line) => line.startsWith("open")).length, 6)
    }),
  )

  it.effect("ended for what it did is not begun again", () =>
    Effect.gen(function* () {
      const { lose, member, state } = yield* makeWorld("works")
      yield* member.start
      yield* lose({ hostile: true, why: "it flooded" })
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(state(), "failed")
      assert.strictEqual(member.status().why, "it flooded")
    }),
  )

  it.effect("is asked every 30 seconds whether it goes on, but not while it works; an error is an answer", () =>
    Effect.gen(function* () {
      const { member, state, world } = yield* makeWorld("works")
      yield* member.start
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(world.pings, 10)
      world.answers = { kind: "refused", error: -32601, says: "" }
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([state(), world.pings], ["ready", 12])
      world.busy = true
      world.answers = false
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual([state(), world.pings], ["ready", 12])
      world.busy = false
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual([member.status().why, world.pings], ["it does not answer any more", 14])
      world.answers = true
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([state(), member.status().restarts], ["ready", 1])
    }),
  )

  it.effect("that is being begun is ended by a stop, and by whoever began it going away", () =>
    Effect.gen(function* () {
      const stopped = yield* makeWorld("hangs")
      const starting = yield* Effect.forkChild(refusal(stopped.member.start), { startImmediately: true })
      assert.strictEqual(stopped.state(), "starting")
      assert.match(yield* refusal(stopped.member.ready), /is starting.*Ask again/)
      yield* stopped.member.stop
      assert.match(yield* Fiber.join(starting), /^server_not_ready/)
      assert.deepStrictEqual([stopped.state(), stopped.log], ["stopped", ["open modern", "closed"]])
      const left = yield* makeWorld("hangs", "works")
      const leaving = yield* Effect.forkChild(left.member.start, { startImmediately: true })
      yield* Fiber.interrupt(leaving)
      yield* TestClock.adjust(0)
      assert.deepStrictEqual([left.state(), left.log], ["stopped", ["open modern", "closed"]])
      yield* left.member.start
      assert.strictEqual(left.state(), "ready")
    }),
  )

  it.effect("that waits to begin again begins at once when it is started, and not at all when it is stopped", () =>
    Effect.gen(function* () {
      const { log, lose, member, state } = yield* makeWorld("works")
      yield* member.start
      yield* lose()
      yield* member.start
      assert.deepInclude(member.status(), { state: "ready", restarts: 0 })
      yield* lose()
      yield* member.stop
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(state(), "stopped")
      assert.strictEqual(log.filter((line) => line.startsWith("open")).length, 2)
    }),
  )

  it.effect("ends with the scope that it was made in", () =>
    Effect.gen(function* () {
      const { log, watched } = yield* Effect.scoped(Effect.tap(makeWorld("works"), ({ member }) => member.start))
      assert.deepStrictEqual([log, watched], [["open modern", "closed"], []])
    }),
  )
})
