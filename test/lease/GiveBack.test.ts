import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { VaultError } from "../../src/vault/VaultError.ts"
import { InvalidRequest, Server } from "../../src/vault/VaultReason.ts"
import { PermissionMissing } from "../../src/vault/TokenReason.ts"
import { iamUser, type Script, sts, target, withManager } from "../kit/FakeVault.ts"

const refused = new VaultError({ reason: new Server({ status: 500, text: "no" }) })
const forbidden = new VaultError({
  reason: new PermissionMissing({ path: "sys/leases/revoke", capability: "update", parameters: [] }),
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

  it.effect("revoking a session of which Vault told no length claims to know no end", () =>
    Effect.gen(function* () {
      const untold = { leaseId: undefined, leaseDuration: Duration.zero, credentialTtl: undefined }
      const { value } = yield* withManager(
        { credentials: (n) => Effect.succeed({ ...sts(n), ...untold }) },
        (manager) => Effect.andThen(manager.lease(target), manager.revoke("mcp")),
      )
      assert.strictEqual(value[0]?.ends._tag, "unknown")
      assert.match(value[0]?.message ?? "", /use them until they end by themselves, at a time that Vault did not tell/)
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
        withManager({ credentials: (n) => Effect.succeed(iamUser(n)), revoke, lookup: () => refused }, (manager) =>
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
      assert.match(queued.value?.message ?? "", /not confirmed\. The key may still work/)
      assert.deepStrictEqual(queued.log.slice(1, 5), [
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
