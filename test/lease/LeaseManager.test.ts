import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { inspect } from "node:util"
import { TestClock } from "effect/testing"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { Server } from "../../src/vault/VaultReason.ts"
import { TokenDead } from "../../src/vault/TokenReason.ts"
import { iamUser, makeWorld, sts, target, withManager } from "../kit/FakeVault.ts"

const refused = new VaultError({ reason: new Server({ status: 500, text: "no" }) })

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

describe("the end", () => {
  it.effect("leases of a foreign token are given back one by one, within the deadline even if Vault hangs", () =>
    Effect.gen(function* () {
      const world = yield* makeWorld({
        credentials: (n) => Effect.succeed(n === 1 ? sts(n) : iamUser(n)),
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
        ["revoke lease1 sync", "revoke lease2 async"],
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
