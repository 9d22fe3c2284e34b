import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, newHalf, tokenWith } from "../../kit/VaultCalls.ts"

const RULE = 'path "a" { capabilities = ["read"] }'

describe("policies over HTTP", () => {
  it.effect("a policy is written, read in both forms, listed and deleted", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      yield* ask(half, "PUT", "sys/policies/acl/Mine", { body: { policy: RULE } })
      assert.deepStrictEqual((yield* ask(half, "GET", "sys/policies/acl/mine")).json.data, {
        name: "mine",
        policy: RULE,
      })
      assert.deepStrictEqual((yield* ask(half, "GET", "sys/policy/mine")).json.rules, RULE)
      const listed = yield* ask(half, "LIST", "sys/policies/acl")
      assert.deepStrictEqual(listed.json.data.keys, ["default", "mine", "root"])
      assert.strictEqual((yield* ask(half, "DELETE", "sys/policies/acl/mine")).status, 204)
      assert.strictEqual((yield* ask(half, "GET", "sys/policies/acl/mine")).status, 404)
    }),
  )

  it.effect("base64 text is a policy too, and what is empty, broken or root is refused", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const put = (name: string, policy: string) => ask(half, "PUT", `sys/policies/acl/${name}`, { body: { policy } })
      assert.strictEqual((yield* put("b", Buffer.from(RULE).toString("base64"))).status, 204)
      assert.strictEqual((yield* ask(half, "GET", "sys/policies/acl/b")).json.data.policy, RULE)
      for (const [name, text] of [
        ["x", ""],
        ["x", "path"],
        ["root", RULE],
      ] as const)
        assert.strictEqual((yield* put(name, text)).status, 400)
      assert.strictEqual((yield* ask(half, "DELETE", "sys/policies/acl/default")).status, 400)
    }),
  )

  it.effect("a changed policy counts at once for tokens that have it", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const token = yield* tokenWith(half, RULE)
      const can = Effect.map(
        ask(half, "POST", "sys/capabilities-self", { token, body: { path: "a" } }),
        (answer) => answer.json.data.a,
      )
      assert.deepStrictEqual(yield* can, ["read"])
      yield* ask(half, "PUT", "sys/policies/acl/test", { body: { policy: 'path "a" { capabilities = ["deny"] }' } })
      assert.deepStrictEqual(yield* can, ["deny"])
    }),
  )

  it.effect("another token's capabilities are told by its id or accessor", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const token = yield* tokenWith(half, RULE)
      const { accessor } = (yield* ask(half, "POST", "auth/token/lookup", { body: { token } })).json.data
      const byToken = yield* ask(half, "POST", "sys/capabilities", { body: { token, paths: ["a", "b"] } })
      const byAccessor = yield* ask(half, "POST", "sys/capabilities-accessor", { body: { accessor, paths: ["a"] } })
      assert.deepStrictEqual(byToken.json.data, { a: ["read"], b: ["deny"] })
      assert.deepStrictEqual(byAccessor.json.capabilities, ["read"])
    }),
  )
})
