import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { Verdict } from "../../../src/doctor/Check.ts"
import { clockCheck, type Clocks } from "../../../src/doctor/checks/Clock.ts"

const MINUTE = 60_000
const OURS = /^set this machine's clock/
const THEIRS = /^set the clock of the machine that Vault runs on/

describe("the clocks", () => {
  const cases: ReadonlyArray<readonly [what: string, clocks: Clocks, verdict: Verdict, fix: RegExp, detail: RegExp]> = [
    [
      "ours is wrong when both others agree",
      { vault: 16 * MINUTE, aws: 17 * MINUTE },
      "fail",
      OURS,
      /16 min ahead of ours/,
    ],
    [
      "Vault's is wrong when AWS agrees with ours",
      { vault: -16 * MINUTE, aws: 0 },
      "fail",
      THEIRS,
      /16 min behind ours/,
    ],
    [
      "ours is the first to look at when only Vault tells",
      { vault: 6 * MINUTE, aws: undefined },
      "warn",
      OURS,
      /Vault's clock/,
    ],
    [
      "ours is the first to look at when only AWS disagrees",
      { vault: 0, aws: 6 * MINUTE },
      "warn",
      OURS,
      /AWS's clock/,
    ],
    ["all three differ", { vault: -8 * MINUTE, aws: 8 * MINUTE }, "warn", OURS, /Vault's.*AWS's/],
  ]

  it.effect.each(cases)("%s", ([, clocks, verdict, fix, detail]) =>
    Effect.sync(() => {
      const check = clockCheck(clocks)
      assert.deepInclude(check, { verdict, cause: "clock_skew" })
      assert.match(check.fix ?? "", fix)
      assert.match(check.detail, detail)
    }),
  )

  it.effect("that nobody tells are passed over", () =>
    Effect.sync(() => {
      assert.deepInclude(clockCheck({ vault: undefined, aws: undefined }), {
        verdict: "ok",
        detail: "nobody told the time",
      })
    }),
  )

  it.effect.prop(
    "break from fifteen minutes on, warn from five, whichever is off and whichever way",
    { millis: Schema.Int, others: Schema.Int, vaultIsOff: Schema.Boolean },
    ({ millis, others, vaultIsOff }) =>
      Effect.sync(() => {
        const off = (millis * 7919) % (40 * MINUTE)
        const fine = others % MINUTE
        const { verdict } = clockCheck(vaultIsOff ? { vault: off, aws: fine } : { vault: fine, aws: off })
        const size = Math.abs(off)
        assert.strictEqual(verdict, size >= 15 * MINUTE ? "fail" : size >= 5 * MINUTE ? "warn" : "ok")
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
