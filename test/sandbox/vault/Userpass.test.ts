import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, newHalf } from "../../kit/VaultCalls.ts"

const start = Effect.fnUntraced(function* () {
  const { half } = yield* newHalf()
  yield* ask(half, "POST", "sys/auth/people", { body: { type: "userpass" } })
  yield* ask(half, "POST", "auth/people/users/Ana", { body: { password: "one" } })
  const login = (name: string, password: string) =>
    ask(half, "POST", `auth/people/login/${name}`, { token: null, body: { password } })
  return { half, login }
})

describe("userpass", () => {
  it.effect("names are without case, and the display name tells mount and name", () =>
    Effect.gen(function* () {
      const { half, login } = yield* start()
      const token = (yield* login("ANA", "one")).json.auth.client_token
      const self = yield* ask(half, "GET", "auth/token/lookup-self", { token })
      assert.deepStrictEqual(
        [self.json.data.display_name, self.json.data.path],
        ["people-ana", "auth/people/login/ANA"],
      )
    }),
  )

  it.effect("a changed password counts at once, a deleted user never again", () =>
    Effect.gen(function* () {
      const { half, login } = yield* start()
      yield* ask(half, "POST", "auth/people/users/ana/password", { body: { password: "two" } })
      assert.deepStrictEqual([(yield* login("ana", "one")).status, (yield* login("ana", "two")).status], [400, 200])
      yield* ask(half, "DELETE", "auth/people/users/ana")
      assert.deepStrictEqual((yield* login("ana", "two")).json.errors, ["invalid username or password"])
      assert.strictEqual((yield* ask(half, "LIST", "auth/people/users")).status, 404)
    }),
  )

  it.effect("a new user needs a password, and a user is shown without it", () =>
    Effect.gen(function* () {
      const { half } = yield* start()
      assert.strictEqual((yield* ask(half, "POST", "auth/people/users/bo", { body: {} })).status, 400)
      const shown = yield* ask(half, "GET", "auth/people/users/ana")
      assert.notInclude(JSON.stringify(shown.json), "one")
      assert.strictEqual(shown.json.data.token_type, "default")
    }),
  )
})
