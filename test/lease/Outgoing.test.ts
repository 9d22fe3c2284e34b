import { assert, describe, it } from "@effect/vitest"
import { DateTime, Deferred, Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { LeaseId } from "../../src/core/Ids.ts"
import { TokenDead } from "../../src/vault/TokenReason.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import type { LeaseInfo } from "../../src/vault/VaultModel.ts"
import { LeaseGone, Server } from "../../src/vault/VaultReason.ts"
import type { Ended } from "../../src/vault/VaultSession.ts"
import { iamUser, type Script, sts, target, withManager } from "../kit/FakeVault.ts"

const gone = new VaultError({ reason: new LeaseGone({ lease: "aws/creds/x/…" }) })
const tokenDead = new VaultError({ reason: new TokenDead() })
const away = new VaultError({ reason: new Server({ status: 500, text: "no" }) })

/** A lease that Vault failed to revoke so far. */
const there: LeaseInfo = {
  id: LeaseId.make("aws/creds/x/y"),
  issueTime: undefined,
  expireTime: DateTime.makeUnsafe(0),
  lastRenewal: undefined,
  renewable: false,
  ttl: Duration.zero,
  revocationFailed: true,
}

describe("a lease whose closing Vault has only promised", () => {
  const promised = (lookup: NonNullable<Script["lookup"]>) =>
    withManager(
      { credentials: (n) => Effect.succeed(iamUser(n)), revoke: () => Effect.succeed("queued"), lookup },
      (manager, log) =>
        Effect.gen(function* () {
          yield* manager.lease(target)
          yield* manager.revoke("mcp")
          const before = yield* manager.queued
          yield* TestClock.adjust("1 minute")
          return { before, after: yield* manager.queued, log: yield* log }
        }),
    )

  it.effect("is looked at again until it is gone, and shown as promised until then", () =>
    Effect.gen(function* () {
      const { value } = yield* promised((n) => (n < 3 ? Effect.succeed(there) : Effect.fail(gone)))
      assert.strictEqual(value.before.length, 1)
      assert.notProperty(value.before[0], "credentials")
      assert.deepStrictEqual(value.after, [])
      assert.strictEqual(value.log.filter((line) => line.startsWith("lookup")).length, 3)
    }),
  )

  it.effect("stays promised while Vault cannot say, and is not asked for ever", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager(
        { credentials: (n) => Effect.succeed(iamUser(n)), revoke: () => Effect.succeed("queued"), lookup: () => away },
        (manager) =>
          Effect.gen(function* () {
            yield* manager.lease(target)
            yield* manager.revoke("mcp")
            yield* TestClock.adjust("2 hours")
            return yield* manager.queued
          }),
      )
      assert.strictEqual(value.length, 1)
      const looks = log.filter((line) => line.startsWith("lookup")).length
      assert.isAbove(looks, 5)
      assert.isBelow(looks, 30)
    }),
  )
})

describe("a lease whose Vault token ends", () => {
  /** A manager with one lease in use, whose token ends so after 10 minutes. */
  const whenEnded = (how: Ended, script: Partial<Script> = {}, settings = {}) =>
    Effect.gen(function* () {
      const end = yield* Deferred.make<Ended>()
      return yield* withManager(
        {
          credentials: (n) => Effect.succeed(iamUser(n)),
          revoke: () => (how === "dead" ? Effect.fail(tokenDead) : Effect.succeed("confirmed")),
          lookup: () => Effect.fail(gone),
          ended: (nth) => (nth === 1 ? Deferred.await(end) : Effect.never),
          ...script,
        },
        (manager, log) =>
          Effect.gen(function* () {
            yield* manager.lease(target)
            yield* TestClock.adjust("10 minutes")
            yield* Deferred.succeed(end, how)
            yield* TestClock.adjust("1 second")
            const asked = (yield* log).filter((line) => line.startsWith("creds")).length
            const status = yield* manager.status
            yield* TestClock.adjust("61 seconds")
            return { asked, status, log: yield* log }
          }),
        settings,
      )
    })

  it.effect("moves to a new token before the old one ends, and is given back after the calls in flight", () =>
    Effect.gen(function* () {
      const { value } = yield* whenEnded("retiring")
      assert.strictEqual(value.asked, 2)
      assert.strictEqual(value.status.length, 1)
      assert.include(value.log, "revoke lease1 sync")
    }),
  )

  it.effect("is dropped with a dead token, and replaced while it is in use", () =>
    Effect.gen(function* () {
      const { value } = yield* whenEnded("dead")
      assert.strictEqual(value.asked, 2)
      assert.strictEqual(value.status.length, 1)
      assert.isFalse(value.log.some((line) => line.startsWith("revoke")))
      const alone = yield* whenEnded("dead", {}, { autoRenew: false })
      assert.strictEqual(alone.value.asked, 1)
      assert.deepStrictEqual(alone.value.status, [])
    }),
  )

  it.effect("goes on working with a Vault that is silent", () =>
    Effect.gen(function* () {
      const { value } = yield* whenEnded("lapsed", { credentials: (n) => Effect.succeed(sts(n)) })
      assert.strictEqual(value.asked, 1)
      assert.strictEqual(value.status.length, 1)
    }),
  )
})
