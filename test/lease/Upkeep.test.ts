import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Scope } from "effect"
import { TestClock } from "effect/testing"
import type { AppConfigShape } from "../../src/config/AppConfig.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { LeaseGone, Server } from "../../src/vault/VaultReason.ts"
import { PermissionMissing } from "../../src/vault/TokenReason.ts"
import { iamUser, type Script, sts, target, withManager } from "../kit/FakeVault.ts"

const refused = new VaultError({ reason: new Server({ status: 500, text: "no" }) })
const forbidden = new VaultError({
  reason: new PermissionMissing({ path: "sys/leases/revoke", capability: "update", parameters: [] }),
})

describe("keeping fresh", () => {
  const untilReplaced = (script: Script, ttl: Duration.Input, settings: Partial<AppConfigShape> = {}) =>
    withManager(
      script,
      (manager) =>
        Effect.gen(function* () {
          yield* manager.lease(target)
          yield* TestClock.adjust("10 minutes")
          yield* manager.lease(target)
          yield* TestClock.adjust(ttl)
          return yield* manager.status
        }),
      settings,
    )

  it.effect("an STS lease in use is replaced before it ends, and the old one is closed", () =>
    Effect.gen(function* () {
      const { log } = yield* untilReplaced({ credentials: (n) => Effect.succeed(sts(n, 1200)) }, "6 minutes")
      // 1200 s: five minutes early is after 900 s
      assert.deepStrictEqual(log.slice(0, 3), [
        "creds mcp-agent-role 3600",
        "creds mcp-agent-role 3600",
        "revoke lease1 sync",
      ])
    }),
  )

  it.effect("an idle lease is not replaced; the next call asks for a new one", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n)) }, (manager) =>
        Effect.gen(function* () {
          yield* manager.lease(target)
          yield* TestClock.adjust("70 minutes")
          const idle = yield* manager.status
          const next = yield* manager.lease(target)
          return { idle, next }
        }),
      )
      assert.deepStrictEqual(value.idle, [])
      assert.strictEqual(value.next.credentials.accessKeyId, sts(2).accessKeyId)
      assert.strictEqual(log.filter((line) => line.startsWith("creds")).length, 2)
    }),
  )

  it.effect.each([true, false])(
    "a lease that ran out is forgotten with its credentials (auto-renew: %s)",
    (autoRenew) =>
      Effect.gen(function* () {
        let forgotten = false
        yield* withManager(
          { credentials: (n) => Effect.succeed(sts(n)) },
          (manager) =>
            Effect.gen(function* () {
              const { scope } = yield* manager.lease(target)
              yield* Scope.addFinalizer(
                scope,
                Effect.sync(() => (forgotten = true)),
              )
              yield* TestClock.adjust("59 minutes")
              assert.isFalse(forgotten)
              yield* TestClock.adjust("2 minutes")
              assert.isTrue(forgotten)
            }),
          { autoRenew },
        )
      }),
  )

  it.effect("without auto-renew nothing happens until a call finds too little time left", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager(
        { credentials: (n) => Effect.succeed(sts(n, 1200)) },
        (manager) =>
          Effect.gen(function* () {
            yield* manager.lease(target)
            yield* TestClock.adjust("18 minutes")
            const old = yield* manager.lease(target)
            yield* TestClock.adjust("90 seconds")
            const fresh = yield* manager.lease(target)
            return [old.credentials.accessKeyId, fresh.credentials.accessKeyId]
          }),
        { autoRenew: false },
      )
      assert.deepStrictEqual(value, [sts(1).accessKeyId, sts(2).accessKeyId])
      assert.strictEqual(log.filter((line) => line.startsWith("creds")).length, 2)
    }),
  )

  it.effect("a renewable lease is renewed about two thirds in and keeps its credentials", () =>
    Effect.gen(function* () {
      const { log, value } = yield* untilReplaced(
        {
          credentials: (n) => Effect.succeed(iamUser(n, 1200)),
          renew: () => Effect.succeed({ renewable: true, leaseDuration: Duration.seconds(1200), warnings: [] }),
        },
        "6 minutes",
      )
      assert.deepStrictEqual(log, ["creds mcp-agent-role 3600", "renew lease1"])
      assert.isAbove(Duration.toSeconds(value[0]?.remaining ?? Duration.zero), 900)
    }),
  )

  it.effect(
    "a lease that Vault lost is replaced at once; one it refuses to renew is not asked for again and replaced before its end",
    () =>
      Effect.gen(function* () {
        const gone = new VaultError({ reason: new LeaseGone({ lease: "x" }) })
        const lost = yield* untilReplaced(
          { credentials: (n) => Effect.succeed(iamUser(n, 1200)), renew: () => Effect.fail(gone) },
          "6 minutes",
        )
        assert.deepStrictEqual(lost.log.slice(0, 3), [
          "creds mcp-agent-role 3600",
          "renew lease1",
          "creds mcp-agent-role 3600",
        ])
        const kept = yield* untilReplaced(
          { credentials: (n) => Effect.succeed(iamUser(n, 1200)), renew: () => Effect.fail(forbidden) },
          "6 minutes",
        )
        assert.deepStrictEqual(kept.log.slice(0, 3), [
          "creds mcp-agent-role 3600",
          "renew lease1",
          "creds mcp-agent-role 3600",
        ])
      }),
  )

  it.effect("a lease that replaced another is kept by its own upkeep: calls do not begin it anew", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager(
        {
          credentials: (n) => Effect.succeed(iamUser(n, 1200)),
          renew: () => Effect.succeed({ renewable: true, leaseDuration: Duration.seconds(1200), warnings: [] }),
        },
        (manager) =>
          Effect.gen(function* () {
            yield* manager.lease(target)
            yield* manager.refresh(target)
            const [status] = yield* manager.status
            // Past the middle of its life, where a new upkeep would find it too late to renew.
            yield* TestClock.adjust("13 minutes")
            yield* manager.lease(target)
            yield* TestClock.adjust("2 minutes")
            return status
          }),
      )
      assert.isDefined(value?.nextRefreshAt)
      assert.strictEqual(log.filter((line) => line.startsWith("creds")).length, 2)
      assert.strictEqual(log.filter((line) => line === "renew lease2").length, 1)
    }),
  )

  it.effect("a renewable lease that was idle past its renewal is renewed when a call wakes it, and not replaced", () =>
    Effect.gen(function* () {
      const { log } = yield* withManager(
        {
          credentials: (n) => Effect.succeed(iamUser(n)),
          renew: () => Effect.succeed({ renewable: true, leaseDuration: Duration.hours(1), warnings: [] }),
        },
        (manager) =>
          Effect.gen(function* () {
            yield* manager.lease(target)
            yield* TestClock.adjust("50 minutes")
            yield* manager.lease(target)
            yield* TestClock.adjust("1 minute")
            const [status] = yield* manager.status
            assert.isAbove(Duration.toMinutes(status?.remaining ?? Duration.zero), 58)
          }),
      )
      assert.deepStrictEqual(log, ["creds mcp-agent-role 3600", "renew lease1"])
    }),
  )

  it.effect("a lease that Vault lost is forgotten with its credentials", () =>
    Effect.gen(function* () {
      let forgotten = false
      const gone = new VaultError({ reason: new LeaseGone({ lease: "x" }) })
      yield* withManager(
        { credentials: (n) => Effect.succeed(iamUser(n, 1200)), renew: () => Effect.fail(gone) },
        (manager) =>
          Effect.gen(function* () {
            const { scope } = yield* manager.lease(target)
            yield* Scope.addFinalizer(
              scope,
              Effect.sync(() => (forgotten = true)),
            )
            yield* TestClock.adjust("899 seconds")
          }),
      )
      assert.isTrue(forgotten)
    }),
  )

  it.effect("a Vault that fails is asked again with growing pauses, and the old lease goes on working", () =>
    Effect.gen(function* () {
      const { log, value } = yield* untilReplaced(
        { credentials: (n) => (n === 1 ? Effect.succeed(sts(n, 1200)) : Effect.fail(refused)) },
        "6 minutes",
      )
      // due at 900 s; within 60 s after: at 0, about 10, about 30, perhaps once more
      const asked = log.filter((line) => line.startsWith("creds")).length
      assert.isAtLeast(asked, 4)
      assert.isAtMost(asked, 5)
      assert.strictEqual(value[0]?.lease.id, sts(1).leaseId)
    }),
  )

  it.effect("a very short lease is replaced at half its life, not in a spin", () =>
    Effect.gen(function* () {
      const { log } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n, 30)) }, (manager) =>
        Effect.gen(function* () {
          yield* manager.lease(target)
          yield* TestClock.adjust("60 seconds")
        }),
      )
      assert.strictEqual(log.filter((line) => line.startsWith("creds")).length, 5)
    }),
  )

  it.effect("credentials that AWS called expired are replaced once, whoever asks", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n)) }, (manager) =>
        Effect.gen(function* () {
          const bad = yield* manager.lease(target)
          return yield* Effect.all([manager.rejected(bad), manager.rejected(bad), manager.rejected(bad)], {
            concurrency: "unbounded",
          })
        }),
      )
      assert.deepStrictEqual(
        value.map((lease) => lease.credentials.accessKeyId),
        Array.from({ length: 3 }, () => sts(2).accessKeyId),
      )
      assert.strictEqual(log.filter((line) => line.startsWith("creds")).length, 2)
    }),
  )
})
