import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, newHalf } from "../../kit/VaultCalls.ts"

const start = Effect.fnUntraced(function* () {
  const { half } = yield* newHalf()
  const post = (path: string, body: object) => ask(half, "POST", path, { body })
  yield* post("sys/auth/ldap", { type: "ldap" })
  const login = (name: string, password: string) =>
    ask(half, "POST", `auth/ldap/login/${name}`, { token: null, body: { password } })
  return { half, login, post }
})

describe("the LDAP login", () => {
  it.effect("a user gets the policies of the method, of the groups and of its own", () =>
    Effect.gen(function* () {
      const { half, login, post } = yield* start()
      const config = {
        url: "ldaps://dir.test",
        groupdn: "ou=g",
        bindpass: "hidden",
        token_policies: "all",
        token_ttl: 600,
      }
      yield* post("auth/ldap/config", config)
      yield* post("auth/ldap/groups/Admins", { policies: "admin" })
      yield* post("auth/ldap/users/ana", { password: "correct horse", policies: "own", groups: "admins,none" })
      const answer = yield* login("Ana", "correct horse")
      assert.deepStrictEqual(answer.json.auth.policies, ["admin", "all", "default", "own"])
      assert.deepStrictEqual([answer.json.auth.lease_duration, answer.json.auth.metadata], [600, { username: "Ana" }])
      assert.include(answer.json.warnings[0], "no LDAP groups found in groupDN 'ou=g'")
      const self = yield* ask(half, "GET", "auth/token/lookup-self", { token: answer.json.auth.client_token })
      assert.deepStrictEqual([self.json.data.display_name, self.json.data.path], ["ldap-Ana", "auth/ldap/login/Ana"])
    }),
  )

  it.effect("a wrong password, an unknown user and one without a password cannot bind", () =>
    Effect.gen(function* () {
      const { login, post } = yield* start()
      const refusal = (name: string, password: string) =>
        Effect.map(login(name, password), ({ json, status }) => `${status} ${json.errors?.[0]}`)
      assert.strictEqual(yield* refusal("ana", "x"), "400 auth method not configured")
      yield* post("auth/ldap/config", {})
      yield* post("auth/ldap/users/ana", { password: "one" })
      yield* post("auth/ldap/users/mapped", { policies: "p" })
      for (const [name, password] of [
        ["ana", "two"],
        ["eva", "one"],
        ["mapped", "one"],
      ] as const)
        assert.strictEqual(yield* refusal(name, password), "400 ldap operation failed: failed to bind as user", name)
      assert.include(yield* refusal("ana", ""), "400 password cannot be of zero length")
      assert.include(yield* refusal("ana", "one"), "200")
    }),
  )

  it.effect("no password is shown, and what a write does not name stays", () =>
    Effect.gen(function* () {
      const { half, login, post } = yield* start()
      yield* post("auth/ldap/config", { url: "ldaps://dir.test", binddn: "cn=vault", bindpass: "hidden" })
      yield* post("auth/ldap/config", { userattr: "uid" })
      yield* post("auth/ldap/users/ana", { password: "one", groups: "a" })
      yield* post("auth/ldap/users/ana", { policies: "p" })
      const config = yield* ask(half, "GET", "auth/ldap/config")
      assert.notInclude(JSON.stringify(config.json), "hidden")
      assert.deepStrictEqual([config.json.data.url, config.json.data.userattr], ["ldaps://dir.test", "uid"])
      const user = yield* ask(half, "GET", "auth/ldap/users/ana")
      assert.deepStrictEqual(user.json.data, { groups: "a", policies: ["p"] })
      assert.strictEqual((yield* login("ana", "one")).status, 200)
      assert.deepStrictEqual((yield* ask(half, "LIST", "auth/ldap/users")).json.data.keys, ["ana"])
      yield* ask(half, "DELETE", "auth/ldap/users/ana")
      assert.strictEqual((yield* login("ana", "one")).status, 400)
    }),
  )
})
