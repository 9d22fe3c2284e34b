/** Behaviours 26 to 29: whose token is used, and what its end means. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { TokenDead } from "../../src/vault/TokenReason.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import type { Ended } from "../../src/vault/VaultSession.ts"
import { iamUser, target, withManager } from "../kit/FakeVault.ts"
import { dead, nameOf, type Operator, withAuth } from "../kit/OperatorVault.ts"

describe("whose token it is", () => {
  it.effect(
    "26 when the parent dies the child does too: one attempt for all who ask, the word to log in again, and no loop",
    () =>
      Effect.gen(function* () {
        const operator: Operator = { token: "operator", renew: () => dead }
        const { log } = yield* withAuth(operator, (auth, log) =>
          Effect.gen(function* () {
            const session = yield* auth.session("mcp")
            operator.lookup = dead
            yield* TestClock.adjust("11 minutes")
            assert.strictEqual(yield* session.ended, "dead")
            assert.deepStrictEqual(yield* auth.sessions, [])
            const before = log.length
            const errors = yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.flip(auth.session("mcp")), {
              concurrency: "unbounded",
            })
            for (const { message } of errors) assert.match(message, /Log in again: .*vault login/)
            assert.strictEqual(log.length - before, 1, "one look for all twenty")
            yield* TestClock.adjust("1 day")
            assert.strictEqual(log.length - before, 1, "nothing goes on by itself")
            // A new login is heard without a restart.
            operator.lookup = undefined
            operator.token = "again"
            assert.strictEqual(nameOf(yield* auth.session("mcp")), "child-2")
          }),
        )
        assert.include(log, "create under again")
      }),
  )

  it.effect("26 what was leased with the dead token is dropped, and the next call says to log in again", () =>
    Effect.gen(function* () {
      const end = yield* Deferred.make<Ended>()
      const { value } = yield* withManager(
        {
          credentials: (n) =>
            n === 1 ? Effect.succeed(iamUser(n)) : Effect.fail(new VaultError({ reason: new TokenDead() })),
          ended: (nth) => (nth === 1 ? Deferred.await(end) : Effect.never),
        },
        (manager, log) =>
          Effect.gen(function* () {
            yield* manager.lease(target)
            yield* Deferred.succeed(end, "dead")
            yield* TestClock.adjust("1 minute")
            const status = yield* manager.status
            const asked = (yield* log).length
            yield* TestClock.adjust("1 hour")
            const later = (yield* log).length
            return { status, asked, later, error: yield* Effect.flip(manager.lease(target)) }
          }),
      )
      assert.deepStrictEqual(value.status, [])
      assert.isBelow(value.later - value.asked, 20, "replacing is tried with growing pauses, while it is in use")
      assert.strictEqual(value.error.code, "vault_token_dead")
      assert.include(value.error.message, "vault login")
    }),
  )

  it.effect("27 the operator's own token is never revoked, whatever happens; a root token warns and gets a child", () =>
    Effect.gen(function* () {
      for (const operator of [
        { mayCreate: false },
        { info: { type: "batch" } },
        { info: { isRoot: true } },
        {},
      ] as const) {
        const { closed, log, value } = yield* withAuth({ token: "operator", ...operator }, (auth) =>
          Effect.gen(function* () {
            const first = yield* auth.session("mcp")
            yield* auth.release("mcp")
            yield* auth.session("mcp")
            yield* auth.session("other")
            return first
          }),
        )
        yield* Fiber.join(closed)
        assert.notInclude(log, "revoke operator")
        if (!("info" in operator && "isRoot" in operator.info)) continue
        assert.isTrue(value.owned)
        assert.match(value.warnings.join(" "), /root token/)
      }
    }),
  )

  it.effect(
    "28 a token of ours is renewed at two thirds of its life, and replaced before an end that renewing cannot move",
    () =>
      Effect.gen(function* () {
        const kept = yield* withAuth({ token: "operator" }, (auth, log) =>
          Effect.gen(function* () {
            yield* auth.session("mcp")
            yield* TestClock.adjust("599 seconds")
            assert.notInclude(log, "renew child-1")
            yield* TestClock.adjust("2 seconds")
            assert.include(log, "renew child-1")
            yield* TestClock.adjust("1 day")
            return nameOf(yield* auth.session("mcp"))
          }),
        )
        assert.strictEqual(kept.value, "child-1")
        // Near its maximum a renewal brings less and less.
        yield* withAuth({ token: "operator", renew: (nth) => Duration.minutes([15, 6][nth - 1] ?? 1) }, (auth) =>
          Effect.gen(function* () {
            const first = yield* auth.session("mcp")
            yield* TestClock.adjust("19 minutes")
            assert.strictEqual(nameOf(yield* auth.session("mcp")), "child-1")
            yield* TestClock.adjust("6 minutes")
            assert.strictEqual(yield* first.ended, "retiring")
            assert.strictEqual(nameOf(yield* auth.session("mcp")), "child-2", "while the first still lives")
          }),
        )
      }),
  )

  it.effect(
    "28 leases move to the new token without a gap: old calls end, new ones are signed with the new lease",
    () =>
      Effect.gen(function* () {
        const end = yield* Deferred.make<Ended>()
        const { value } = yield* withManager(
          {
            credentials: (n) => Effect.as(Effect.sleep("2 seconds"), iamUser(n)),
            ended: (nth) => (nth === 1 ? Deferred.await(end) : Effect.never),
          },
          (manager, log) =>
            Effect.gen(function* () {
              const use = Effect.map(manager.lease(target), ({ credentials }) => credentials.accessKeyId)
              const first = yield* Effect.forkChild(use, { startImmediately: true })
              yield* TestClock.adjust("2 seconds")
              yield* Fiber.join(first)
              yield* Deferred.succeed(end, "retiring")
              yield* TestClock.adjust("1 second")
              const meanwhile = yield* use
              yield* TestClock.adjust("2 seconds")
              const after = yield* use
              const closed = (lines: ReadonlyArray<string>) => lines.includes("revoke lease1 sync")
              const tooSoon = closed(yield* log)
              yield* TestClock.adjust("61 seconds")
              return { meanwhile, after, tooSoon, closed: closed(yield* log) }
            }),
        )
        assert.deepStrictEqual(value, {
          meanwhile: iamUser(1).accessKeyId,
          after: iamUser(2).accessKeyId,
          tooSoon: false,
          closed: true,
        })
      }),
  )

  it.effect(
    "29 a token with counted uses is refused before anything is leased; a batch token works and is told to be limited",
    () =>
      Effect.gen(function* () {
        const counted = yield* withAuth({ token: "operator", info: { numUses: 5 } }, (auth) =>
          Effect.flip(auth.session("mcp")),
        )
        assert.strictEqual(counted.value.code, "vault_token_unsuitable")
        assert.match(counted.value.message, /5 more times.*without a limit/)
        assert.deepStrictEqual(counted.log, ["lookup operator"])
        const batch = yield* withAuth({ token: "operator", info: { type: "batch" } }, (auth) => auth.session("mcp"))
        assert.isFalse(batch.value.owned)
        assert.match(batch.value.warnings.join(" "), /batch token, and its leases end when it does/)
        assert.notInclude(batch.log.join(), "create")
      }),
  )
})
