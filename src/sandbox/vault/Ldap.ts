/**
 * The LDAP login method. No directory is asked here: users that were written with a password are the directory, and so
 * `users/:name` takes a `password`, which Vault's own method does not know. Groups are those that Vault itself maps.
 */
import { Effect } from "effect"
import { type Backend, type Call, type Handler, reading, route } from "./Backend.ts"
import { goText } from "./Duration.ts"
import type { Fields } from "./Fields.ts"
import { loggedIn, shownSettings, TOKEN_FIELDS, tokenSettings, type TokenSettings } from "./Login.ts"
import { nameOf, tableRoutes } from "./NamedTable.ts"
import { isPassword, newPassword, type Password } from "./Passwords.ts"
import { bad, type JsonRecord } from "./Protocol.ts"
import type { VaultState } from "./State.ts"

interface Config {
  /** What was written, without the password that Vault would bind with. */
  readonly shown: JsonRecord
  readonly token: TokenSettings
}

interface User {
  /** Absent: the directory does not know the user. */
  readonly password: Password | undefined
  readonly policies: ReadonlyArray<string>
  readonly groups: ReadonlyArray<string>
}

interface Group {
  readonly policies: ReadonlyArray<string>
}

/** Where and how Vault would look into a directory: taken and shown, and of no effect here. */
const DIRECTORY_FIELDS: Fields = {
  url: "text",
  userdn: "text",
  userattr: "text",
  userfilter: "text",
  upndomain: "text",
  discoverdn: "flag",
  groupdn: "text",
  groupfilter: "text",
  groupattr: "text",
  binddn: "text",
  bindpass: "text",
  certificate: "text",
  starttls: "flag",
  insecure_tls: "flag",
  deny_null_bind: "flag",
  case_sensitive_names: "flag",
  username_as_alias: "flag",
  request_timeout: "duration",
}

const DIRECTORY_DEFAULTS: JsonRecord = {
  url: "ldap://127.0.0.1",
  userattr: "cn",
  groupattr: "cn",
  deny_null_bind: true,
}

/** The words for an unknown user as well as for a wrong password. */
const NO_BIND = "ldap operation failed: failed to bind as user"

/** A new LDAP method. */
export const ldap = (state: VaultState): Backend => {
  const users = new Map<string, User>()
  const groups = new Map<string, Group>()
  const entities = new Map<string, string>()
  let config: Config | undefined

  const configure: Handler = ({ params }) =>
    Effect.sync(() => {
      const given = Object.keys(DIRECTORY_FIELDS).flatMap((name) => {
        const value = params.raw(name)
        return value === undefined || name === "bindpass" ? [] : [[name, value] as const]
      })
      config = {
        shown: { ...DIRECTORY_DEFAULTS, ...config?.shown, ...Object.fromEntries(given) },
        token: tokenSettings(params, config?.token),
      }
      return undefined
    })
  const readConfig = reading(
    () => config,
    ({ shown, token }) => ({ ...shown, ...shownSettings(token) }),
  )

  const login: Handler = Effect.fnUntraced(function* (call) {
    if (config === undefined) return yield* bad("auth method not configured")
    const password = call.params.text("password")
    if (password === "") return yield* bad("password cannot be of zero length when passwordless binds are being denied")
    const user = users.get(nameOf(call))
    if (user?.password === undefined || !isPassword(user.password, password)) return yield* bad(NO_BIND)
    const policies = [
      ...config.token.policies,
      ...user.groups.flatMap((group) => groups.get(group.toLowerCase())?.policies ?? []),
      ...user.policies,
    ]
    const name = call.params.text("name")
    const identity = { displayName: name, meta: { username: name }, alias: name }
    const reply = yield* loggedIn(state, call, { ...config.token, policies }, identity, entities)
    const warning = `no LDAP groups found in groupDN '${goText(config.shown["groupdn"] ?? "")}'; only policies from locally-defined groups available`
    return { ...reply, warnings: [...(reply.warnings ?? []), warning] }
  })

  return {
    open: route("login/.+"),
    routes: [
      { path: route("login/(?<name>.+)"), fields: { password: "text" }, on: { update: login } },
      {
        path: route("config"),
        fields: { ...DIRECTORY_FIELDS, ...TOKEN_FIELDS },
        on: { read: readConfig, update: configure },
      },
      ...tableRoutes({
        folder: "users",
        table: users,
        fields: { password: "text", policies: "list", groups: "list" },
        entry: ({ params }: Call, before: User | undefined) => {
          const given = params.text("password")
          return Effect.succeed({
            password: given === "" ? before?.password : newPassword(given),
            policies: params.list("policies") ?? before?.policies ?? [],
            groups: params.list("groups") ?? before?.groups ?? [],
          })
        },
        shown: (user) => ({ groups: user.groups.join(","), policies: user.policies }),
      }),
      ...tableRoutes({
        folder: "groups",
        table: groups,
        fields: { policies: "list" },
        entry: ({ params }: Call) => Effect.succeed({ policies: params.list("policies") ?? [] }),
        shown: (group) => ({ policies: group.policies }),
      }),
    ],
  }
}
