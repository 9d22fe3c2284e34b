import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer, Scope, Exit } from "effect"
import { TestClock } from "effect/testing"
import { inspect } from "node:util"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { InvalidRequest, LeaseGone, Server } from "../../src/vault/VaultReason.ts"
import { PermissionMissing, TokenDead } from "../../src/vault/TokenReason.ts"
import { iamUser, makeWorld, type Script, sts, target } from "../kit/FakeVault.ts"
import type { AppConfigShape } from "../../src/config/AppConfig.ts"

const refused = new VaultError({ reason: new Server({ status: 500, text: "no" }) })
const forbidden = new VaultError({
  reason: new PermissionMissing({ path: "sys/leases/revoke", capability: "update", parameters: [] }),
})

/** Runs a test body with a manager of its own; gives what Vault was asked until the manager was closed. */
const withManager = <A, E>(
  script: Script,
  body: (manager: LeaseManager["Service"], log: Effect.Effect<ReadonlyArray<string>>) => Effect.Effect<A, E>,
  settings: Partial<AppConfigShape> = {},
) =>
  Effect.gen(function* () {
    const world = yield* makeWorld(script, settings)
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(world.layer, scope)
    const value = yield* LeaseManager.use((manager) => body(manager, world.log)).pipe(Effect.provide(context))
    yield* Scope.close(scope, Exit.void)
    return { value, log: yield* world.log }
  })

