/**
 * Behaviour 48: a week of an agent that never stops calling, on the test's clock. A thousand rotations that nobody asked
 * for, and Vault tokens that reach their maximum on the way; at the end there is nothing left, anywhere.
 */
import { queryObjects, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, References } from "effect"
import { TestClock } from "effect/testing"
import type { LeaseTarget } from "../../src/lease/LeaseModel.ts"
import { refreshCredentials } from "../../src/tools/vault/handlers.ts"
import { type LeaseWorld, makeLeaseWorld } from "../kit/LeaseWorld.ts"

const ROTATIONS = 1000

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as () => void // what the flag puts there

/** How many objects there are that somebody can still reach: Node collects before it counts. */
const objectsAlive = (): number => queryObjects(Object, { format: "count" })

/** Takes what the test's own Vault remembers into a tally, and out of its memory. */
const takeStock = (world: LeaseWorld, tally: Map<string, number>): void => {
  for (const { what } of world.asked.splice(0)) tally.set(what, (tally.get(what) ?? 0) + 1)
  world.aws.calls.length = 0
  const last = [...world.issued].slice(-5)
  world.issued.clear()
  for (const [key, one] of last) world.issued.set(key, one)
}

/** Goes on calling until Vault was asked for so many leases; what there is of the product then. */
const callUntil = Effect.fnUntraced(function* (
  world: LeaseWorld,
  to: Partial<LeaseTarget>,
  tally: Map<string, number>,
  leases: number,
) {
  const what = `GET aws/creds/${to.role ?? "deploy"}`
  while ((tally.get(what) ?? 0) < leases) {
    assert.isAtLeast(world.left(yield* world.call(to)), 60_000)
    yield* TestClock.adjust("4 minutes")
    takeStock(world, tally)
  }
  return { objects: objectsAlive(), timers: world.host.timers(), fibers: world.host.fibers() }
})

/** Ends the product's layers and asserts that nothing is left, and that nobody asks for anything any more. */
const endsClean = Effect.fnUntraced(function* (world: LeaseWorld, to: Partial<LeaseTarget>) {
  const last = yield* world.call(to)
  yield* world.close
  assert.deepStrictEqual([yield* world.half.liveLeases, yield* world.half.liveTokens], [0, 0])
  assert.deepStrictEqual([world.host.timers(), world.host.fibers()], [0, 0])
  assert.isEmpty([...world.aws.users.keys()])
  assert.isFalse(world.isWatched(last))
  world.asked.length = 0
  yield* TestClock.adjust("1 day")
  assert.isEmpty(world.asked)
})

// The test's console would keep every line of the log, and that would count.
const quietly = Effect.provideService(References.MinimumLogLevel, "None")

describe("a long life", () => {
  it.effect(
    `48 of ${ROTATIONS} rotations signs nothing too late, grows in nothing, and leaves no lease, token, timer or fiber`,
    () =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld({ tokenMax: "24h" })
        const to = { ttl: Duration.minutes(15) }
        const tally = new Map<string, number>()
        const early = yield* callUntil(world, to, tally, ROTATIONS / 10)
        const late = yield* callUntil(world, to, tally, ROTATIONS + 1)
        assert.isAtMost(late.timers, early.timers)
        assert.isAtMost(late.fibers, early.fibers)
        // The heap's bytes grow with the code that Node compiles; what the product holds is counted in objects.
        assert.isAtMost(late.objects - early.objects, 50, `in ${(ROTATIONS * 9) / 10} rotations`)

        // Each rotation asked twice: for the new lease, and to close the old one. The token beats every ten minutes.
        const of = (what: string): number => tally.get(what) ?? 0
        const minutes = (yield* Clock.currentTimeMillis) / 60_000
        assert.isAtMost(Math.abs(of("GET aws/creds/deploy") - 1 - of("POST sys/leases/revoke")), 1)
        assert.isAbove(of("POST auth/token/renew-self"), (minutes / 10) * 0.95)
        assert.isAtLeast(of("POST auth/token/create"), Math.floor(minutes / 1440))
        yield* endsClean(world, to)
      }).pipe(quietly),
    180_000,
  )

  it.effect(
    "48 of IAM users, renewed and replaced at their maximum 100 times, leaves no user behind",
    () =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld({ tokenMax: "24h", userLease: { lease: "10m", lease_max: "30m" } })
        const to = { role: "user" }
        const tally = new Map<string, number>()
        const early = yield* callUntil(world, to, tally, 10)
        const late = yield* callUntil(world, to, tally, 101)
        assert.isAtMost(late.objects - early.objects, 50)
        assert.isAbove(tally.get("POST sys/leases/renew") ?? 0, 100)
        yield* TestClock.adjust("2 minutes")
        assert.lengthOf([...world.aws.users.keys()], 1)
        yield* endsClean(world, to)
      }).pipe(quietly),
    60_000,
  )

  it.effect("48 of a lease that was replaced or given back holds the credentials nowhere", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld()
      /**
       * Whose secret can still be reached from anywhere. Looked at in several turns: a value may stand in a register of
       * whatever ran last, or have been looked at in this turn, and that is nobody's hold on it.
       */
      const reachable = Effect.fnUntraced(function* (refs: ReadonlyArray<WeakRef<object>>) {
        let left: ReadonlyArray<boolean> = []
        for (let turn = 0; turn < 20; turn++) {
          yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
          yield* Effect.sync(collect)
          const now = refs.map((ref) => ref.deref() !== undefined)
          left = now.map((is, at) => is && left[at] !== false)
        }
        return left
      })
      const secret = Effect.map(world.call(), ({ credentials }) => new WeakRef<object>(credentials.secretAccessKey))
      // Asked for by name: what that call ended with is the lease itself.
      yield* world.tool(refreshCredentials({}))
      const first = yield* secret
      yield* world.callFor("1 hour", "10 minutes")
      const second = yield* secret
      yield* world.callFor("1 hour", "10 minutes")
      const third = yield* secret
      assert.deepStrictEqual(yield* reachable([first, second, third]), [false, false, true])
      yield* world.host.run(world.manager.revoke("mcp"))
      // The Vault token that all of them hung on goes on living.
      assert.strictEqual(yield* world.half.liveTokens, 1)
      assert.deepStrictEqual(yield* reachable([third]), [false])
    }).pipe(quietly),
  )
})
