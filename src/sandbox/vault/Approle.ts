/** The AppRole login method: roles with an id, secret ids that may end or wear out, and the login. */
import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import { type Backend, type Call, type Handler, route } from "./Backend.ts"
import type { Fields } from "./Fields.ts"
import { listed } from "./LeaseRoutes.ts"
import { loggedIn, shownSettings, TOKEN_FIELDS, tokenSettings, type TokenSettings } from "./Login.ts"
import { bad, type JsonRecord, Refusal, type Reply } from "./Protocol.ts"
import type { VaultState } from "./State.ts"

interface SecretId {
  readonly id: string
  readonly accessor: string
  readonly meta: Readonly<Record<string, string>>
  /** Seconds; 0: never ends. */
  readonly ttl: number
  readonly createdAt: number
  /** 0: as often as one likes. */
  usesLeft: number
}

interface Role {
  readonly name: string
  roleId: string
  bindSecretId: boolean
  secretIdTtl: number
  secretIdUses: number
  token: TokenSettings
  readonly secretIds: Map<string, SecretId>
}

const ROLE_FIELDS: Fields = {
  ...TOKEN_FIELDS,
  bind_secret_id: "flag",
  secret_id_ttl: "duration",
  secret_id_num_uses: "int",
  secret_id_bound_cidrs: "list",
  local_secret_ids: "flag",
  role_id: "text",
}

const SECRET_FIELDS: Fields = {
  metadata: "text",
  ttl: "duration",
  num_uses: "int",
  cidr_list: "list",
  secret_id: "text",
}

const WRONG = "invalid role or secret ID"

const ended = (secret: SecretId, now: number): boolean => secret.ttl > 0 && secret.createdAt + secret.ttl * 1000 <= now

const shownRole = (role: Role): JsonRecord => ({
  bind_secret_id: role.bindSecretId,
  local_secret_ids: false,
  secret_id_bound_cidrs: null,
  secret_id_num_uses: role.secretIdUses,
  secret_id_ttl: role.secretIdTtl,
  ...shownSettings(role.token),
})

/** A new AppRole method. */
export const approle = (state: VaultState): Backend => {
  const roles = new Map<string, Role>()
  const entities = new Map<string, string>()
  const roleOf = (call: Call): Role | undefined => roles.get(call.params.text("name").toLowerCase())

  const write: Handler = ({ params }) =>
    Effect.sync(() => {
      const name = params.text("name").toLowerCase()
      const before = roles.get(name)
      roles.set(name, {
        name,
        roleId: params.text("role_id") || before?.roleId || randomUUID(),
        bindSecretId: params.flag("bind_secret_id", before?.bindSecretId ?? true),
        secretIdTtl: params.number("secret_id_ttl", before?.secretIdTtl),
        secretIdUses: params.number("secret_id_num_uses", before?.secretIdUses),
        token: tokenSettings(params, before?.token),
        secretIds: before?.secretIds ?? new Map(),
      })
      return undefined
    })

  /** An endpoint below a role that must exist. */
  const withRole = (work: (role: Role, call: Call) => Reply | undefined): Handler =>
    Effect.fnUntraced(function* (call) {
      const role = roleOf(call)
      if (role !== undefined) return work(role, call)
      return yield* new Refusal({ status: 404, errors: [`role "${call.params.text("name")}" does not exist`] })
    })

  const newSecretId = withRole((role, { now, params }) => {
    const secret: SecretId = {
      id: params.text("secret_id") || randomUUID(),
      accessor: randomUUID(),
      meta: {},
      ttl: params.has("ttl") ? params.number("ttl") : role.secretIdTtl,
      createdAt: now,
      usesLeft: params.has("num_uses") ? params.number("num_uses") : role.secretIdUses,
    }
    role.secretIds.set(secret.id, secret)
    return {
      data: {
        secret_id: secret.id,
        secret_id_accessor: secret.accessor,
        secret_id_num_uses: secret.usesLeft,
        secret_id_ttl: secret.ttl,
      },
      wrappedAccessor: secret.accessor,
    }
  })

  const destroySecretId = withRole((role, { params }) => {
    for (const secret of role.secretIds.values())
      if (secret.id === params.text("secret_id") || secret.accessor === params.text("secret_id_accessor"))
        role.secretIds.delete(secret.id)
    return undefined
  })

  /** Uses a secret id up by one; false when it is not good. */
  const useSecretId = (role: Role, id: string, now: number): boolean => {
    const secret = role.secretIds.get(id)
    if (secret === undefined || ended(secret, now)) return false
    if (secret.usesLeft === 1) role.secretIds.delete(id)
    else if (secret.usesLeft > 1) secret.usesLeft--
    return true
  }

  const login: Handler = Effect.fnUntraced(function* (call) {
    const roleId = call.params.text("role_id")
    // Vault looks for the alias before it looks at the parameters: nothing given is an internal error there.
    if (roleId === "")
      return yield* new Refusal({ status: 500, errors: ["failed to determine alias name from login request"] })
    const role = [...roles.values()].find((candidate) => candidate.roleId === roleId)
    if (role === undefined) return yield* bad(WRONG)
    if (role.bindSecretId) {
      const secretId = call.params.text("secret_id")
      if (secretId === "") return yield* bad("missing secret_id")
      if (!useSecretId(role, secretId, call.now)) return yield* bad(WRONG)
    }
    const identity = { displayName: "", meta: { role_name: role.name }, alias: role.roleId }
    return yield* loggedIn(state, call, role.token, identity, entities)
  })

  return {
    open: route("login"),
    routes: [
      { path: route("login"), fields: { role_id: "text", secret_id: "text" }, on: { update: login } },
      { path: route("role/?"), on: { list: () => Effect.succeed(listed([...roles.keys()].sort())) } },
      {
        path: route("role/(?<name>NAME)"),
        fields: ROLE_FIELDS,
        exists: (params) => roles.has(params.text("name").toLowerCase()),
        on: {
          read: (call) => {
            const role = roleOf(call)
            return Effect.succeed(role === undefined ? undefined : { data: shownRole(role) })
          },
          update: write,
          delete: (call) =>
            Effect.as(
              Effect.sync(() => roles.delete(call.params.text("name").toLowerCase())),
              undefined,
            ),
        },
      },
      {
        path: route("role/(?<name>NAME)/role-id"),
        fields: { role_id: "text" },
        on: {
          read: withRole((role) => ({ data: { role_id: role.roleId } })),
          update: withRole((role, { params }) => {
            role.roleId = params.text("role_id") || role.roleId
            return undefined
          }),
        },
      },
      {
        path: route("role/(?<name>NAME)/(?:custom-)?secret-id/?"),
        fields: SECRET_FIELDS,
        on: {
          list: withRole((role) => listed([...role.secretIds.values()].map((secret) => secret.accessor).sort())),
          update: newSecretId,
        },
      },
      {
        path: route("role/(?<name>NAME)/secret-id(?:-accessor)?/destroy"),
        fields: { secret_id: "text", secret_id_accessor: "text" },
        on: { update: destroySecretId, delete: destroySecretId },
      },
    ],
  }
}
