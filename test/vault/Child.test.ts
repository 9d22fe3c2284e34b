import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import { dead, denied, type Operator, operatorVault } from "../kit/OperatorVault.ts"

/** The session an operator's token leads to, or the code of the error. */
const sessionOf = (operator: Partial<Operator>, principal = "mcp") => {
  const world = operatorVault({ token: "operator", ...operator })
  return Effect.result(VaultAuth.use((auth) => auth.session(principal))).pipe(
    Effect.map((result) => ({
      ...world,
      session: result._tag === "Success" ? result.success : undefined,
      code: result._tag === "Failure" ? result.failure.code : undefined,
      message: result._tag === "Failure" ? result.failure.message : undefined,
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

describe("an agent with policies of its own", () => {
  const agents = { aws: { policies: ["aws-only"] } }

  it.effect("gets a child with these and not with those of every child, whatever the parent is", () =>
    Effect.gen(function* () {
      for (const info of [{}, { isRoot: true }]) {
        const { requests, session } = yield* sessionOf(
          { agents, info, childPolicies: ["wide"], policies: ["vault-aws-mcp"] },
          "aws-agent",
        )
        assert.deepStrictEqual(requests[0]?.policies, ["aws-only"])
        assert.strictEqual(requests[0]?.meta["principal"], "aws-agent")
        assert.deepStrictEqual(session?.warnings, [])
      }
    }),
  )

  it.effect("gets no token where no child can be made, and is told the policy line; others go on as before", () =>
    Effect.gen(function* () {
      for (const [operator, needs] of [
        [{ mayCreate: false }, /path "auth\/token\/create"/],
        [{ create: denied }, /path "auth\/token\/create"/],
        [{ lookup: denied }, /path "auth\/token\/lookup-self"/],
        [{ info: { type: "batch" } }, /batch token/],
      ] as const) {
        const refused = yield* sessionOf({ agents, ...operator }, "aws-agent")
        assert.strictEqual(refused.code, "vault_child_refused")
        assert.match(refused.message ?? "", needs)
        assert.include(refused.message ?? "", "aws-only")
        for (const principal of ["vault-agent", "aws"])
          assert.strictEqual((yield* sessionOf({ agents, ...operator }, principal)).token, "operator")
      }
    }),
  )
})
