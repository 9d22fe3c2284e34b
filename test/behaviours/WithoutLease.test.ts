/** Behaviours 7 and 8: Vaults that give session credentials without a lease, or without telling how long they live. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Scope } from "effect"
import { TestClock } from "effect/testing"
import type { WireRequest, WireResponse } from "../../src/sandbox/Wire.ts"
import { revokeCredentials } from "../../src/tools/vault/handlers.ts"
import { makeLeaseWorld } from "../kit/LeaseWorld.ts"

const CREDS = "GET aws/creds/deploy"

describe("an answer without a lease", () => {
  /** As Vault 1.13.0 and 1.13.1 gave STS credentials. */
  const withoutLease = (more: object) => {
    let made = 0
    return ({ path }: WireRequest): WireResponse | undefined => {
      if (!path.startsWith("/v1/aws/creds/")) return undefined
      made++
      const data = {
        access_key: `ASIAWITHOUTLEASE${made}`,
        secret_key: `secret-canary-of-${made}`,
        security_token: `session-canary-of-${made}`,
        arn: "arn:aws:sts::123456789012:assumed-role/Deploy/x",
        ...more,
      }
      const envelope = {
        request_id: "r",
        lease_id: "",
        renewable: false,
        lease_duration: 0,
        warnings: null,
        auth: null,
      }
      return { status: 200, headers: {}, body: JSON.stringify({ ...envelope, wrap_info: null, data }) }
    }
  }

  it.effect("7 lives by its ttl, is neither renewed nor revoked, and is wiped at the end", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld({ instead: withoutLease({ ttl: 3599 }) })
      const lease = yield* world.call()
      assert.isUndefined(lease.id)
      assert.strictEqual(Duration.toSeconds(lease.granted), 3599)
      assert.strictEqual(lease.awsEndsAt?.epochMilliseconds, 3_599_000)
      assert.deepStrictEqual(lease.warnings, [])
      yield* world.callFor("2 hours", "10 minutes")
      assert.deepStrictEqual(world.timesOf(CREDS), [0, 3059.15, 6118.3])
      assert.isFalse(world.isWatched(lease))
      const last = yield* world.call()
      assert.isTrue(world.isWatched(last))
      let isOver = false
      yield* Scope.addFinalizer(
        last.scope,
        Effect.sync(() => (isOver = true)),
      )
      yield* world.close
      assert.isTrue(isOver)
      assert.isFalse(world.isWatched(last))
      assert.isEmpty(world.asked.filter(({ what }) => what.includes("sys/leases")))
      assert.strictEqual(world.asked.at(-1)?.what, "POST auth/token/revoke-self")
    }),
  )

  it.effect.each([true, false])(
    "8 and without a ttl is asked for again within 5 min of use, with a warning, and nobody says when it ends (auto-renew: %s)",
    (autoRenew) =>
      Effect.gen(function* () {
        const world = yield* makeLeaseWorld({ instead: withoutLease({}), settings: { autoRenew } })
        const lease = yield* world.call()
        assert.strictEqual(Duration.toSeconds(lease.granted), 300)
        assert.match(lease.warnings.join(), /Vault told no lease duration/)
        assert.strictEqual(lease.endsAt.epochMilliseconds, 300_000)
        yield* world.callFor("30 minutes", "30 seconds")
        const times = world.timesOf(CREDS)
        for (let n = 1; n < times.length; n++) assert.isAtMost((times[n] ?? 0) - (times[n - 1] ?? 0), 300)
        assert.isAtMost(times.length, 13)
        // AWS may honour the session for hours: five minutes are a rule of ours, not an end.
        const told = yield* world.tool(revokeCredentials)
        assert.strictEqual(told.aws_access_ends, "unknown")
        assert.notMatch(told.message, /until \d/)
        yield* TestClock.adjust("5 minutes")
        assert.deepStrictEqual(yield* world.host.run(world.manager.status), [])
      }),
  )

  it.effect("8 and without a ttl is not held for ever when nobody calls", () =>
    Effect.gen(function* () {
      const world = yield* makeLeaseWorld({ instead: withoutLease({}) })
      const lease = yield* world.call()
      yield* TestClock.adjust("30 minutes")
      assert.deepStrictEqual(yield* world.host.run(world.manager.status), [])
      assert.isFalse(world.isWatched(lease))
      const asked = world.timesOf(CREDS).length
      yield* TestClock.adjust("1 day")
      assert.strictEqual(world.timesOf(CREDS).length, asked)
      assert.notStrictEqual((yield* world.call()).credentials.accessKeyId, lease.credentials.accessKeyId)
    }),
  )
})
