/** Behaviours 17 to 21: what revoking does, and the words it is told in. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Revocation } from "../../src/lease/LeaseModel.ts"
import { PermissionMissing, TokenDead } from "../../src/vault/TokenReason.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { InvalidRequest, LeaseGone } from "../../src/vault/VaultReason.ts"
import { iamUser, type Script, sts, target, withManager } from "../kit/FakeVault.ts"

const forbidden = new VaultError({
  reason: new PermissionMissing({ path: "sys/leases/revoke", capability: "update", parameters: [] }),
})
const noUser = new VaultError({ reason: new InvalidRequest({ text: "failed to revoke entry: NoSuchEntity" }) })
const gone = new VaultError({ reason: new LeaseGone({ lease: "x" }) })

/** Leases, revokes after so many minutes, and gives what that was said to be worth. */
const revoked = (script: Script, minutes = 0) =>
  withManager(script, (manager) =>
    Effect.gen(function* () {
      yield* manager.lease(target)
      yield* TestClock.adjust(`${minutes} minutes`)
      const revoking = yield* Effect.forkChild(manager.revoke("mcp"), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      const [first] = yield* Fiber.join(revoking)
      return { first, again: yield* manager.revoke("mcp"), status: yield* manager.status }
    }),
  )

/** An hour after the lease was issued, and how a message tells it. */
const hourAfter = (told: Revocation | undefined) => {
  const time = DateTime.add(told?.lease.issuedAt ?? DateTime.makeUnsafe(0), { hours: 1 })
  return { time, words: DateTime.formatIso(time) }
}

describe("giving back", () => {
  it.effect(
    "17 a revocation ends what new calls may use at once; calls in flight keep what they were signed with",
    () =>
      Effect.gen(function* () {
        const { value } = yield* withManager({ credentials: (n) => Effect.succeed(sts(n)) }, (manager) =>
          Effect.gen(function* () {
            const inFlight = yield* manager.lease(target)
            const [told] = yield* manager.revoke("mcp")
            const next = yield* manager.lease(target)
            return { inFlight, told, next }
          }),
        )
        assert.strictEqual(value.inFlight.credentials.accessKeyId, sts(1).accessKeyId)
        assert.strictEqual(value.next.credentials.accessKeyId, sts(2).accessKeyId)
        assert.include(value.told?.message, "AWS cannot cancel an issued session")
      }),
  )

  it.effect("18 revoking again, or what Vault does not know any more, succeeds and says that there was nothing", () =>
    Effect.gen(function* () {
      const { log, value } = yield* revoked({ credentials: (n) => Effect.succeed(sts(n)) })
      assert.deepStrictEqual(value.again, [])
      assert.deepStrictEqual(value.status, [])
      assert.strictEqual(log.filter((line) => line.startsWith("revoke")).length, 1)
      const unknown = yield* revoked({ credentials: (n) => Effect.succeed(sts(n)), revoke: () => Effect.fail(gone) })
      assert.strictEqual(unknown.value.first?.closedInVault, "yes")
    }),
  )

  it.effect("19 of a session it is never said that AWS access ended, and always until when it lasts", () =>
    Effect.gen(function* () {
      const answers: ReadonlyArray<Script["revoke"]> = [
        () => Effect.succeed("confirmed"),
        () => Effect.succeed("queued"),
        () => Effect.fail(forbidden),
        () => Effect.fail(new VaultError({ reason: new TokenDead() })),
      ]
      for (const revoke of answers) {
        const { value } = yield* revoked({
          // The lease is shorter than the session: the session's end is the one that counts.
          credentials: (n) => Effect.succeed(sts(n, 600, 3600)),
          ...(revoke === undefined ? {} : { revoke }),
          lookup: () => Effect.fail(gone),
          owned: false,
        })
        const message = value.first?.message ?? ""
        assert.include(message, hourAfter(value.first).words)
        assert.notMatch(message, /access (?:was |is )?(?:revoked|ended|cut)|^Revoked/i)
        assert.deepStrictEqual(value.first?.ends, { _tag: "at", time: hourAfter(value.first).time })
      }
    }),
  )

  it.effect(
    "20 a 202 is told as queued, a confirmed 204 as done, and a young user's NoSuchEntity is tried again first",
    () =>
      Effect.gen(function* () {
        const user = (revoke: NonNullable<Script["revoke"]>, minutes = 0) =>
          revoked(
            {
              credentials: (n) => Effect.succeed(iamUser(n)),
              renew: () => Effect.fail(gone),
              revoke,
              lookup: () => Effect.fail(gone),
            },
            minutes,
          )
        const done = yield* user(() => Effect.succeed("confirmed"))
        assert.deepStrictEqual(done.value.first?.ends, { _tag: "now" })
        assert.match(
          done.value.first?.message ?? "",
          /^Revoked: Vault deleted the IAM user and its access key\. AWS may take some seconds/,
        )
        const queued = yield* user(() => Effect.succeed("queued"))
        assert.deepStrictEqual(queued.value.first?.ends, { _tag: "queued" })
        assert.match(
          queued.value.first?.message ?? "",
          /not confirmed\. The key may still work\. It will be checked again; lease aws\/creds\/mcp-agent-role\/lease1…/,
        )
        const revokes = (log: ReadonlyArray<string>) => log.filter((line) => line.startsWith("revoke lease1"))
        let tries = 0
        const late = yield* user(() => (++tries < 3 ? Effect.fail(noUser) : Effect.succeed("confirmed")))
        assert.deepStrictEqual(late.value.first?.ends, { _tag: "now" })
        assert.strictEqual(revokes(late.log).length, 3)
        const never = yield* user((sync) => (sync ? Effect.fail(noUser) : Effect.succeed("queued")))
        assert.deepStrictEqual(
          revokes(never.log),
          ["sync", "sync", "sync", "async"].map((how) => `revoke lease1 ${how}`),
        )
        assert.deepStrictEqual(never.value.first?.ends, { _tag: "queued" })
        const old = yield* user((sync) => (sync ? Effect.fail(noUser) : Effect.succeed("queued")), 6)
        assert.deepStrictEqual(
          revokes(old.log),
          ["sync", "async"].map((how) => `revoke lease1 ${how}`),
          "after five minutes it is another fault",
        )
      }),
  )

  it.effect("21 a refusal is not repeated; the copy is erased and the missing policy line named", () =>
    Effect.gen(function* () {
      const { log, value } = yield* withManager(
        { credentials: (n) => Effect.succeed(iamUser(n)), revoke: () => Effect.fail(forbidden), owned: false },
        (manager) =>
          Effect.gen(function* () {
            yield* manager.lease(target)
            const first = yield* manager.revoke("mcp")
            const status = yield* manager.status
            yield* manager.lease(target)
            yield* manager.revoke("mcp")
            return { first: first[0], status }
          }),
      )
      assert.strictEqual(log.filter((line) => line.startsWith("revoke")).length, 1)
      assert.deepStrictEqual(value.status, [])
      assert.include(value.first?.message, 'path "sys/leases/revoke" { capabilities = ["update"] }')
      assert.include(value.first?.message, "Local copy erased")
      assert.include(value.first?.message, hourAfter(value.first).words)
    }),
  )
})
