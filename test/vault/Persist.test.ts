import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema } from "effect"
import { isPatient, pauseAfter } from "../../src/vault/Persist.ts"
import { Standby, Unreachable } from "../../src/vault/ReachReason.ts"
import type { Trouble } from "../../src/vault/Trouble.ts"
import { RateLimited } from "../../src/vault/VaultReason.ts"
import { askVault, refusal } from "../kit/VaultOverHttp.ts"
import { CREDS, LOOKUP } from "../kit/RealVault.ts"

const refused: Trouble = {
  reason: new Unreachable({ address: "http://vault.test", detail: "refused" }),
  processed: "no",
  transient: true,
}
const election: Trouble = { ...refused, reason: new Standby({ address: "http://vault.test", redirect: "none" }) }
const NO_LEADER = refusal(500, "local node not active but active cluster node not found")

describe("retries", () => {
  it.effect("are as many as the setting says; nought means one attempt", () =>
    Effect.gen(function* () {
      for (const maxRetries of [0, 1, 2, 7]) {
        for (const call of [LOOKUP, CREDS]) {
          const { seen } = yield* askVault(call, () => ({ code: "ECONNREFUSED" }), { maxRetries })
          assert.strictEqual(seen.length, maxRetries + 1)
        }
      }
      assert.strictEqual((yield* askVault(CREDS, () => NO_LEADER, { maxRetries: 0 })).seen.length, 1)
    }),
  )

  it.effect("end with the time limit, however many are allowed", () =>
    Effect.gen(function* () {
      const vault = { maxRetries: 999, timeout: Duration.seconds(20) }
      const { seen } = yield* askVault(LOOKUP, () => ({ code: "ECONNREFUSED" }), vault)
      assert.isAbove(seen.length, 5)
      assert.isBelow(seen.at(-1)?.at ?? 0, 20_000)
    }),
  )

  it.effect("of a request that must not be repeated stay at none, however many are allowed", () =>
    Effect.gen(function* () {
      const { seen } = yield* askVault(CREDS, () => ({ code: "ECONNRESET" }), { maxRetries: 9 })
      assert.strictEqual(seen.length, 1)
    }),
  )

  it.effect("wait for an election some seconds, about once a second, and not for ever", () =>
    Effect.gen(function* () {
      const { reason, seen } = yield* askVault(CREDS, () => NO_LEADER)
      assert.strictEqual(reason?._tag, "Standby")
      assert.isAtLeast(seen.length, 7)
      assert.isAtMost(seen.length, 12)
      assert.isBelow(seen.at(-1)?.at ?? 0, 12_000)
    }),
  )
})

describe("a pause", () => {
  it.effect.prop(
    "grows, is never longer than 7.5 s by itself, and never shorter than Vault asked for",
    { nth: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })) },
    ({ nth }) =>
      Effect.sync(() => {
        for (const dice of [1, 1.25, 1.499]) {
          assert.isAtLeast(pauseAfter(refused, nth + 1, dice), pauseAfter(refused, nth, dice))
          assert.isAtMost(pauseAfter(refused, nth, dice), 7500)
          const told = new RateLimited({ text: "quota", retryAfter: Duration.seconds(9) })
          assert.isAtLeast(pauseAfter({ ...refused, reason: told }, nth, dice), 9000)
        }
      }),
  )

  it("depends on chance, so that many clients do not come back at once", () => {
    assert.notStrictEqual(pauseAfter(refused, 1, 1), pauseAfter(refused, 1, 1.4))
    assert.notStrictEqual(pauseAfter(election, 1, 1), pauseAfter(election, 1, 1.4))
  })
})

describe("patience", () => {
  it("goes beyond the retries for an election alone, and only where there are any", () => {
    assert.isTrue(isPatient(refused, 2, 0, 2))
    assert.isFalse(isPatient(refused, 3, 0, 2))
    assert.isTrue(isPatient(election, 3, 9_999, 2))
    assert.isFalse(isPatient(election, 3, 10_000, 2))
    assert.isFalse(isPatient(election, 1, 0, 0))
  })
})
