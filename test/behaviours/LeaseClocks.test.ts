/**
 * Behaviours 15 and 16: a machine whose wall clock is wrong or jumps, and one that sleeps. Vault and AWS keep the world's
 * time throughout; what counts is what is left in truth of the key that a call signs with.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Context, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { type AwsCall, AwsSession } from "../../src/aws/AwsSession.ts"
import { ROOT_USER } from "../../src/sandbox/aws/Identity.ts"
import { type LeaseWorld, makeLeaseWorld } from "../kit/LeaseWorld.ts"
import { shiftedClock } from "../kit/ShiftedClock.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

const CREDS = "GET aws/creds/deploy"
const MINUTE = 60_000

/** Calls each 10 minutes for so many; nothing may be signed with less than a minute left. */
const callFor = Effect.fnUntraced(function* (world: LeaseWorld, minutes: number) {
  for (let passed = 0; passed < minutes; passed += 10) {
    assert.isAtLeast(world.left(yield* world.call()), MINUTE)
    yield* TestClock.adjust(Math.min(10, minutes - passed) * MINUTE)
  }
})

const shown = (world: LeaseWorld) => world.asked.map(({ at, what }) => `${at / 1000} ${what}`)

describe("a wall clock that is wrong", () => {
  it.effect.each([-10, 10])("15 by %d min from the start changes nothing of what Vault is asked, and when", (minutes) =>
    Effect.gen(function* () {
      const right = yield* makeLeaseWorld()
      yield* callFor(right, 180)
      const expected = shown(right)
      yield* right.close
      const wrong = yield* makeLeaseWorld()
      yield* wrong.host.setAhead(minutes * MINUTE)
      yield* callFor(wrong, 180)
      assert.deepStrictEqual(shown(wrong), expected)
      assert.deepStrictEqual(wrong.timesOf(CREDS), [0, 3060, 6120, 9180])
    }),
  )

  it.effect.each([-600, -10, 10])(
    "15 and is set by %d min on the way replaces the lease in time, and no more often",
    (minutes) =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld()
        yield* callFor(world, 25)
        yield* world.host.setAhead(minutes * MINUTE)
        yield* callFor(world, 90)
        assert.deepStrictEqual(world.timesOf(CREDS), [0, 3060, 6120])
      }),
  )

  it.effect(
    "15 and is set forward past the lease's end costs one new lease, and none when nobody called meanwhile",
    () =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld()
        yield* callFor(world, 10)
        yield* world.host.setAhead(90 * MINUTE)
        yield* TestClock.adjust("5 minutes")
        yield* world.host.setAhead(0)
        yield* callFor(world, 10)
        assert.deepStrictEqual(world.timesOf(CREDS), [0])
        yield* world.host.setAhead(90 * MINUTE)
        yield* Effect.all(
          Array.from({ length: 20 }, () => world.call()),
          { concurrency: "unbounded" },
        )
        yield* callFor(world, 40)
        assert.deepStrictEqual(world.timesOf(CREDS), [0, 1500])
      }),
  )

  it.effect.prop(
    "15 never makes a call sign with less than the minimum, however it jumps",
    {
      steps: Schema.Array(
        Schema.Struct({
          passed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 30 * MINUTE })),
          ahead: Schema.Int.check(Schema.isBetween({ minimum: -100 * MINUTE, maximum: 100 * MINUTE })),
        }),
      ).check(Schema.isMaxLength(8)),
    },
    ({ steps }) =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld()
        for (const { ahead, passed } of steps) {
          yield* TestClock.adjust(passed)
          yield* world.host.setAhead(ahead)
          assert.isAtLeast(world.left(yield* world.call()), MINUTE)
        }
        // One at the first call, one for each jump at most, and those that were due.
        assert.isAtMost(world.timesOf(CREDS).length, 1 + steps.length * 2)
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 100, size: 100 * MINUTE }, timeout: 120_000 },
  )
})

describe("a wall clock that was set back", () => {
  it.live("15 does not make an IAM user's key so young that it is waited for when AWS does not know it any more", () =>
    Effect.gen(function* () {
      const real = yield* Clock.clockWith(Effect.succeed)
      const shift = { wall: 0, monotonic: 0 }
      yield* Effect.gen(function* () {
        const world = yield* makeToolWorld({ empty: false }, { accounts: { user: { role: "s3-reader-user" } } })
        const { keys } = world.sandbox.identity
        const list: AwsCall = {
          principal: "test",
          account: "user",
          service: "s3",
          operation: "ListBuckets",
          input: {},
          idempotent: true,
        }
        const session = Context.get(world.context, AwsSession)
        yield* session.send(list)
        shift.wall = -10 * MINUTE
        shift.monotonic = 2 * MINUTE
        // AWS knows none of the keys any more but that of Vault's own user.
        for (const [id, key] of keys) if (key.user.name !== ROOT_USER.name) keys.delete(id)
        // A key that young would be waited for, half a minute long: longer than a test may take.
        yield* session.send(list)
      }).pipe(Effect.provideService(Clock.Clock, shiftedClock(real, shift)))
    }),
  )
})

