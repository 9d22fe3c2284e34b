import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { makePace, take } from "../../src/vault/Pace.ts"
import { askVault, inTime, token, vaultOver } from "../kit/VaultOverHttp.ts"
import { LOOKUP } from "../kit/RealVault.ts"
import { VaultHttp } from "../../src/vault/VaultHttp.ts"

const OK = { status: 200, json: { data: {} } }
const RATE = { perSecond: 2, burst: 3 }

describe("a bucket", () => {
  it.effect.prop(
    "never lets more through in any time than its burst and its rate allow",
    {
      perSecond: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 })),
      burst: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })),
      gaps: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3000 }))),
    },
    ({ burst, gaps, perSecond }) =>
      Effect.sync(() => {
        let bucket = { tokens: burst, at: 0 }
        let now = 0
        const times = gaps.map((gap) => {
          now += gap
          const taken = take({ perSecond, burst }, bucket, now)
          bucket = taken.bucket
          return now + taken.wait
        })
        for (const [first, from] of times.entries()) {
          for (const [last, to] of times.entries()) {
            if (last < first) continue
            // One millisecond for the rounding of each wait.
            assert.isAtMost(last - first + 1, burst + ((to - from + 1) * perSecond) / 1000 + 1e-6)
          }
        }
      }),
    { arbitrary: { runs: 1000, size: 30 } },
  )

  it("gains nothing from a clock that goes back", () => {
    const taken = take(RATE, { tokens: 0, at: 5000 }, 1000)
    assert.strictEqual(taken.wait, 500)
  })
})

describe("the pace of requests", () => {
  it.effect("lets a burst go at once and the rest in turn", () =>
    Effect.gen(function* () {
      const { http, seen } = vaultOver(() => OK, { rateLimit: RATE })
      const ask = VaultHttp.use((it) => it.request(token, LOOKUP))
      yield* inTime(
        Effect.all(
          Array.from({ length: 6 }, () => ask),
          { concurrency: "unbounded" },
        ),
      ).pipe(Effect.provide(http))
      const times = seen.map(({ at }) => at)
      assert.deepStrictEqual(times.slice(0, 3), [0, 0, 0])
      for (const [nth, due] of [500, 1000, 1500].entries()) {
        assert.isAtLeast(times[nth + 3] ?? 0, due)
        assert.isBelow(times[nth + 3] ?? 0, due + 150)
      }
    }),
  )

  it.effect("counts every attempt, and a redirect's second request", () =>
    Effect.gen(function* () {
      const slow = { rateLimit: { perSecond: 0.5, burst: 1 } }
      const { reply, seen } = yield* askVault(
        LOOKUP,
        (_, nth) => (nth === 1 ? { status: 307, headers: { location: "http://vault.test:8210/v1/x" } } : OK),
        slow,
      )
      assert.strictEqual(reply?.status, 200)
      assert.isAtLeast((seen[1]?.at ?? 0) - (seen[0]?.at ?? 0), 2000)
    }),
  )

  it.effect("does not make a request wait that would come too late: it is told at once, and was not sent", () =>
    Effect.gen(function* () {
      const vault = { rateLimit: { perSecond: 0.01, burst: 1 } }
      const { http, seen } = vaultOver(() => OK, vault)
      const ask = VaultHttp.use((it) => Effect.result(it.request(token, { ...LOOKUP, sent: "once" })))
      const [first, second] = yield* Effect.all([ask, ask]).pipe(Effect.provide(http))
      assert.strictEqual(first._tag, "Success")
      assert.isTrue(second._tag === "Failure" && second.failure.reason._tag === "HeldBack")
      if (second._tag === "Failure") assert.include(second.failure.message, "1 min 40 s")
      assert.strictEqual(seen.length, 1)
    }),
  )

  it.effect("gives the turn of one who goes away to the next", () =>
    Effect.gen(function* () {
      const turn = yield* makePace({ perSecond: 1, burst: 1 })
      yield* turn(60_000)
      const gone = yield* Effect.forkChild(turn(60_000), { startImmediately: true })
      yield* Fiber.interrupt(gone)
      const next = yield* Effect.forkChild(turn(60_000), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      assert.isDefined(next.pollUnsafe())
    }),
  )
})
