/**
 * `creds/:role` and `sts/:role` of an AWS engine: one handler for all kinds of credentials. STS credentials are not
 * renewable and revoking them asks nothing of AWS; an IAM user is renewed in Vault alone and deleted at its end.
 */
import { Clock, DateTime, Effect, Option } from "effect"
import { type AskAws, type AwsSettings, passedOn } from "./AwsConfig.ts"
import type { AwsRole } from "./AwsRoles.ts"
import { makeUser, removeUser } from "./AwsUsers.ts"
import { needed } from "./AwsUpstream.ts"
import { type Call, type Handler, type Route, route } from "./Backend.ts"
import type { Edition } from "./Edition.ts"
import { bad, type JsonRecord, Refusal, type Reply, type Secret } from "./Protocol.ts"
import { randomText, SYSTEM_TTL } from "./State.ts"

/** What an engine issues credentials with. */
interface Engine {
  readonly roles: ReadonlyMap<string, AwsRole>
  readonly settings: AwsSettings
  readonly ask: AskAws
  readonly edition: Edition
}

const FIELDS = { role_arn: "text", ttl: "duration", role_session_name: "text" } as const

/** What the SDK inside Vault refuses by itself, before AWS is asked. */
const MIN_SECONDS = 900

const normal = (name: string): string => name.replace(/[^a-zA-Z0-9+=,.@_-]/g, "_")

/** The default name of an IAM user or of an assumed role's session. */
const defaultName = (call: Call, role: string): string => {
  const who = normal(`${call.token?.displayName ?? "token"}-${role}`).slice(0, 42)
  return `vault-${who}-${Math.floor(call.now / 1000)}-${randomText(20)}`.slice(0, 64)
}

const stsSeconds = (call: Call, role: AwsRole): number => {
  const asked = call.params.number("ttl") || role.defaultStsTtl || 3600
  return Math.min(asked, role.maxStsTtl || call.mount.maxTtl || SYSTEM_TTL)
}

const tooShort = (doing: string, input: string): Refusal =>
  bad(
    `${doing}: InvalidParameter: 1 validation error(s) found.\n- minimum field value of ${MIN_SECONDS}, ${input}.DurationSeconds.\n`,
  )

/** A session token under the names that the edition gives it. */
const namedToken = (edition: Edition, type: string, token: string | null): JsonRecord =>
  Object.fromEntries(edition.sessionTokenNames(type).map((name) => [name, token]))

/** The session in an STS answer, and how long it lives. */
const sessionOf = Effect.fnUntraced(function* (
  edition: Edition,
  role: AwsRole,
  xml: string,
  doing: string,
): Effect.fn.Return<Reply, Refusal> {
  const part = (name: string) => Effect.mapError(needed(xml, name), passedOn(doing))
  const expiration = DateTime.make(yield* part("Expiration"))
  const now = yield* Clock.currentTimeMillis
  const left = Option.match(expiration, {
    onNone: () => 0,
    onSome: (end) => Math.max(0, (DateTime.toEpochMillis(end) - now) / 1000),
  })
  const data: JsonRecord = {
    access_key: yield* part("AccessKeyId"),
    ...(role.credentialType === "assumed_role" ? { arn: yield* part("Arn") } : {}),
    secret_key: yield* part("SecretAccessKey"),
    ...namedToken(edition, role.credentialType, yield* part("SessionToken")),
    ttl: Math.floor(left),
  }
  const secret: Secret = { ttl: Math.round(left), maxTtl: 0, renewable: false }
  return edition.stsLeased ? { data, secret } : { data }
})

const sessionPolicies = (role: AwsRole): Record<string, string> => ({
  ...(role.policyDocument === "" ? {} : { Policy: role.policyDocument }),
  ...Object.fromEntries((role.policyArns ?? []).map((arn, index) => [`PolicyArns.member.${index + 1}.arn`, arn])),
})

/** Asks STS for a session as long as the role grants. */
const askSession = Effect.fnUntraced(function* (
  { ask, edition }: Engine,
  call: Call,
  role: AwsRole,
  action: "AssumeRole" | "GetFederationToken" | "GetSessionToken",
  params: Readonly<Record<string, string>>,
): Effect.fn.Return<Reply, Refusal> {
  const doing = action === "AssumeRole" ? "Error assuming role" : "Error generating STS keys"
  const seconds = stsSeconds(call, role)
  if (seconds < MIN_SECONDS) return yield* tooShort(doing, `${action}Input`)
  const asked = ask("sts", action, { ...params, DurationSeconds: String(seconds) })
  return yield* sessionOf(edition, role, yield* Effect.mapError(asked, passedOn(doing)), doing)
})

const assumeRole = Effect.fnUntraced(function* (
  engine: Engine,
  call: Call,
  name: string,
  role: AwsRole,
): Effect.fn.Return<Reply, Refusal> {
  const allowed = role.roleArns ?? []
  const asked = call.params.text("role_arn")
  const arn = asked || (allowed.length === 1 ? (allowed[0] ?? "") : "")
  if (arn === "") return yield* bad("did not supply a role_arn parameter and unable to determine one")
  if (!allowed.includes(arn))
    return yield* bad(`role_arn ${JSON.stringify(arn)} not in allowed role arns for Vault role ${JSON.stringify(name)}`)
  const session = call.params.text("role_session_name")
  return yield* askSession(engine, call, role, "AssumeRole", {
    RoleArn: arn,
    RoleSessionName: session === "" ? defaultName(call, name) : normal(session),
    ...sessionPolicies(role),
  })
})

const federate = (engine: Engine, call: Call, role: AwsRole): Effect.Effect<Reply, Refusal> =>
  askSession(engine, call, role, "GetFederationToken", {
    Name: `vault-${Math.floor(call.now / 1000)}-${randomText(20)}`.slice(0, 32),
    ...sessionPolicies(role),
  })

const userReply = Effect.fnUntraced(function* (
  { ask, edition, settings }: Engine,
  call: Call,
  name: string,
  role: AwsRole,
): Effect.fn.Return<Reply, Refusal> {
  const user = defaultName(call, name)
  const key = yield* makeUser(ask, user, role)
  const lengths = () => ({ ttl: settings.lease?.ttl ?? 0, maxTtl: settings.lease?.maxTtl ?? 0 })
  return {
    data: { access_key: key.accessKey, secret_key: key.secretKey, ...namedToken(edition, role.credentialType, null) },
    secret: {
      ...lengths(),
      renewable: true,
      revoke: removeUser(ask, user, call.now),
      renew: Effect.sync(lengths),
    },
  }
})

/** The credential endpoints of an engine. */
export const credentialRoutes = (engine: Engine): ReadonlyArray<Route> => {
  const issue: Handler = (call) => {
    const name = call.params.text("name")
    const role = engine.roles.get(name)
    if (role === undefined) return bad(`Role ${JSON.stringify(name)} not found`)
    switch (role.credentialType) {
      case "assumed_role":
        return assumeRole(engine, call, name, role)
      case "federation_token":
        return federate(engine, call, role)
      case "session_token":
        return askSession(engine, call, role, "GetSessionToken", {})
      default:
        return userReply(engine, call, name, role)
    }
  }
  return [{ path: route("(?:creds|sts)/(?<name>NAME)"), fields: FIELDS, on: { read: issue, update: issue } }]
}