describe("acquiring", () => {
  it.effect("a thousand first callers share one request and one lease", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n)) }, (manager) =>
        Effect.all(
          Array.from({ length: 1000 }, () => manager.lease(target)),
          { concurrency: "unbounded" },
        ),
      )
      assert.deepStrictEqual(log, ["creds mcp-agent-role 3600"])
      assert.strictEqual(new Set(value.map((lease) => lease.credentials.accessKeyId)).size, 1)
    }),
  )

  it.effect("a failure reaches every waiter once and does not stay: the next call asks again", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager(
        {
          credentials: (n) => Effect.andThen(Effect.yieldNow, n === 1 ? Effect.fail(refused) : Effect.succeed(sts(n))),
        },
        (manager) =>
          Effect.gen(function* () {
            const first = yield* Effect.all(
              Array.from({ length: 50 }, () => Effect.exit(manager.lease(target))),
              { concurrency: "unbounded" },
            )
            const second = yield* manager.lease(target)
            return { failures: first.filter(Exit.isFailure).length, second }
          }),
      )
      assert.strictEqual(value.failures, 50)
      assert.strictEqual(value.second.credentials.accessKeyId, sts(2).accessKeyId)
      assert.strictEqual(log.length, 2)
    }),
  )

  it.effect("a caller who gives up does not take the lease from the others", () =>
    Effect.gen(function* () {
      const answer = yield* Deferred.make<void>()
      const { log, value } = yield* withManager(
        { credentials: (n) => Effect.as(Deferred.await(answer), sts(n)) },
        (manager) =>
          Effect.gen(function* () {
            const gone = yield* Effect.forkChild(manager.lease(target), { startImmediately: true })
            const patient = yield* Effect.forkChild(manager.lease(target), { startImmediately: true })
            yield* Fiber.interrupt(gone)
            yield* Deferred.succeed(answer, undefined)
            return yield* Fiber.join(patient)
          }),
      )
      assert.strictEqual(value.credentials.accessKeyId, sts(1).accessKeyId)
      assert.deepStrictEqual(log, ["creds mcp-agent-role 3600"])
    }),
  )

  it.effect("targets that differ in role, ARN, mount or principal never share a lease", () =>
    Effect.gen(function* () {
      const { log } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n)) }, (manager) =>
        Effect.all([
          manager.lease(target),
          manager.lease({ ...target, role: "other" }),
          manager.lease({ ...target, mount: "aws2" }),
          manager.lease({ ...target, principal: "agent" }),
          manager.lease({ ...target, roleArn: "arn:aws:iam::123456789012:role/x" }),
          manager.lease({ ...target, ttl: Duration.minutes(30) }),
          manager.lease({ ...target, mount: "/aws/", account: "an alias" }),
        ]),
      )
      assert.strictEqual(log.length, 6)
    }),
  )

  it.effect("a dead Vault token is replaced once and the request repeated", () =>
    Effect.gen(function* () {
      const dead = new VaultError({ reason: new TokenDead({}) })
      const { log } = yield* withManager(
        { credentials: (n) => (n === 1 ? Effect.fail(dead) : Effect.succeed(sts(n))) },
        (manager) => manager.lease(target),
      )
      assert.deepStrictEqual(log, ["creds mcp-agent-role 3600", "new session", "creds mcp-agent-role 3600"])
      const twice = yield* withManager({ credentials: () => Effect.fail(dead) }, (manager) =>
        Effect.flip(manager.lease(target)),
      )
      assert.strictEqual(twice.value.code, "vault_token_dead")
      assert.strictEqual(twice.log.length, 3)
    }),
  )

  it.effect("a session key without its token is refused as malformed and given back", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager(
        { credentials: (n) => Effect.succeed({ ...sts(n), sessionToken: undefined }) },
        (manager) => Effect.flip(manager.lease(target)),
      )
      assert.strictEqual(value.code, "vault_malformed")
      assert.deepStrictEqual(log, ["creds mcp-agent-role 3600", "revoke lease1 sync"])
    }),
  )

  it.effect(
    "an answer without lease and duration lives by its credentials' ttl, and by a cap when that is missing",
    () =>
      Effect.gen(function* () {
        const { value } = yield* withManager(
          {
            credentials: (n) =>
              Effect.succeed({
                ...sts(n),
                leaseId: undefined,
                leaseDuration: Duration.zero,
                credentialTtl: n === 1 ? Duration.seconds(3599) : undefined,
              }),
          },
          (manager) => Effect.all([manager.lease(target), manager.lease({ ...target, role: "b" })]),
        )
        assert.deepStrictEqual(
          value.map((lease) => Duration.toSeconds(lease.granted)),
          [3599, 300],
        )
        assert.match(value[1].warnings.join(), /no lease duration/)
      }),
  )
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

  it.effect("a lease that Vault lost is replaced at once; one it refuses to renew is used to its end", () =>
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
      assert.deepStrictEqual(kept.log, ["creds mcp-agent-role 3600", "renew lease1"])
    }),
  )

  it.effect("a Vault that fails is asked again with growing pauses, and the old lease goes on working", () =>
    Effect.gen(function* () {
      const { log, value } = yield* untilReplaced(
        { credentials: (n) => (n === 1 ? Effect.succeed(sts(n, 1200)) : Effect.fail(refused)) },
        "6 minutes",
      )
      // due at 900 s; 60 s later: at 0, 10, 30 s
      assert.strictEqual(log.filter((line) => line.startsWith("creds")).length, 4)
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

describe("refreshing and revoking", () => {
  it.effect("a refresh's ttl holds until the next refresh", () =>
    Effect.gen(function* () {
      const { log } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n)) }, (manager) =>
        Effect.gen(function* () {
          const first = yield* manager.refresh(target, Duration.minutes(20))
          yield* manager.rejected(first)
          yield* manager.refresh(target)
        }),
      )
      assert.deepStrictEqual(
        log.filter((line) => line.startsWith("creds")),
        ["creds mcp-agent-role 1200", "creds mcp-agent-role 1200", "creds mcp-agent-role 3600"],
      )
    }),
  )

  it.effect("a refresh that fails leaves the old lease and its ttl", () =>
    Effect.gen(function* () {
      const { value } = yield* withManager(
        { credentials: (n) => (n === 2 ? Effect.fail(refused) : Effect.succeed(sts(n))) },
        (manager) =>
          Effect.gen(function* () {
            yield* manager.lease(target)
            yield* Effect.flip(manager.refresh(target, Duration.seconds(60)))
            return yield* manager.lease(target)
          }),
      )
      assert.strictEqual(value.credentials.accessKeyId, sts(1).accessKeyId)
    }),
  )

  it.effect("revoking an STS lease says until when AWS honours it, and the next call leases anew", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n, 600, 3599)) }, (manager) =>
        Effect.gen(function* () {
          yield* manager.lease(target)
          const revoked = yield* manager.revoke("mcp")
          const nothing = yield* manager.revoke("mcp")
          yield* manager.lease(target)
          return { revoked, nothing }
        }),
      )
      assert.strictEqual(value.revoked[0]?.closedInVault, "yes")
      assert.strictEqual(value.revoked[0]?.ends._tag, "at")
      assert.match(value.revoked[0]?.message ?? "", /AWS cannot cancel.*1970-01-01T00:59:59/)
      assert.deepStrictEqual(value.nothing, [])
      assert.strictEqual(log.filter((line) => line.startsWith("creds")).length, 2)
    }),
  )

  it.effect("an IAM user's revocation is confirmed, or queued and said to be unconfirmed", () =>
    Effect.gen(function* () {
      const revokeWith = (revoke: NonNullable<Script["revoke"]>) =>
        withManager({ credentials: (n) => Effect.succeed(iamUser(n)), revoke }, (manager) =>
          Effect.gen(function* () {
            yield* manager.lease(target)
            const fiber = yield* Effect.forkChild(manager.revoke("mcp"), { startImmediately: true })
            yield* TestClock.adjust("5 seconds")
            return (yield* Fiber.join(fiber))[0]
          }),
        )
      const done = yield* revokeWith(() => Effect.succeed("confirmed"))
      assert.strictEqual(done.value?.ends._tag, "now")
      const noUser = new VaultError({ reason: new InvalidRequest({ text: "NoSuchEntity" }) })
      const queued = yield* revokeWith((sync) => (sync ? Effect.fail(noUser) : Effect.succeed("queued")))
      assert.strictEqual(queued.value?.ends._tag, "queued")
      assert.deepStrictEqual(queued.log.slice(1), [
        "revoke lease1 sync",
        "revoke lease1 sync",
        "revoke lease1 sync",
        "revoke lease1 async",
      ])
    }),
  )

  it.effect("without the right to revoke leases our own token is revoked; a foreign one never is", () =>
    Effect.gen(function* () {
      const revokeAs = (owned: boolean) =>
        withManager(
          { credentials: (n) => Effect.succeed(sts(n)), revoke: () => Effect.fail(forbidden), owned },
          (manager) => Effect.andThen(manager.lease(target), manager.revoke("mcp")),
        )
      const own = yield* revokeAs(true)
      assert.include(own.log, "release")
      assert.strictEqual(own.value[0]?.closedInVault, "queued")
      const foreign = yield* revokeAs(false)
      assert.notInclude(foreign.log, "release")
      assert.match(foreign.value[0]?.message ?? "", /sys\/leases\/revoke/)
    }),
  )
})

describe("the end", () => {
  it.effect("leases of a foreign token are given back one by one, within the deadline even if Vault hangs", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld({
        credentials: (n) => Effect.succeed(sts(n)),
        revoke: () => Effect.never,
        owned: false,
      })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(world.layer, scope)
      yield* LeaseManager.use((manager) =>
        Effect.all([manager.lease(target), manager.lease({ ...target, role: "b" })]),
      ).pipe(Effect.provide(context))
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* TestClock.adjust("400 millis")
      yield* Fiber.join(closing)
      assert.deepStrictEqual(
        (yield* world.log).filter((line) => line.startsWith("revoke")),
        ["revoke lease1 async", "revoke lease2 async"],
      )
    }),
  )

  it.effect("nothing that is shown of a lease holds a secret", () =>
    Effect.gen(function* () {
      const { value } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n)) }, (manager) =>
        Effect.gen(function* () {
          const lease = yield* manager.lease(target)
          return [lease, yield* manager.status, yield* manager.revoke("mcp")]
        }),
      )
      const seen = `${JSON.stringify(value)}${inspect(value, { depth: 20 })}`
      assert.notInclude(seen, "canary")
      assert.include(seen, "lease1")
    }),
  )
})
