import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Params } from "../../../src/sandbox/vault/Fields.ts"
import { shownSettings, tokenSettings } from "../../../src/sandbox/vault/Login.ts"
import { ask, newHalf } from "../../kit/VaultCalls.ts"

const loginWith = Effect.fnUntraced(function* (user: object) {
  const { half } = yield* newHalf()
  yield* ask(half, "POST", "sys/auth/userpass", { body: { type: "userpass" } })
  yield* ask(half, "POST", "auth/userpass/users/ana", { body: { password: "p", ...user } })
  const answer = yield* ask(half, "POST", "auth/userpass/login/ana", { token: null, body: { password: "p" } })
  return { half, auth: answer.json.auth }
})

describe("tokens of a login", () => {
  it("settings keep what a write does not name, and old names still work", () => {
    const before = tokenSettings(new Params({ policies: ["a"], token_ttl: 60, period: 5 }))
    const after = tokenSettings(new Params({ token_max_ttl: 90 }), before)
    assert.deepStrictEqual([after.policies, after.ttl, after.maxTtl, after.period], [["a"], 60, 90, 5])
    assert.strictEqual(shownSettings(after)["token_ttl"], 60)
  })

  it.effect("a role's maximum ends the renewing of its tokens", () =>
    Effect.gen(function* () {
      const { auth, half } = yield* loginWith({ token_ttl: "10m", token_max_ttl: "15m" })
      const renew = ask(half, "POST", "auth/token/renew-self", { token: auth.client_token, body: {} })
      yield* TestClock.adjust("8 minutes")
      const renewed = yield* renew
      assert.strictEqual(renewed.json.auth.lease_duration, 420)
      assert.include(renewed.json.warnings[0], 'the effective max_ttl of "7m"')
      yield* TestClock.adjust("7 minutes")
      assert.strictEqual((yield* renew).status, 403)
    }),
  )

  it.effect("periodic, limited, batch and default-less tokens come out as configured", () =>
    Effect.gen(function* () {
      const periodic = yield* loginWith({ token_period: "20m", token_num_uses: 4 })
      assert.deepStrictEqual([periodic.auth.lease_duration, periodic.auth.num_uses], [1200, 4])
      const batch = yield* loginWith({ token_type: "batch", token_ttl: "5m" })
      assert.deepStrictEqual([batch.auth.token_type, batch.auth.renewable, batch.auth.accessor], ["batch", false, ""])
      const bare = yield* loginWith({ token_no_default_policy: true, token_policies: ["x"] })
      assert.deepStrictEqual(bare.auth.policies, ["x"])
    }),
  )
})
