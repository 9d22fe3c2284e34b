import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import { dead, denied, type Operator, operatorVault } from "../kit/OperatorVault.ts"

/** The session an operator's token leads to, or the code of the error. */
const sessionOf = (operator: Partial<Operator>) => {
  const world = operatorVault({ token: "operator", ...operator })
  return Effect.result(VaultAuth.use((auth) => auth.session("mcp"))).pipe(
    Effect.map((result) => ({
      ...world,
      session: result._tag === "Success" ? result.success : undefined,
      code: result._tag === "Failure" ? result.failure.code : undefined,
      token: result._tag === "Success" ? Redacted.value(result.success.token) : undefined,
    })),
    Effect.provide(world.layer),
  )
}

describe("an operator's token that may make children", () => {
  it.effect("gets a renewable child of 15 minutes that says who we are and inherits the policies", () =>
    Effect.gen(function* () {
      const { requests, session, token } = yield* sessionOf({})
      assert.strictEqual(token, "child-1")
      assert.isTrue(session?.owned)
      assert.deepStrictEqual(session?.warnings, [])
      const request = requests[0]
      assert.strictEqual(Duration.toMinutes(request?.ttl ?? 0), 15)
      assert.strictEqual(request?.displayName, "vault-aws-mcp")
      assert.strictEqual(request?.policies, undefined)
      assert.deepStrictEqual(Object.keys(request?.meta ?? {}).sort(), ["host", "instance", "pid", "principal"])
      assert.strictEqual(request?.meta["principal"], "mcp")
    }),
  )

  it.effect("gets the policies that were configured", () =>
    Effect.gen(function* () {
      const { requests } = yield* sessionOf({ childPolicies: ["narrow"], info: { isRoot: true } })
      assert.deepStrictEqual(requests[0]?.policies, ["narrow"])
    }),
  )

  it.effect("of a root gets the policy of the set-up where there is one, and a warning where there is none", () =>
    Effect.gen(function* () {
      const narrowed = yield* sessionOf({ info: { isRoot: true }, policies: ["vault-aws-mcp"] })
      assert.deepStrictEqual(narrowed.requests[0]?.policies, ["vault-aws-mcp"])
      const root = yield* sessionOf({ info: { isRoot: true } })
      assert.strictEqual(root.requests[0]?.policies, undefined)
      assert.include(root.session?.warnings.join(" "), "setup vault")
    }),
  )

  it.effect("and ends before its child would brings a warning", () =>
    Effect.gen(function* () {
      const { session } = yield* sessionOf({ info: { ttl: Duration.minutes(5) } })
      assert.include(session?.warnings.join(" "), "5 min")
    }),
  )
})

describe("an operator's token that may not", () => {
  it.effect("is used itself, with a warning that says what is missing", () =>
    Effect.gen(function* () {
      for (const operator of [
        { mayCreate: false },
        { create: denied },
        { lookup: denied },
        { info: { type: "batch" } },
      ] as const) {
        const { session, token } = yield* sessionOf(operator)
        assert.strictEqual(token, "operator", JSON.stringify(operator))
        assert.isFalse(session?.owned)
        assert.include(session?.warnings[0], "never revoked")
      }
    }),
  )
})

describe("no session is made", () => {
  it.effect("without a token, with a dead one, or with one whose uses are counted, and nothing is leased", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* sessionOf({ token: undefined })).code, "vault_token_missing")
      assert.strictEqual((yield* sessionOf({ lookup: dead })).code, "vault_token_dead")
      const counted = yield* sessionOf({ info: { numUses: 2 } })
      assert.strictEqual(counted.code, "vault_token_unsuitable")
      assert.deepStrictEqual(counted.log, ["lookup operator"])
    }),
  )
})
