/** The userpass login method: names and passwords. */
import { Effect } from "effect"
import { type Backend, type Call, type Handler, route } from "./Backend.ts"
import { loggedIn, shownSettings, TOKEN_FIELDS, tokenSettings, type TokenSettings } from "./Login.ts"
import { nameOf, tableRoutes } from "./NamedTable.ts"
import { isPassword, newPassword, type Password } from "./Passwords.ts"
import { bad, type Refusal } from "./Protocol.ts"
import type { VaultState } from "./State.ts"

interface User {
  readonly password: Password
  readonly token: TokenSettings
}

/** A new userpass method. */
export const userpass = (state: VaultState): Backend => {
  const users = new Map<string, User>()
  const entities = new Map<string, string>()

  const entry = Effect.fnUntraced(function* ({ params }: Call, before?: User): Effect.fn.Return<User, Refusal> {
    const given = params.text("password")
    if (before === undefined && given === "") return yield* bad("missing password")
    const password = given === "" && before !== undefined ? before.password : newPassword(given)
    return { password, token: tokenSettings(params, before?.token) }
  })

  const changePassword: Handler = Effect.fnUntraced(function* (call) {
    users.set(nameOf(call), yield* entry(call, users.get(nameOf(call))))
    return undefined
  })

  const login: Handler = Effect.fnUntraced(function* (call) {
    const name = nameOf(call)
    const password = call.params.text("password")
    if (password === "") return yield* bad("missing password")
    const user = users.get(name)
    if (user === undefined || !isPassword(user.password, password)) return yield* bad("invalid username or password")
    const identity = { displayName: name, meta: { username: name }, alias: name }
    return yield* loggedIn(state, call, user.token, identity, entities)
  })

  return {
    open: route("login/.+"),
    routes: [
      { path: route("login/(?<name>NAME)"), fields: { password: "text" }, on: { update: login } },
      { path: route("users/(?<name>NAME)/password"), fields: { password: "text" }, on: { update: changePassword } },
      ...tableRoutes({
        folder: "users",
        table: users,
        fields: { ...TOKEN_FIELDS, password: "text" },
        entry,
        shown: (user) => shownSettings(user.token),
      }),
    ],
  }
}
