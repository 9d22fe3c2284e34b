/**
 * The AWS login method of type `iam`: whoever can sign a call to STS is who STS says. Vault sends the signed call on to
 * the configured STS endpoint; without one nothing leaves the machine and nobody gets in.
 */
import { randomUUID } from "node:crypto"
import { Effect, Result } from "effect"
import { forwardSigned } from "./AwsForward.ts"
import { type Caller, callerOf, serverIdProblem, signedRequestOf } from "./AwsLoginRequest.ts"
import { type AwsRefused, type AwsUpstream, needed } from "./AwsUpstream.ts"
import { type Backend, type Call, type Handler, reading, route } from "./Backend.ts"
import type { Fields } from "./Fields.ts"
import { starMatches } from "./Glob.ts"
import { loggedIn, OLD_TOKEN_FIELDS, shownSettings, TOKEN_FIELDS, tokenSettings, type TokenSettings } from "./Login.ts"
import { listNames, tableRoutes } from "./NamedTable.ts"
import { bad, type JsonRecord, type Refusal } from "./Protocol.ts"
import type { VaultState } from "./State.ts"

interface Config {
  readonly accessKey: string
  readonly secretKey: string
  readonly iamEndpoint: string
  readonly stsEndpoint: string
  readonly stsRegion: string
  readonly serverId: string
}

interface Role {
  readonly id: string
  readonly arns: ReadonlyArray<string>
  /** Unique ids of the principals, where they were looked up as the role was written: a new one of an old name is not let in. */
  readonly ids: ReadonlyArray<string>
  readonly resolve: boolean
  readonly token: TokenSettings
}

const CONFIG_FIELDS: Fields = {
  access_key: "text",
  secret_key: "text",
  endpoint: "text",
  iam_endpoint: "text",
  sts_endpoint: "text",
  sts_region: "text",
  iam_server_id_header_value: "text",
  allowed_sts_header_values: "list",
  max_retries: "int",
}

const ROLE_FIELDS: Fields = {
  ...TOKEN_FIELDS,
  ...OLD_TOKEN_FIELDS,
  auth_type: "text",
  bound_iam_principal_arn: "list",
  resolve_aws_unique_ids: "flag",
}

const LOGIN_FIELDS: Fields = {
  role: "text",
  iam_http_request_method: "text",
  iam_request_url: "text",
  iam_request_body: "text",
  iam_request_headers: "any",
}

const UNSET: Config = { accessKey: "", secretKey: "", iamEndpoint: "", stsEndpoint: "", stsRegion: "", serverId: "" }

/** The user or role of a name, as IAM tells it now. */
const lookUp = Effect.fnUntraced(function* (
  upstream: AwsUpstream,
  config: Config,
  principal: Pick<Caller, "kind" | "name">,
): Effect.fn.Return<{ readonly arn: string; readonly id: string }, AwsRefused> {
  const what = principal.kind === "user" ? "User" : "Role"
  const xml = yield* upstream.call({
    service: "iam",
    endpoint: config.iamEndpoint,
    region: "us-east-1",
    key: { accessKeyId: config.accessKey, secretKey: config.secretKey },
    action: `Get${what}`,
    params: { [`${what}Name`]: principal.name },
  })
  return { arn: yield* needed(xml, "Arn"), id: yield* needed(xml, `${what}Id`) }
})

