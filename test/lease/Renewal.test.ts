import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { backoff, graceOf, leastValidity, renewalOver, renewSleep, replaceAfter } from "../../src/lease/Renewal.ts"

const real = { arbitrary: { runs: 5000, size: 100_000_000 } }
const Millis = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 130_000_000 }))
const Dice = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 }))

describe("Renewal", () => {
  it("replaces common leases when Vault's users expect it", () => {
    const minutes = (n: number) => n * 60_000
    assert.strictEqual(replaceAfter(minutes(60)), minutes(51))
    assert.strictEqual(replaceAfter(minutes(15)), minutes(10))
    assert.strictEqual(replaceAfter(30_000), 15_000)
  })

  it.effect.prop(
    "always replaces inside the life, while there is still enough to sign with",
    { life: Millis },
    ({ life }) =>
      Effect.sync(() => {
        const at = replaceAfter(life)
        assert.isAtLeast(at, life * 0.5)
        assert.isAtLeast(life - at, leastValidity(life) * 0.7)
        assert.isBelow(at, life)
      }),
    real,
  )

  it.effect.prop(
    "renews before the grace begins, or says that renewing is over",
    { life: Millis, passed: Dice, dice: Dice },
    ({ dice, life, passed }) =>
      Effect.sync(() => {
        const grace = graceOf(life, 0, dice / 1000)
        assert.isAtLeast(grace, life * 0.1)
        assert.isAtMost(grace, life * 0.2)
        const remaining = life * (1 - passed / 1000)
        if (!renewalOver(remaining, grace)) assert.isAbove(remaining - renewSleep(remaining, grace), grace)
      }),
    real,
  )

  it.effect.prop(
    "backs off by doubling, up to a quarter less by chance, never past five minutes or past what is left",
    { failures: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 })), remaining: Millis, dice: Dice },
    ({ dice, failures, remaining }) =>
      Effect.sync(() => {
        const wait = backoff(failures, remaining, dice / 1000)
        assert.isAtMost(wait, Math.min(remaining, 300_000))
        assert.isAtLeast(backoff(failures + 1, remaining, dice / 1000), wait)
        assert.isAtLeast(wait, Math.min(7_500, remaining))
        assert.isAtMost(wait, backoff(failures, remaining, 0))
      }),
    real,
  )
})
