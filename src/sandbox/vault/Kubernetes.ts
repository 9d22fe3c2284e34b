/**
 * The Kubernetes login method: service account tokens. Vault asks the cluster whether a token still counts; no cluster
 * is asked here, so its signing key must be configured (`pem_keys`), and the signature is all that is checked of that.
 */
import { Effect, Result } from "effect"
import { type Backend, type Call, type Handler, reading, route } from "./Backend.ts"
import { goText } from "./Duration.ts"
import { type Fields, recordOf } from "./Fields.ts"
import { matchesAny } from "./Glob.ts"
import { audiencesOf, claimAt, type JwtKey, readKeys, signedClaims, timeProblem } from "./Jwt.ts"
import { loggedIn, OLD_TOKEN_FIELDS, shownSettings, TOKEN_FIELDS, tokenSettings, type TokenSettings } from "./Login.ts"
import { tableRoutes } from "./NamedTable.ts"
import { bad, deadToken, type JsonRecord, Refusal } from "./Protocol.ts"
import type { VaultState } from "./State.ts"

interface Config {
  readonly host: string
  readonly caCert: string
  readonly texts: ReadonlyArray<string>
  readonly keys: ReadonlyArray<JwtKey>
}

interface Role {
  readonly names: ReadonlyArray<string>
  readonly namespaces: ReadonlyArray<string>
  readonly audience: string
  readonly aliasSource: string
  readonly token: TokenSettings
}

const CONFIG_FIELDS: Fields = {
  kubernetes_host: "text",
  kubernetes_ca_cert: "text",
  pem_keys: "list",
  jwt_validation_pubkeys: "list",
  token_reviewer_jwt: "text",
  issuer: "text",
  disable_iss_validation: "flag",
  disable_local_ca_jwt: "flag",
}

const ROLE_FIELDS: Fields = {
  ...TOKEN_FIELDS,
  ...OLD_TOKEN_FIELDS,
  bound_service_account_names: "list",
  bound_service_account_namespaces: "list",
  audience: "text",
  alias_name_source: "text",
}

/** Whose token it is. */
interface ServiceAccount {
  readonly name: string
  readonly namespace: string
  readonly uid: string
}

/** Projected tokens tell it in one claim with members, the older ones in claims with long names. */
const accountOf = (claims: JsonRecord): ServiceAccount => {
  const projected = recordOf(claims["kubernetes.io"])
  const text = (name: string) => {
    const value = claimAt(claims, `kubernetes.io/serviceaccount/${name}`)
    return typeof value === "string" ? value : ""
  }
  if (projected === undefined)
    return { name: text("service-account.name"), namespace: text("namespace"), uid: text("service-account.uid") }
  const account = recordOf(projected["serviceaccount"]) ?? {}
  return {
    name: goText(account["name"] ?? ""),
    namespace: goText(projected["namespace"] ?? ""),
    uid: goText(account["uid"] ?? ""),
  }
}

const roleEntry = Effect.fnUntraced(function* ({ params }: Call, before?: Role): Effect.fn.Return<Role, Refusal> {
  const role: Role = {
    names: params.list("bound_service_account_names") ?? before?.names ?? [],
    namespaces: params.list("bound_service_account_namespaces") ?? before?.namespaces ?? [],
    audience: params.text("audience", before?.audience),
    aliasSource: params.text("alias_name_source") || before?.aliasSource || "serviceaccount_uid",
    token: tokenSettings(params, before?.token),
  }
  for (const [what, list] of [
    ["bound_service_account_names", role.names],
    ["bound_service_account_namespaces", role.namespaces],
  ] as const) {
    if (list.length === 0) return yield* bad(`"${what}" can not be empty`)
    if (list.length > 1 && list.includes("*")) return yield* bad('can not mix "*" with values')
  }
  return role
})

const shownConfig = (config: Config): JsonRecord => ({
  disable_iss_validation: true,
  disable_local_ca_jwt: false,
  issuer: "",
  kubernetes_ca_cert: config.caCert,
  kubernetes_host: config.host,
  pem_keys: config.texts.filter((text) => text.includes("-----BEGIN")),
})

const shownRole = (role: Role): JsonRecord => ({
  alias_name_source: role.aliasSource,
  ...(role.audience === "" ? {} : { audience: role.audience }),
  bound_service_account_names: role.names,
  bound_service_account_namespaces: role.namespaces,
  ...shownSettings(role.token),
})

const forbidden = (text: string): Refusal => new Refusal({ status: 403, errors: [text] })

/** A new Kubernetes method. */
export const kubernetes = (state: VaultState): Backend => {
  const roles = new Map<string, Role>()
  const entities = new Map<string, string>()
  let config: Config | undefined

  const configure: Handler = Effect.fnUntraced(function* ({ params }) {
    const host = params.text("kubernetes_host")
    if (host === "") return yield* bad("no host provided")
    const texts = [...(params.list("pem_keys") ?? []), ...(params.list("jwt_validation_pubkeys") ?? [])]
    if (texts.length === 0) return yield* bad("the sandbox asks no Kubernetes: set 'pem_keys'")
    const keys = readKeys(texts)
    if (Result.isFailure(keys)) return yield* bad(keys.failure)
    config = { host, caCert: params.text("kubernetes_ca_cert"), texts, keys: keys.success }
    return undefined
  })
  const readConfig = reading(() => config, shownConfig)

  const login: Handler = Effect.fnUntraced(function* (call) {
    for (const name of ["role", "jwt"]) if (call.params.text(name) === "") return yield* bad(`missing ${name}`)
    const name = call.params.text("role")
    const role = roles.get(name.toLowerCase())
    if (role === undefined) return yield* bad(`invalid role name ${JSON.stringify(name)}`)
    if (config === undefined)
      return yield* new Refusal({ status: 500, errors: ["could not load backend configuration"] })
    const signed = signedClaims(call.params.text("jwt"), config.keys)
    if (Result.isFailure(signed)) return yield* deadToken()
    const claims = signed.success
    const late = timeProblem(claims, call.now, true)
    if (late !== undefined) return yield* forbidden(late)
    if (role.audience !== "" && !audiencesOf(claims).includes(role.audience))
      return yield* forbidden("invalid audience (aud) claim: audience claim does not match any expected audience")
    const account = accountOf(claims)
    if (!matchesAny(role.namespaces, account.namespace)) return yield* forbidden("namespace not authorized")
    if (!matchesAny(role.names, account.name)) return yield* forbidden("service account name not authorized")
    if (account.uid === "") return yield* new Refusal({ status: 500, errors: ["could not parse UID from claims"] })
    const full = `${account.namespace}/${account.name}`
    const meta = {
      role: name,
      service_account_name: account.name,
      service_account_namespace: account.namespace,
      service_account_secret_name: "",
      service_account_uid: account.uid,
    }
    const alias = role.aliasSource === "serviceaccount_name" ? full : account.uid
    return yield* loggedIn(state, call, role.token, { displayName: full.replace("/", "-"), meta, alias }, entities)
  })

  return {
    open: route("login"),
    routes: [
      { path: route("login"), fields: { role: "text", jwt: "text" }, on: { update: login } },
      { path: route("config"), fields: CONFIG_FIELDS, on: { read: readConfig, update: configure } },
      ...tableRoutes({ folder: "role", table: roles, fields: ROLE_FIELDS, entry: roleEntry, shown: shownRole }),
    ],
  }
}