const PRINCIPAL = /^arn:[\w-]+:iam::\d+:(user|role)\/(?:.+\/)?([^/*]+)$/

const shownConfig = (config: Config): JsonRecord => ({
  access_key: config.accessKey,
  endpoint: "",
  iam_endpoint: config.iamEndpoint,
  iam_server_id_header_value: config.serverId,
  max_retries: -1,
  sts_endpoint: config.stsEndpoint,
  sts_region: config.stsRegion,
})

const shownRole = (role: Role): JsonRecord => ({
  auth_type: "iam",
  bound_iam_principal_arn: role.arns,
  bound_iam_principal_id: role.ids,
  resolve_aws_unique_ids: role.resolve,
  role_id: role.id,
  ...shownSettings(role.token),
})

/** A new AWS method that looks principals up through `upstream`. */
export const awsLogin = (state: VaultState, upstream: AwsUpstream): Backend => {
  const roles = new Map<string, Role>()
  const entities = new Map<string, string>()
  let config: Config | undefined

  const configure: Handler = ({ params }) =>
    Effect.sync(() => {
      const before = config ?? UNSET
      config = {
        accessKey: params.text("access_key", before.accessKey),
        secretKey: params.text("secret_key", before.secretKey),
        iamEndpoint: params.text("iam_endpoint", before.iamEndpoint),
        stsEndpoint: params.text("sts_endpoint", before.stsEndpoint),
        stsRegion: params.text("sts_region", before.stsRegion),
        serverId: params.text("iam_server_id_header_value", before.serverId),
      }
      return undefined
    })
  const readConfig = reading(() => config, shownConfig)
  const forgetConfig: Handler = () =>
    Effect.sync(() => {
      config = undefined
      return undefined
    })

  const entry = Effect.fnUntraced(function* ({ params }: Call, before?: Role): Effect.fn.Return<Role, Refusal> {
    const type = params.text("auth_type", "iam")
    if (type === "ec2") return yield* bad("the sandbox lets in principals of IAM only: auth_type iam")
    if (type !== "iam") return yield* bad(`unrecognized auth_type: ${type}`)
    const arns = params.list("bound_iam_principal_arn") ?? before?.arns ?? []
    if (arns.length === 0) return yield* bad("at least one bound parameter should be specified on the role")
    const resolve = params.flag("resolve_aws_unique_ids", before?.resolve ?? true)
    const ids: Array<string> = []
    for (const arn of resolve ? arns.filter((one) => !one.endsWith("*")) : []) {
      const [, kind, name] = PRINCIPAL.exec(arn) ?? []
      const refused = (why: string) => bad(`unable to resolve ARN ${JSON.stringify(arn)} to internal ID: ${why}`)
      if (name === undefined) return yield* refused("unrecognized arn")
      const principal = { kind: kind === "user" ? "user" : "role", name } as const
      const found = yield* Effect.mapError(lookUp(upstream, config ?? UNSET, principal), ({ text }) => refused(text))
      ids.push(found.id)
    }
    return { id: before?.id ?? randomUUID(), arns, ids, resolve, token: tokenSettings(params, before?.token) }
  })

  /** Who signed the request, by the word of the STS that was configured. */
  const identify = Effect.fnUntraced(function* (call: Call): Effect.fn.Return<Caller, Refusal> {
    const signed = signedRequestOf(call.params)
    if (Result.isFailure(signed)) return yield* bad(signed.failure)
    const { serverId, stsEndpoint } = config ?? UNSET
    const unbound = serverId === "" ? undefined : serverIdProblem(signed.success.headers, serverId)
    if (unbound !== undefined) return yield* bad(`error validating X-Vault-AWS-IAM-Server-ID header: ${unbound}`)
    const failed = (why: string) => bad(`error making upstream request: ${why}`)
    if (!URL.canParse(stsEndpoint))
      return yield* failed('error making request: Post "https://sts.amazonaws.com/": no sts_endpoint is configured')
    const answer = yield* Effect.mapError(forwardSigned(new URL(stsEndpoint), signed.success), (code) =>
      failed(`error making request: Post ${JSON.stringify(stsEndpoint)}: ${code}`),
    )
    if (answer.status !== 200) return yield* failed(`received error code ${answer.status} from STS: ${answer.text}`)
    const caller = callerOf(answer.text)
    return Result.isFailure(caller) ? yield* bad(caller.failure) : caller.success
  })

  const isBound = Effect.fnUntraced(function* (role: Role, caller: Caller): Effect.fn.Return<boolean, Refusal> {
    if (role.ids.includes(caller.uniqueId)) return true
    if (!role.resolve && role.arns.includes(caller.canonicalArn)) return true
    const patterns = role.arns.filter((arn) => arn.endsWith("*"))
    if (patterns.length === 0) return false
    // A wildcard is about the ARN with its path, which a session's ARN does not show.
    const full = yield* Effect.mapError(lookUp(upstream, config ?? UNSET, caller), ({ text }) =>
      bad(`error looking up full ARN of entity ${caller.name}: ${text}`),
    )
    return patterns.some((pattern) => starMatches(pattern, full.arn))
  })

  const login: Handler = Effect.fnUntraced(function* (call) {
    const given = Object.keys(LOGIN_FIELDS).some((name) => name !== "role" && call.params.has(name))
    if (!given) return yield* bad("didn't supply required authentication values")
    const caller = yield* identify(call)
    const name = call.params.text("role") || caller.name
    const role = roles.get(name.toLowerCase())
    if (role === undefined) return yield* bad(`entry for role ${name} not found`)
    if (!(yield* isBound(role, caller)))
      return yield* bad(
        `IAM Principal ${JSON.stringify(caller.arn)} does not belong to the role ${JSON.stringify(name)}`,
      )
    const meta = { account_id: caller.account, auth_type: "iam", role_id: role.id }
    return yield* loggedIn(state, call, role.token, { displayName: caller.name, meta, alias: role.id }, entities)
  })

  return {
    open: route("login"),
    routes: [
      { path: route("login"), fields: LOGIN_FIELDS, on: { update: login } },
      {
        path: route("config/client"),
        fields: CONFIG_FIELDS,
        on: { read: readConfig, update: configure, delete: forgetConfig },
      },
      { path: route("roles/?"), on: { list: listNames(roles) } },
      ...tableRoutes({ folder: "role", table: roles, fields: ROLE_FIELDS, entry, shown: shownRole }),
    ],
  }
}
