import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { fault } from "../../../src/sandbox/Faults.ts"
import { atTime, skew, skewedClock } from "../../../src/sandbox/faults/Skew.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { hearAws, hearVault, jsonOf, leasedKey, rootKeyOf, WHO } from "../../kit/Hearing.ts"

const MINUTE = 60_000

const aheadOf = (date: string | undefined, now: number): number => Math.round((Date.parse(date ?? "") - now) / 1000)

describe("a clock that is off", () => {
  it.effect("tells another time and sleeps as long", () =>
    Effect.gen(function* () {
      let offset = 5000
      const clock = skewedClock(yield* Clock.Clock, () => offset)
      assert.strictEqual(yield* atTime(clock, Clock.currentTimeMillis), 5000)
      offset = -MINUTE
      assert.strictEqual(yield* atTime(clock, Clock.currentTimeNanos), -60_000_000_000n)
      const slept = yield* Effect.forkChild(atTime(clock, Effect.sleep("3 seconds")), { startImmediately: true })
      yield* TestClock.adjust("2999 millis")
      assert.isUndefined(slept.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.isDefined(slept.pollUnsafe())
    }),
  )
})

describe("skew", () => {
  for (const offset of [20 * MINUTE, -3 * 60 * MINUTE]) {
    it.live(
      `both halves ${offset / MINUTE} min off: in their answers, their judgement, and with each other in step`,
      () =>
        Effect.gen(function* () {
          const sandbox = yield* startSandbox({ empty: false })
          yield* sandbox.faults.add(fault(skew(offset)), fault(skew(offset), { half: "aws" }))
          const now = Date.now()
          const health = yield* hearVault(sandbox, "sys/health")
          assert.approximately(aheadOf(health.headers.date, now), offset / 1000, 2)
          assert.approximately(jsonOf(health).server_time_utc - now / 1000, offset / 1000, 2)

          const session = yield* leasedKey(sandbox)
          assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
          const off = yield* hearAws(sandbox, session, { service: "s3", path: "/acme-config" })
          assert.strictEqual(off.status, 403)
          assert.include(off.text, "<Code>RequestTimeTooSkewed</Code>")
          // Clients take S3's word before the header, and can read it in this form only.
          const told = /<ServerTime>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)<\/ServerTime>/.exec(off.text)?.[1]
          assert.approximately(aheadOf(told, now), offset / 1000, 2)
          assert.approximately(aheadOf(off.headers.date, now), offset / 1000, 2)
          const sts = yield* hearAws(sandbox, session, WHO)
          assert.match(sts.text, /<Code>SignatureDoesNotMatch<\/Code><Message>Signature (?:expired|not yet current)/)
          assert.strictEqual((yield* hearAws(sandbox, session, { ...WHO, offset })).status, 200)

          const made = jsonOf(yield* hearVault(sandbox, "auth/token/create", { body: { ttl: "5m" } }))
          const token: string = made.auth.client_token
          const self = jsonOf(yield* hearVault(sandbox, "auth/token/lookup-self", { token }))
          assert.isAtLeast(self.data.ttl, 295)
        }),
    )
  }

  it.live("Vault's alone: AWS refuses what it signs, as a real one does", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(skew(20 * MINUTE)))
      const refused = yield* hearVault(sandbox, "aws/creds/mcp-agent-role")
      assert.strictEqual(refused.status, 400)
      assert.match(jsonOf(refused).errors[0], /SignatureDoesNotMatch: Signature not yet current/)
      yield* sandbox.faults.set()
      assert.strictEqual((yield* hearAws(sandbox, rootKeyOf(sandbox), WHO)).status, 200)
      assert.strictEqual((yield* hearVault(sandbox, "aws/creds/mcp-agent-role")).status, 200)
    }),
  )
})
