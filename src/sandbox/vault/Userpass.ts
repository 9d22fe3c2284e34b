/** The userpass login method: names and passwords. Passwords are kept as a salted hash, as a matter of habit. */
import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto"
import { Effect } from "effect"
import { type Backend, type Handler, route } from "./Backend.ts"
import { listed } from "./LeaseRoutes.ts"
import { loggedIn, shownSettings, TOKEN_FIELDS, tokenSettings, type TokenSettings } from "./Login.ts"
import { bad } from "./Protocol.ts"
import type { VaultState } from "./State.ts"

interface User {
  readonly salt: Buffer
  readonly hash: Buffer
  readonly token: TokenSettings
}

const hashed = (password: string, salt: Buffer): Buffer => scryptSync(password, salt, 32, { N: 1024 })

/** A new userpass method. */
export const userpass = (state: VaultState): Backend => {
  const users = new Map<string, User>()
  const entities = new Map<string, string>()

  const write: Handler = Effect.fnUntraced(function* ({ params }) {
    const name = params.text("name").toLowerCase()
    const before = users.get(name)
    const password = params.text("password")
    if (before === undefined && password === "") return yield* bad("missing password")
    const salt = randomBytes(16)
    const secret = password === "" && before !== undefined ? before : { salt, hash: hashed(password, salt) }
    users.set(name, { salt: secret.salt, hash: secret.hash, token: tokenSettings(params, before?.token) })
    return undefined
  })

  const login: Handler = Effect.fnUntraced(function* (call) {
    const name = call.params.text("name").toLowerCase()
    const password = call.params.text("password")
    if (password === "") return yield* bad("missing password")
    const user = users.get(name)
    if (user === undefined || !timingSafeEqual(hashed(password, user.salt), user.hash))
      return yield* bad("invalid username or password")
    const identity = { displayName: `userpass-${name}`, meta: { username: name }, alias: name }
    return yield* loggedIn(state, call, user.token, identity, entities)
  })

  const read: Handler = ({ params }) => {
    const user = users.get(params.text("name").toLowerCase())
    return Effect.succeed(user === undefined ? undefined : { data: shownSettings(user.token) })
  }

  return {
    open: route("login/.+"),
    routes: [
      { path: route("login/(?<name>NAME)"), fields: { password: "text" }, on: { update: login } },
      { path: route("users/?"), on: { list: () => Effect.succeed(listed([...users.keys()].sort())) } },
      {
        path: route("users/(?<name>NAME)"),
        fields: { ...TOKEN_FIELDS, password: "text" },
        exists: (params) => users.has(params.text("name").toLowerCase()),
        on: {
          read,
          update: write,
          delete: ({ params }) =>
            Effect.as(
              Effect.sync(() => users.delete(params.text("name").toLowerCase())),
              undefined,
            ),
        },
      },
      {
        path: route("users/(?<name>NAME)/password"),
        fields: { password: "text" },
        on: { update: write },
      },
    ],
  }
}
