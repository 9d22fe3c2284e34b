/** The JWT login method: tokens of somebody else's issuer, checked by keys that were configured. */
import { Effect, Result } from "effect"
import { type Backend, type Call, type Handler, reading, route } from "./Backend.ts"
import { goText } from "./Duration.ts"
import { type Fields, recordOf } from "./Fields.ts"
import { matchesAny } from "./Glob.ts"
import { audiencesOf, claimAt, type JwtKey, readKeys, signedClaims, timeProblem } from "./Jwt.ts"
import { loggedIn, OLD_TOKEN_FIELDS, shownSettings, TOKEN_FIELDS, tokenSettings, type TokenSettings } from "./Login.ts"
import { tableRoutes } from "./NamedTable.ts"
import { bad, type Json, type JsonRecord, type Refusal } from "./Protocol.ts"
import type { VaultState } from "./State.ts"

interface Config {
  readonly texts: ReadonlyArray<string>
  readonly keys: ReadonlyArray<JwtKey>
  readonly issuer: string
  readonly defaultRole: string
}

interface Role {
  readonly type: string
  readonly userClaim: string
  readonly audiences: ReadonlyArray<string>
  readonly subject: string
  readonly claims: JsonRecord
  readonly glob: boolean
  readonly mappings: Readonly<Record<string, string>>
  readonly token: TokenSettings
}

const CONFIG_FIELDS: Fields = {
  jwt_validation_pubkeys: "list",
  bound_issuer: "text",
  default_role: "text",
  jwt_supported_algs: "list",
  jwks_url: "text",
  oidc_discovery_url: "text",
}

const ROLE_FIELDS: Fields = {
  ...TOKEN_FIELDS,
  ...OLD_TOKEN_FIELDS,
  role_type: "text",
  user_claim: "text",
  bound_audiences: "list",
  bound_subject: "text",
  bound_claims: "any",
  bound_claims_type: "text",
  claim_mappings: "map",
}

const valuesOf = (value: Json): ReadonlyArray<Json> => (Array.isArray(value) ? value : [value])

/** What in a token does not fit the role; `undefined`: everything does. */
const misfit = (role: Role, claims: JsonRecord): string | undefined => {
  const audiences = audiencesOf(claims)
  if (role.audiences.length === 0 && audiences.length > 0)
    return "audience claim found in JWT but no audiences bound to the role"
  if (role.audiences.length > 0 && !role.audiences.some((one) => audiences.includes(one)))
    return "aud claim does not match any bound audience"
  if (role.subject !== "" && claims["sub"] !== role.subject) return "sub claim does not match bound subject"
  for (const [name, wanted] of Object.entries(role.claims)) {
    const actual = claimAt(claims, name)
    if (actual === undefined || actual === null) return `claim ${JSON.stringify(name)} is missing`
    const fits = valuesOf(wanted).some((value) =>
      valuesOf(actual).some((one) =>
        role.glob && typeof value === "string" ? typeof one === "string" && matchesAny([value], one) : one === value,
      ),
    )
    if (!fits) return `claim ${JSON.stringify(name)} does not match any associated bound claim values`
  }
  return undefined
}

const roleEntry = Effect.fnUntraced(function* ({ params }: Call, before?: Role): Effect.fn.Return<Role, Refusal> {
  const type = params.text("role_type") || "oidc"
  if (type !== "jwt" && type !== "oidc") return yield* bad(`invalid 'role_type': ${type}`)
  const role: Role = {
    type,
    userClaim: params.text("user_claim", before?.userClaim),
    audiences: params.list("bound_audiences") ?? before?.audiences ?? [],
    subject: params.text("bound_subject", before?.subject),
    claims: recordOf(params.raw("bound_claims")) ?? before?.claims ?? {},
    glob: params.text("bound_claims_type", before?.glob === true ? "glob" : "string") === "glob",
    mappings: params.map("claim_mappings") ?? before?.mappings ?? {},
    token: tokenSettings(params, before?.token),
  }
  if (role.userClaim === "") return yield* bad("a user claim must be defined on the role")
  const bound = role.audiences.length > 0 || role.subject !== "" || Object.keys(role.claims).length > 0
  if (type === "jwt" && !bound)
    return yield* bad("must have at least one bound constraint when creating/updating a role")
  return role
})

