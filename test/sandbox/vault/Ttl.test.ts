import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { grantTtl } from "../../../src/sandbox/vault/Ttl.ts"

const system = { systemMax: 2_764_800, systemDefault: 2_764_800 }
const seconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5_000_000 }))

describe("granted lengths", () => {
  it.effect.prop(
    "no grant ever outlives a maximum, and a cut is always told",
    { increment: seconds, ttl: seconds, maxTtl: seconds, explicitMaxTtl: seconds, age: seconds },
    (asked) =>
      Effect.sync(() => {
        const granted = grantTtl({ ...system, ...asked })
        const limits = [system.systemMax, asked.maxTtl, asked.explicitMaxTtl].filter((limit) => limit > 0)
        const left = Math.min(...limits) - asked.age
        if (left <= 0) return assert.deepStrictEqual(granted, Result.fail("past the max TTL, cannot renew"))
        assert.isTrue(Result.isSuccess(granted) && granted.success.seconds <= left && granted.success.seconds > 0)
        const wanted = asked.increment || asked.ttl || system.systemDefault
        assert.isTrue(Result.isSuccess(granted) && granted.success.warnings.length === (wanted > left ? 1 : 0))
      }),
    { arbitrary: { runs: 1000, size: 5_000_000 } },
  )

  it("the client's increment counts before the engine's ttl, and the default comes last", () => {
    const of = (input: object) => Result.getOrThrow(grantTtl({ ...system, ...input })).seconds
    assert.deepStrictEqual([of({ increment: 60, ttl: 90 }), of({ ttl: 90 }), of({})], [60, 90, 2_764_800])
  })

  it("a period is granted again and again, until an explicit maximum", () => {
    const periodic = { ...system, period: 600, age: 10_000_000 }
    assert.strictEqual(Result.getOrThrow(grantTtl(periodic)).seconds, 600)
    assert.isTrue(Result.isFailure(grantTtl({ ...periodic, explicitMaxTtl: 700 })))
  })

  it("the warning is the recorded one", () => {
    assert.deepStrictEqual(Result.getOrThrow(grantTtl({ ...system, increment: 9000 * 3600 })).warnings, [
      'TTL of "9000h" exceeded the effective max_ttl of "768h"; TTL value is capped accordingly',
    ])
  })
})
