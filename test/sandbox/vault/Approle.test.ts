import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, newHalf } from "../../kit/VaultCalls.ts"

const approleHalf = Effect.fnUntraced(function* (role: object = {}) {
  const { half } = yield* newHalf()
  yield* ask(half, "POST", "sys/auth/approle", { body: { type: "approle" } })
  yield* ask(half, "POST", "auth/approle/role/agent", { body: { token_policies: "agent", token_ttl: "15m", ...role } })
  const role_id = String((yield* ask(half, "GET", "auth/approle/role/agent/role-id")).json.data.role_id)
  const secret = (yield* ask(half, "POST", "auth/approle/role/agent/secret-id", { body: {} })).json.data
  const login = (secret_id: string = secret.secret_id) =>
    ask(half, "POST", "auth/approle/login", { token: null, body: { role_id, secret_id } })
  return { half, login, secret }
})

describe("AppRole", () => {
  it.effect("a login gives an orphan with the role's policies, and the same entity each time", () =>
    Effect.gen(function* () {
      const { login } = yield* approleHalf()
      const first = (yield* login()).json.auth
      const second = (yield* login()).json.auth
      assert.deepStrictEqual(
        [first.policies, first.lease_duration, first.orphan, first.metadata],
        [["agent", "default"], 900, true, { role_name: "agent" }],
      )
      assert.strictEqual(first.entity_id, second.entity_id)
      assert.notStrictEqual(first.client_token, second.client_token)
    }),
  )

  it.effect("a secret id ends by time and by use", () =>
    Effect.gen(function* () {
      const timed = yield* approleHalf({ secret_id_ttl: "10m" })
      assert.strictEqual((yield* timed.login()).status, 200)
      yield* TestClock.adjust("10 minutes")
      assert.deepStrictEqual((yield* timed.login()).json.errors, ["invalid role or secret ID"])
      const counted = yield* approleHalf({ secret_id_num_uses: 2 })
      const statuses = yield* Effect.all([counted.login(), counted.login(), counted.login()])
      assert.deepStrictEqual(
        statuses.map((answer) => answer.status),
        [200, 200, 400],
      )
    }),
  )

  it.effect("a wrapped secret id is unwrapped once; whoever comes second is told so", () =>
    Effect.gen(function* () {
      const { half, login } = yield* approleHalf()
      const headers = { "x-vault-wrap-ttl": "60s" }
      const wrapped = yield* ask(half, "POST", "auth/approle/role/agent/secret-id", { headers, body: {} })
      const unwrap = ask(half, "POST", "sys/wrapping/unwrap", { token: wrapped.json.wrap_info.token })
      assert.strictEqual((yield* login((yield* unwrap).json.data.secret_id)).status, 200)
      const second = yield* unwrap
      assert.deepStrictEqual(
        [second.status, second.json.errors],
        [400, ["wrapping token is not valid or does not exist"]],
      )
    }),
  )

  it.effect("a destroyed secret id logs nobody in", () =>
    Effect.gen(function* () {
      const { half, login, secret } = yield* approleHalf()
      const listed = yield* ask(half, "LIST", "auth/approle/role/agent/secret-id")
      assert.deepStrictEqual(listed.json.data.keys, [secret.secret_id_accessor])
      yield* ask(half, "POST", "auth/approle/role/agent/secret-id-accessor/destroy", {
        body: { secret_id_accessor: secret.secret_id_accessor },
      })
      assert.strictEqual((yield* login()).status, 400)
    }),
  )

  it.effect("a role that binds no secret id needs none, and what is missing is said", () =>
    Effect.gen(function* () {
      const free = yield* approleHalf({ bind_secret_id: false })
      assert.strictEqual((yield* free.login("")).status, 200)
      const bound = yield* approleHalf()
      assert.deepStrictEqual((yield* bound.login("")).json.errors, ["missing secret_id"])
      const nothing = yield* ask(bound.half, "POST", "auth/approle/login", { token: null, body: {} })
      assert.strictEqual(nothing.status, 500)
    }),
  )

  it.effect("a write changes what it names and keeps the rest", () =>
    Effect.gen(function* () {
      const { half, login } = yield* approleHalf()
      yield* ask(half, "POST", "auth/approle/role/agent", { body: { token_ttl: "5m" } })
      const role = (yield* ask(half, "GET", "auth/approle/role/agent")).json.data
      assert.deepStrictEqual([role.token_ttl, role.token_policies], [300, ["agent"]])
      assert.strictEqual((yield* login()).json.auth.lease_duration, 300)
      assert.strictEqual((yield* ask(half, "GET", "auth/approle/role/none/role-id")).status, 404)
    }),
  )
})
