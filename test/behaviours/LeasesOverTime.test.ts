/**
 * Behaviours 4 to 6: when a lease is replaced, that nothing is signed too near its end, and what becomes of leases that
 * are shorter than asked, or than every margin. Against the sandbox's Vault half, on the test's clock.
 */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { leastValidity } from "../../src/lease/Renewal.ts"
import type { WireResponse } from "../../src/sandbox/Wire.ts"
import { refreshCredentials } from "../../src/tools/vault/handlers.ts"
import { makeLeaseWorld } from "../kit/LeaseWorld.ts"

const CREDS = "GET aws/creds/deploy"
const REVOKE = "POST sys/leases/revoke"

describe("a lease that cannot be renewed", () => {
  it.effect.each([
    [60, 51 * 60],
    [240, 204 * 60],
    [15, 10 * 60],
  ] as const)(
    "4 of %d min is replaced by itself at its threshold, %d s in, and the old one is closed",
    ([minutes, threshold]) =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld()
        const ttl = Duration.minutes(minutes)
        const first = yield* world.call({ ttl })
        for (let passed = 0; passed < threshold - 1; passed += 60) {
          yield* TestClock.adjust(Duration.seconds(Math.min(60, threshold - 1 - passed)))
          assert.strictEqual((yield* world.call({ ttl })).id, first.id)
        }
        assert.deepStrictEqual(world.timesOf(CREDS), [0])
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(world.timesOf(CREDS), [0, threshold])
        assert.deepStrictEqual(world.timesOf(REVOKE), [threshold])
        assert.strictEqual(yield* world.half.liveLeases, 1)
      }),
  )

  it.effect.prop(
    "4 is never signed with when less than the minimum is left, whatever its length and whenever calls come",
    {
      autoRenew: Schema.Boolean,
      seconds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4000 })),
      /** The world begins in the middle of a second; calls come after so many thousandths of the lease's life. */
      offset: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 })),
      gaps: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1200 }))).check(
        Schema.isMaxLength(6),
      ),
      /** The last call comes so many milliseconds after one second before the minimum, as Vault told the lease's end. */
      edge: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2000 })),
    },
    ({ autoRenew, edge, gaps, offset, seconds }) =>
      Effect.gen(function* () {
        yield* TestClock.adjust(offset)
        // Below STS's minimum of 900 s it is the engine's mount that cuts the lease.
        const isCut = seconds < 900
        const world = yield* makeLeaseWorld({ settings: { autoRenew }, ...(isCut ? { mountMax: `${seconds}s` } : {}) })
        const least = leastValidity(seconds * 1000)
        const call = world.call(isCut ? {} : { ttl: Duration.seconds(seconds) })
        for (const gap of gaps) {
          assert.isAtLeast(world.left(yield* call), least)
          yield* TestClock.adjust(gap * seconds)
        }
        const last = world.issued.get((yield* call).credentials.accessKeyId)
        const now = yield* Clock.currentTimeMillis
        yield* TestClock.adjust(Math.max(0, (last?.leaseEnds ?? 0) - now - least - 1000 + edge))
        assert.isAtLeast(world.left(yield* call), least)
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 100, size: 4000 }, timeout: 120_000 },
  )
})

describe("a lease shorter than every margin", () => {
  it.effect.each([
    [30, 240, 15],
    [10, 720, 5],
    [1, 720, undefined],
  ] as const)(
    "5 of %d s in use by calls each 5 s is asked for at most %d times an hour, and never by the callers of one moment twice",
    ([seconds, atMost, wait]) =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld({ mountMax: `${seconds}s` })
        for (let passed = 0; passed < 3600; passed += 5) {
          const leases = yield* Effect.all(
            Array.from({ length: 8 }, () => world.call()),
            { concurrency: "unbounded" },
          )
          assert.strictEqual(new Set(leases.map(({ id }) => id)).size, 1)
          for (const lease of leases) assert.isAtLeast(world.left(lease), seconds * 200)
          yield* TestClock.adjust("5 seconds")
        }
        const asked = world.timesOf(CREDS).length
        assert.isAtMost(asked, atMost + 1)
        // Each lease is closed once; what else is asked is the token's heartbeat.
        assert.isAtMost(world.asked.length, 2 * asked + 12)
        // Kept fresh for as long as it counts as in use, then left alone.
        yield* TestClock.adjust("2 hours")
        const idle = world.timesOf(CREDS).length - asked
        assert.isAtMost(idle, wait === undefined ? 0 : (15 * 60) / wait)
        assert.strictEqual(yield* world.half.liveLeases, 0)
      }),
    120_000,
  )

  it.effect("5 of 1 s is good for all calls of its first four fifths", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld({ mountMax: "1s" })
      yield* world.callFor("16 seconds", "50 millis")
      assert.isAtMost(world.timesOf(CREDS).length, 20)
    }),
  )

  it.effect("5 is asked for by a Vault that is away with growing pauses, not in a spin", () =>
    Effect.gen(function* () {
      let isAway = false
      const away: WireResponse = { status: 500, headers: {}, body: JSON.stringify({ errors: ["away"] }) }
      const world = yield* makeLeaseWorld({
        mountMax: "30s",
        instead: ({ path }) => (isAway && path.startsWith("/v1/aws/creds/") ? away : undefined),
      })
      yield* world.call()
      isAway = true
      yield* TestClock.adjust("1 hour")
      // Due after 15 s; again after some 10 s, and as it ends. Then nobody asks until somebody calls.
      const times = world.timesOf(CREDS)
      assert.deepStrictEqual(times.slice(0, 2), [0, 15])
      assert.isAtMost(times.length, 5)
      assert.isAtMost(times.at(-1) ?? 0, 30)
    }),
  )
})

describe("a lease shorter than asked", () => {
  it.effect("6 by the role's maximum is scheduled by what Vault granted, and both lengths are told", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld({ roleMax: "20m" })
      const told = yield* world.tool(refreshCredentials({ ttl: "1h" }))
      assert.strictEqual(told.lease_duration_seconds, 1200)
      assert.include(told.message, "good for 20 min. 1 h was asked; Vault's role or mount limits it.")
      yield* world.callFor("32 minutes", "1 minute")
      assert.deepStrictEqual(world.timesOf(CREDS), [0, 900, 1800])
    }),
  )

  it.effect("6 by the mount's maximum ends before its session, and of AWS the session's end is told", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld({ mountMax: "10m" })
      const told = yield* world.tool(refreshCredentials({}))
      assert.strictEqual(told.lease_duration_seconds, 600)
      assert.include(told.message, "good for 10 min. 1 h was asked")
      assert.strictEqual(told.expires_at, "1970-01-01T00:10:00.000Z")
      assert.strictEqual(told.aws_access_ends, "1970-01-01T01:00:00.000Z")
      yield* world.callFor("11 minutes", "1 minute")
      assert.deepStrictEqual(world.timesOf(CREDS), [0, 300, 600])
    }),
  )
})