describe("a machine that sleeps", () => {
  it.effect("15 within the lease's life counts the sleep as age, though its own timers stood still", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld()
      const lease = yield* world.call()
      yield* callFor(world, 10)
      yield* world.host.sleep("45 minutes")
      // 5 min are left: enough to sign with, and the upkeep's timer has 41 min to go.
      assert.strictEqual((yield* world.call()).id, lease.id)
      yield* TestClock.adjust("4 minutes")
      const next = yield* world.call()
      assert.notStrictEqual(next.id, lease.id)
      assert.isAtLeast(world.left(next), 59 * MINUTE)
      assert.lengthOf(
        world.timesOf(CREDS).filter((at) => at === 59 * 60),
        2,
        "the dead token's refusal, and the new one's",
      )
    }),
  )

  it.effect("15 for longer than its Vault token lives does not use a key that died with that token", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld()
      const before = yield* world.call({ role: "user" })
      yield* world.host.sleep("16 minutes")
      assert.isEmpty([...world.aws.users.keys()], "Vault deleted the user with the token")
      const after = yield* world.call({ role: "user" })
      assert.notStrictEqual(after.credentials.accessKeyId, before.credentials.accessKeyId)
      assert.lengthOf([...world.aws.users.keys()], 1)
      yield* world.close
      assert.deepStrictEqual([yield* world.half.liveLeases, yield* world.half.liveTokens], [0, 0])
    }),
  )

  it.effect("15 for longer than its Vault token lives goes on with the key it has while Vault gives no other", () =>
    Effect.gen(function* () {
      let isAway = false
      const away = { status: 500, headers: {}, body: JSON.stringify({ errors: ["away"] }) }
      const world = yield* makeLeaseWorld({
        instead: ({ path }) => (isAway && path.startsWith("/v1/aws/creds/") ? away : undefined),
      })
      const before = yield* world.call({ role: "user" })
      isAway = true
      yield* world.host.sleep("6 minutes")
      assert.strictEqual((yield* world.call({ role: "user" })).id, before.id)
      isAway = false
      assert.notStrictEqual((yield* world.call({ role: "user" })).id, before.id)
    }),
  )

  it.effect.each([1, 10, 100])(
    "16 past the lease's end gets a new one at the first call: one request for %d callers",
    (callers) =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld()
        const stale = yield* world.call()
        yield* callFor(world, 20)
        yield* world.host.sleep("8 hours")
        const asked = world.asked.length
        const leases = yield* Effect.all(
          Array.from({ length: callers }, () => world.call()),
          { concurrency: "unbounded" },
        )
        assert.strictEqual(new Set(leases.map(({ id }) => id)).size, 1)
        assert.notStrictEqual(leases[0]?.credentials.accessKeyId, stale.credentials.accessKeyId)
        for (const lease of leases) assert.isAtLeast(world.left(lease), 59 * MINUTE)
        // The Vault token died as well: refused once, made anew once.
        assert.deepStrictEqual(
          world.asked.slice(asked, asked + 5).map(({ what }) => what),
          [CREDS, "GET auth/token/lookup-self", "POST sys/capabilities-self", "POST auth/token/create", CREDS],
        )
      }),
  )

  it.effect("16 past the lease's end asks nobody by itself when it wakes, and holds nothing stale", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld()
      yield* world.call()
      yield* world.host.sleep("3 days")
      const asked = world.timesOf(CREDS).length
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(world.timesOf(CREDS).length, asked)
      assert.deepStrictEqual(yield* world.host.run(world.manager.status), [])
    }),
  )

  it.effect.prop(
    "16 never signs with less than the minimum, however long and often it slept",
    {
      steps: Schema.Array(
        Schema.Struct({
          passed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 * MINUTE })),
          slept: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 70 * MINUTE })),
        }),
      ).check(Schema.isMaxLength(8)),
    },
    ({ steps }) =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld()
        yield* world.call()
        for (const { passed, slept } of steps) {
          yield* TestClock.adjust(passed)
          yield* world.host.sleep(slept)
          assert.isAtLeast(world.left(yield* world.call()), MINUTE)
        }
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 100, size: 100 * MINUTE }, timeout: 120_000 },
  )
})
