/** Behaviours 1 to 3, 9 to 11 and 13: how leases are asked for, shared and renewed. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { LeaseTarget } from "../../src/lease/LeaseModel.ts"
import { PermissionMissing } from "../../src/vault/TokenReason.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import type { LeaseRenewal } from "../../src/vault/VaultModel.ts"
import { InvalidRequest, LeaseGone, LeaseNotRenewable, Server } from "../../src/vault/VaultReason.ts"
import { iamUser, type Script, sts, target, withManager } from "../kit/FakeVault.ts"

const broken = new VaultError({ reason: new Server({ status: 500, text: "no" }) })
const forbidden = new VaultError({
  reason: new PermissionMissing({ path: "sys/leases/renew", capability: "update", parameters: [] }),
})
const grants = (seconds: number, renewable = true): Effect.Effect<LeaseRenewal> =>
  Effect.succeed({ renewable, leaseDuration: Duration.seconds(seconds), warnings: [] })

const asked = (log: ReadonlyArray<string>, what: string) => log.filter((line) => line.startsWith(what)).length

describe("asking", () => {
  it.effect(
    "1 fifty first uses at once make one request and get one lease; a failure reaches all and does not stay",
    () =>
      Effect.gen(function* () {
        const { log, value } = yield* withManager(
          {
            credentials: (n) =>
              Effect.andThen(Effect.sleep("1 second"), n === 1 ? Effect.fail(broken) : Effect.succeed(sts(n))),
          },
          (manager) =>
            Effect.gen(function* () {
              const fifty = Effect.forEach(Array.from({ length: 50 }), () => Effect.exit(manager.lease(target)), {
                concurrency: "unbounded",
              })
              const first = yield* Effect.forkChild(fifty, { startImmediately: true })
              yield* TestClock.adjust("1 second")
              const second = yield* Effect.forkChild(fifty, { startImmediately: true })
              yield* TestClock.adjust("1 second")
              return { first: yield* Fiber.join(first), second: yield* Fiber.join(second) }
            }),
        )
        const messages = value.first
          .map((exit) => Exit.findErrorOption(exit))
          .map((error) => (error._tag === "Some" ? error.value.message : ""))
        assert.strictEqual(new Set(messages).size, 1)
        assert.include(messages[0], "status 500")
        const keys = value.second.map((exit) => (Exit.isSuccess(exit) ? exit.value.credentials.accessKeyId : ""))
        assert.deepStrictEqual([...new Set(keys)], [sts(2).accessKeyId])
        assert.strictEqual(asked(log, "creds"), 2)
      }),
  )

  it.effect("2 what differs never shares a lease; what is equal once it is normalised does", () =>
    Effect.gen(function* () {
      const others: ReadonlyArray<Partial<LeaseTarget>> = [
        { mount: "aws2" },
        { endpoint: "sts" },
        { role: "other" },
        { roleArn: "arn:aws:iam::123456789012:role/a" },
        { roleArn: "arn:aws:iam::123456789012:role/b" },
        { namespace: "team-a" },
        { ttl: Duration.minutes(20) },
        { principal: "agent" },
      ]
      const same: ReadonlyArray<Partial<LeaseTarget>> = [
        { mount: "/aws/" },
        { namespace: "" },
        { namespace: "/" },
        { roleArn: "" },
        { ttl: Duration.seconds(3600) },
        { account: "an alias" },
      ]
      const { value } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n)) }, (manager) =>
        Effect.gen(function* () {
          const keyOf = (more: Partial<LeaseTarget>) =>
            Effect.map(manager.lease({ ...target, ...more }), ({ credentials }) => credentials.accessKeyId)
          return {
            one: yield* keyOf({}),
            others: yield* Effect.forEach(others, keyOf),
            same: yield* Effect.forEach(same, keyOf),
          }
        }),
      )
      assert.strictEqual(new Set([value.one, ...value.others]).size, others.length + 1)
      assert.deepStrictEqual([...new Set(value.same)], [value.one])
    }),
  )

  it.effect("3 a waiter who gives up takes the lease from nobody, and a lone one's lease is kept and given back", () =>
    Effect.gen(function* () {
      const answer = yield* Deferred.make<void>()
      const { log, value } = yield* withManager(
        { credentials: (n) => Effect.as(Deferred.await(answer), sts(n)), owned: false },
        (manager) =>
          Effect.gen(function* () {
            const lone = yield* Effect.forkChild(manager.lease(target), { startImmediately: true })
            const [gone, stays] = [
              yield* Effect.forkChild(manager.lease({ ...target, role: "shared" }), { startImmediately: true }),
              yield* Effect.forkChild(manager.lease({ ...target, role: "shared" }), { startImmediately: true }),
            ]
            yield* Fiber.interrupt(lone)
            yield* Fiber.interrupt(gone)
            yield* Deferred.succeed(answer, undefined)
            yield* Fiber.join(stays)
            return (yield* manager.status).length
          }),
      )
      assert.strictEqual(value, 2, "the lone waiter's lease arrived all the same, and is held")
      assert.strictEqual(asked(log, "creds"), 2)
      assert.strictEqual(asked(log, "revoke"), 2)
    }),
  )

  it.effect(
    "13 no session token is null: an IAM user's is absent, and a session key without one is refused and given back",
    () =>
      Effect.gen(function* () {
        const user = yield* withManager({ credentials: (n) => Effect.succeed(iamUser(n)) }, (manager) =>
          manager.lease(target),
        )
        assert.isUndefined(user.value.credentials.sessionToken)
        assert.strictEqual(user.value.kind, "iam_user")
        const { log, value } = yield* withManager(
          { credentials: (n) => Effect.succeed({ ...sts(n), sessionToken: undefined }) },
          (manager) => Effect.flip(manager.lease(target)),
        )
        assert.strictEqual(value.code, "vault_malformed")
        assert.include(value.message, "security_token")
        assert.deepStrictEqual(log.slice(1), ["revoke lease1 sync"])
      }),
  )
})

describe("renewing", () => {
  /** Uses an IAM user's lease of an hour every ten minutes for so long. */
  const inUseFor = (script: Partial<Script>, minutes: number) =>
    withManager(
      { credentials: (n) => Effect.succeed(iamUser(n)), lookup: () => Effect.fail(broken), ...script },
      (manager, log) =>
        Effect.gen(function* () {
          const keys: Array<string> = []
          for (let at = 0; at < minutes; at += 5) {
            keys.push((yield* manager.lease(target)).credentials.accessKeyId)
            yield* TestClock.adjust("5 minutes")
          }
          return { keys: [...new Set(keys)], log: yield* log, status: yield* manager.status }
        }),
    )

  it.effect(
    "9 an IAM user's lease is renewed after two thirds, keeps its key, takes a shorter grant, and is replaced when it may not go on",
    () =>
      Effect.gen(function* () {
        const early = yield* inUseFor({ renew: () => grants(3600) }, 35)
        assert.strictEqual(asked(early.value.log, "renew"), 0)
        const kept = yield* inUseFor({ renew: () => grants(3600) }, 50)
        assert.strictEqual(asked(kept.value.log, "renew"), 1)
        assert.deepStrictEqual(kept.value.keys, [iamUser(1).accessKeyId])
        const shorter = yield* inUseFor({ renew: () => grants(3000) }, 50)
        assert.isAtMost(Duration.toSeconds(shorter.value.status[0]?.remaining ?? Duration.infinity), 3000)
        assert.strictEqual(asked(shorter.value.log, "creds"), 1)
        const last = yield* inUseFor({ renew: () => grants(3600, false) }, 60)
        assert.strictEqual(asked(last.value.log, "renew"), 1)
        assert.strictEqual(asked(last.value.log, "creds"), 2)
      }),
  )

  it.effect(
    "10 a lease that is gone is replaced once; a renewal that is forbidden is not hammered, and the lease is used to its end",
    () =>
      Effect.gen(function* () {
        const gone = yield* inUseFor(
          {
            renew: (n) =>
              n === 1 ? Effect.fail(new VaultError({ reason: new LeaseGone({ lease: "x" }) })) : grants(3600),
          },
          50,
        )
        assert.strictEqual(asked(gone.value.log, "creds"), 2)
        assert.deepStrictEqual(gone.value.keys, [iamUser(1).accessKeyId, iamUser(2).accessKeyId])
        const denied = yield* inUseFor({ renew: () => Effect.fail(forbidden) }, 50)
        assert.strictEqual(asked(denied.value.log, "creds"), 1)
        assert.strictEqual(asked(denied.value.log, "renew"), 1)
        const after = yield* inUseFor({ renew: () => Effect.fail(forbidden) }, 65)
        assert.strictEqual(asked(after.value.log, "creds"), 2)
        assert.strictEqual(asked(after.value.log, "renew"), 1)
      }),
  )

  it.effect("11 a lease at its maximum is replaced before its end, without a storm of renewals", () =>
    Effect.gen(function* () {
      const past = new VaultError({
        reason: new LeaseNotRenewable({ lease: "x", text: "past the max TTL, cannot renew" }),
      })
      // Each renewal reaches the same end: an hour and a half after the issue.
      let left = 5400
      const capped = yield* inUseFor(
        { renew: () => Effect.suspend(() => ((left -= 2400), left > 0 ? grants(left) : Effect.fail(past))) },
        85,
      )
      assert.isBelow(asked(capped.value.log, "renew"), 6)
      assert.strictEqual(asked(capped.value.log, "creds"), 2)
      const refused = yield* inUseFor({ renew: () => Effect.fail(past) }, 58)
      assert.strictEqual(asked(refused.value.log, "creds"), 2, "replaced while the old one still lives")
      assert.isAtMost(asked(refused.value.log, "renew"), 2)
      const odd = yield* inUseFor(
        { renew: () => Effect.fail(new VaultError({ reason: new InvalidRequest({ text: "odd" }) })) },
        55,
      )
      assert.isBelow(asked(odd.value.log, "renew"), 10)
    }),
  )
})
