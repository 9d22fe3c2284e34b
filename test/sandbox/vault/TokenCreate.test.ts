import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, newHalf, tokenWith } from "../../kit/VaultCalls.ts"

const CREATE = 'path "auth/token/create" { capabilities = ["update"] }'

describe("auth/token/create", () => {
  it.effect("a child gets no policy its parent lacks, inherits without asking, and may do without default", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const token = yield* tokenWith(half, CREATE)
      const create = (body: object) => ask(half, "POST", "auth/token/create", { token, body })
      assert.deepStrictEqual((yield* create({ policies: ["other"] })).json.errors, [
        "child policies must be subset of parent",
      ])
      assert.deepStrictEqual((yield* create({})).json.auth.policies, ["default", "test"])
      assert.deepStrictEqual((yield* create({ no_default_policy: true })).json.auth.policies, ["test"])
      assert.deepStrictEqual((yield* create({ policies: "TEST" })).json.auth.policies, ["default", "test"])
    }),
  )

  it.effect("sudo on the path allows orphans, periods and any policy but root", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const plain = yield* tokenWith(half, CREATE)
      const strong =
        (yield* ask(half, "PUT", "sys/policies/acl/strong", {
          body: { policy: 'path "auth/token/create" { capabilities = ["update", "sudo"] }' },
        })) &&
        (yield* ask(half, "POST", "auth/token/create", { body: { policies: ["strong"] } })).json.auth.client_token
      const create = (token: string, body: object) => ask(half, "POST", "auth/token/create", { token, body })
      for (const body of [{ no_parent: true }, { period: "1m" }, { id: "chosen" }])
        assert.strictEqual((yield* create(plain, body)).status, 400)
      const orphan = yield* create(strong, { no_parent: true, period: "1m", policies: ["other"] })
      assert.deepStrictEqual(
        [orphan.json.auth.orphan, orphan.json.auth.lease_duration, orphan.json.auth.policies],
        [true, 60, ["default", "other"]],
      )
      assert.deepStrictEqual((yield* create(strong, { policies: ["root"] })).json.errors, [
        "root tokens may not be created without parent token being root",
      ])
    }),
  )

  it.effect("a root child never ends unless it is given a length", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const endless = (yield* ask(half, "POST", "auth/token/create", { body: {} })).json.auth
      const ending = (yield* ask(half, "POST", "auth/token/create", { body: { ttl: "1h" } })).json.auth
      assert.deepStrictEqual([endless.policies, endless.lease_duration, endless.renewable], [["root"], 0, false])
      assert.deepStrictEqual([ending.policies, ending.lease_duration], [["root"], 3600])
    }),
  )

  it.effect("the display name is cleaned and marked as a token's", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const made = yield* ask(half, "POST", "auth/token/create", { body: { display_name: "Ana's box!" } })
      const self = yield* ask(half, "GET", "auth/token/lookup-self", { token: made.json.auth.client_token })
      assert.strictEqual(self.json.data.display_name, "token-Ana-s-box")
    }),
  )

  it.effect("batch tokens are neither periodic nor counted, and an unknown type is refused", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      for (const body of [
        { type: "batch", period: "1m" },
        { type: "batch", num_uses: 1 },
        { type: "x" },
        { num_uses: -1 },
      ])
        assert.strictEqual((yield* ask(half, "POST", "auth/token/create", { body })).status, 400)
    }),
  )

  it.effect("create-orphan makes a token that outlives its maker", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const token = yield* tokenWith(half, 'path "auth/token/create-orphan" { capabilities = ["update"] }')
      const made = yield* ask(half, "POST", "auth/token/create-orphan", { token, body: {} })
      yield* ask(half, "POST", "auth/token/revoke-self", { token })
      const alive = yield* ask(half, "GET", "auth/token/lookup-self", { token: made.json.auth.client_token })
      assert.strictEqual(alive.status, 200)
    }),
  )
})