const shownConfig = (config: Config): JsonRecord => ({
  jwt_validation_pubkeys: config.texts.filter((text) => text.includes("-----BEGIN")),
  bound_issuer: config.issuer,
  default_role: config.defaultRole,
  jwt_supported_algs: [],
  jwks_url: "",
  oidc_discovery_url: "",
})

const shownRole = (role: Role): JsonRecord => ({
  role_type: role.type,
  user_claim: role.userClaim,
  bound_audiences: role.audiences,
  bound_subject: role.subject,
  bound_claims: role.claims,
  bound_claims_type: role.glob ? "glob" : "string",
  claim_mappings: role.mappings,
  ...shownSettings(role.token),
})

/** A new JWT method. */
export const jwt = (state: VaultState): Backend => {
  const roles = new Map<string, Role>()
  const entities = new Map<string, string>()
  let config: Config | undefined

  const configure: Handler = Effect.fnUntraced(function* ({ params }) {
    const texts = params.list("jwt_validation_pubkeys") ?? []
    const elsewhere = params.text("jwks_url") !== "" || params.text("oidc_discovery_url") !== ""
    if (texts.length === 0 && !elsewhere)
      return yield* bad("exactly one of 'jwt_validation_pubkeys', 'jwks_url' or 'oidc_discovery_url' must be set")
    // Nothing leaves the machine: keys that somebody else publishes are not fetched.
    if (elsewhere) return yield* bad("the sandbox fetches no keys: set 'jwt_validation_pubkeys'")
    const keys = readKeys(texts)
    if (Result.isFailure(keys)) return yield* bad(`error parsing public key: ${keys.failure}`)
    const issuer = params.text("bound_issuer")
    config = { texts, keys: keys.success, issuer, defaultRole: params.text("default_role").toLowerCase() }
    return undefined
  })
  const readConfig = reading(() => config, shownConfig)

  const login: Handler = Effect.fnUntraced(function* (call) {
    if (config === undefined) return yield* bad("could not load configuration")
    const name = call.params.text("role").toLowerCase() || config.defaultRole
    if (name === "") return yield* bad("missing role")
    const role = roles.get(name)
    if (role === undefined) return yield* bad(`role ${JSON.stringify(name)} could not be found`)
    if (role.type === "oidc") return yield* bad("role with oidc role_type is not allowed")
    const token = call.params.text("jwt")
    if (token === "") return yield* bad("missing token")
    const signed = signedClaims(token, config.keys)
    if (Result.isFailure(signed))
      return yield* bad(`error validating token: error verifying token signature: ${signed.failure}`)
    const claims = signed.success
    if (config.issuer !== "" && claims["iss"] !== config.issuer)
      return yield* bad("error validating token: invalid issuer (iss) claim")
    const late = timeProblem(claims, call.now)
    if (late !== undefined) return yield* bad(`error validating token: ${late}`)
    const wrong = misfit(role, claims)
    if (wrong !== undefined) return yield* bad(`error validating claims: ${wrong}`)
    const user = claimAt(claims, role.userClaim)
    if (user === undefined) return yield* bad(`claim ${JSON.stringify(role.userClaim)} not found in token`)
    if (typeof user !== "string")
      return yield* bad(`claim ${JSON.stringify(role.userClaim)} could not be converted to string`)
    const mapped = Object.entries(role.mappings).flatMap(([from, to]) => {
      const value = claimAt(claims, from)
      return value === undefined ? [] : [[to, goText(value)] as const]
    })
    const meta = { ...Object.fromEntries(mapped), role: name }
    return yield* loggedIn(state, call, role.token, { displayName: user, meta, alias: user }, entities)
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
