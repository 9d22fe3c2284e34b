import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Redacted } from "effect"
import { TestClock } from "effect/testing"
import type { TokenGrant } from "../../src/vault/VaultModel.ts"
import { dead, denied, nameOf, type Operator, withAuth } from "../kit/OperatorVault.ts"

/** Logs in as `login-1`, `login-2`, …; the aws agent is held to a policy of its own. */
const operator = (more: Partial<Operator> = {}, grant: Partial<TokenGrant> = {}): Operator => {
  let n = 0
  const logIn = Effect.sync((): TokenGrant => {
    n++
    return {
      token: Redacted.make(`login-${n}`),
      accessor: `acc-${n}`,
      policies: ["agent"],
      ttl: Duration.minutes(15),
      renewable: true,
      warnings: [],
      ...grant,
    }
  })
  return { token: undefined, logIn, agents: { aws: { policies: ["aws-only"] } }, ...more }
}

const revoked = (log: ReadonlyArray<string>) => log.filter((line) => line.startsWith("revoke"))

describe("an agent with policies of its own, where this program logs in by itself", () => {
  it.effect("works with a child of a login that is its own alone; other principals use their login as it is", () =>
    Effect.gen(function* () {
      const { closed, log } = yield* withAuth(operator(), (auth, log) =>
        Effect.gen(function* () {
          const agent = yield* auth.session("aws-agent")
          assert.strictEqual(nameOf(agent), "child-1")
          assert.isTrue(agent.owned)
          assert.include(log, "create under login-1")
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "login-2")
        }),
      )
      yield* Fiber.join(closed)
      assert.sameMembers(revoked(log), ["revoke child-1", "revoke login-1", "revoke login-2"])
    }),
  )

  it.effect("gives back the child and then the login it hangs on; another's stay", () =>
    Effect.gen(function* () {
      yield* withAuth(operator(), (auth, log) =>
        Effect.gen(function* () {
          yield* auth.session("aws-agent")
          yield* auth.session("mcp")
          assert.strictEqual(yield* auth.release("aws-agent"), "revoked")
          assert.deepStrictEqual(revoked(log), ["revoke child-1", "revoke login-1"])
          assert.strictEqual(yield* auth.release("aws-agent"), "not-owned")
          assert.strictEqual(nameOf(yield* auth.session("mcp")), "login-2")
        }),
      )
    }),
  )

  it.effect("gets no token when the login may not make children, and the login is given back with it", () =>
    Effect.gen(function* () {
      yield* withAuth(operator({ create: denied }), (auth, log) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(auth.session("aws-agent"))
          assert.strictEqual(error.code, "vault_child_refused")
          assert.strictEqual(yield* auth.release("aws-agent"), "revoked")
          assert.deepStrictEqual(revoked(log), ["revoke login-1"])
        }),
      )
    }),
  )

  it.effect("moves to a new login and a new child when its login will not live on", () =>
    Effect.gen(function* () {
      yield* withAuth(operator({}, { renewable: false }), (auth) =>
        Effect.gen(function* () {
          const first = yield* auth.session("aws-agent")
          yield* TestClock.adjust("11 minutes")
          assert.strictEqual(yield* first.ended, "retiring")
          assert.strictEqual(nameOf(yield* auth.session("aws-agent")), "child-2")
        }),
      )
    }),
  )

  it.effect("is told that its token is dead when its login dies, and one new login replaces both", () =>
    Effect.gen(function* () {
      yield* withAuth(operator({ renew: () => dead }), (auth) =>
        Effect.gen(function* () {
          const first = yield* auth.session("aws-agent")
          yield* TestClock.adjust("11 minutes")
          assert.strictEqual(yield* first.ended, "dead")
          assert.strictEqual(nameOf(yield* auth.session("aws-agent")), "child-2")
        }),
      )
    }),
  )
})

describe("giving a token back", () => {
  it.effect("that was interrupted is done at the end", () =>
    Effect.gen(function* () {
      let first = true
      const revoke = () => Effect.suspend(() => (first ? ((first = false), Effect.never) : Effect.void))
      const { closed, log } = yield* withAuth({ token: "operator", revoke }, (auth) =>
        Effect.gen(function* () {
          yield* auth.session("mcp")
          const giving = yield* Effect.forkChild(auth.release("mcp"), { startImmediately: true })
          yield* TestClock.adjust("1 second")
          yield* Fiber.interrupt(giving)
        }),
      )
      yield* Fiber.join(closed)
      assert.deepStrictEqual(revoked(log), ["revoke child-1", "revoke child-1"])
    }),
  )
})
