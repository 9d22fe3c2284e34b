/** STS: temporary credentials out of a role or a user, and who a credential is. */
import { Effect } from "effect"
import { AwsRefusal } from "./AwsCall.ts"
import type { Credential } from "./Credential.ts"
import { addSession, type Identity, type IamUser, prolongSession, ROOT_USER, type Session } from "./Identity.ts"
import type { PolicyDocument } from "./PolicyDocument.ts"
import {
  type BuiltInService,
  namedWithin,
  type QueryAction,
  type QueryCall,
  queryService,
  required,
  wholeWithin,
  validationError,
} from "./QueryService.ts"
import { deniedRefusal } from "./Refusals.ts"
import { credentialsXml, HOUR, roleRequest, roleSession, sessionPolicy } from "./StsSessions.ts"
import { element, leaf } from "./XmlElement.ts"

/** GetFederationToken and GetSessionToken: 15 minutes to 36 hours. */
const userSeconds = { min: 900, max: 36 * HOUR, fallback: 12 * HOUR }

const isRootUser = (credential: Credential): boolean =>
  credential._tag === "user" &&
  credential.key.user.account === ROOT_USER.account &&
  credential.key.user.name === ROOT_USER.name

/**
 * Trust policies are not evaluated: whoever may call `sts:AssumeRole` on the ARN gets the role. A role that nobody made
 * is given to Vault's own user alone and may do everything, so that a Vault role can name any ARN.
 */
const assumeRole = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const asked = yield* roleRequest(call)
    const { roleArn, seconds } = asked
    yield* call.allow("sts:AssumeRole", roleArn)
    const role = identity.roles.get(roleArn)
    if (role === undefined && !isRootUser(call.credential)) {
      return yield* deniedRefusal("query", call.principal.arn, "sts:AssumeRole", roleArn, false)
    }
    if (call.credential._tag === "session" && seconds > HOUR) {
      return yield* validationError(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
      )
    }
    return yield* roleSession(identity, asked, role, call.now)
  })

/** These two are for a user's own key only. */
const userOf = (call: QueryCall, operation: string): Effect.Effect<IamUser, AwsRefusal> =>
  call.credential._tag === "user"
    ? Effect.succeed(call.credential.key.user)
    : Effect.fail(
        new AwsRefusal({
          status: 403,
          code: "AccessDenied",
          message: `Cannot call ${operation} with session credentials`,
        }),
      )

/** Names of federated users that Vault makes up (time and random letters): nobody chose them, nobody misses one. */
const MADE_UP = /^vault-\d+-/

/** How soon a second request counts as the same one. */
const SAME_BREATH_MILLIS = 2000

/**
 * The session that Vault got a moment ago for the same user and policy. AWS gives new keys each time; the recordings'
 * AWS gave the same ones, and a Vault that is compared with them must not differ by what stands behind it. So a second
 * request of Vault's in the same breath prolongs the first one's session. Whoever chooses a name always gets new keys.
 */
const sameBreath = (
  identity: Identity,
  user: IamUser,
  policy: ReadonlyArray<PolicyDocument> | undefined,
  now: number,
): Session | undefined =>
  [...identity.sessions.values()].find(
    (session) =>
      session.origin._tag === "federation" &&
      session.origin.user === user &&
      MADE_UP.test(session.principal.userId.split(":")[1] ?? "") &&
      now - session.issuedAt < SAME_BREATH_MILLIS &&
      JSON.stringify(session.policy) === JSON.stringify(policy),
  )

const getFederationToken = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const name = yield* namedWithin(call, "Name", 2, 32)
    const seconds = yield* wholeWithin(call, "DurationSeconds", userSeconds)
    const policy = yield* sessionPolicy(call)
    const user = yield* userOf(call, "GetFederationToken")
    const arn = `arn:aws:sts::${user.account}:federated-user/${name}`
    yield* call.allow("sts:GetFederationToken", arn)
    const { now } = call
    const again = MADE_UP.test(name) ? sameBreath(identity, user, policy, now) : undefined
    const given = { account: user.account, arn, userId: `${user.account}:${name}` }
    const origin = { _tag: "federation" as const, user }
    const session =
      again === undefined
        ? addSession(identity, { principal: given, origin, policy, now, seconds })
        : prolongSession(identity, again, now, seconds)
    const { principal } = session
    return (
      credentialsXml(session, Math.floor(now / 1000) * 1000 + seconds * 1000) +
      element("FederatedUser", leaf("FederatedUserId", principal.userId), leaf("Arn", principal.arn)) +
      leaf("PackedPolicySize", policy === undefined ? 0 : 6)
    )
  })

const getSessionToken = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const seconds = yield* wholeWithin(call, "DurationSeconds", userSeconds)
    const user = yield* userOf(call, "GetSessionToken")
    const origin = { _tag: "session" as const, user }
    return credentialsXml(
      addSession(identity, { principal: call.principal, origin, policy: undefined, now: call.now, seconds }),
    )
  })

/** Needs no permission, not even under a Deny. */
const getCallerIdentity: QueryAction = ({ principal }) =>
  Effect.succeed(leaf("UserId", principal.userId) + leaf("Account", principal.account) + leaf("Arn", principal.arn))

const getAccessKeyInfo = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const id = yield* required(call, "AccessKeyId")
    yield* call.allow("sts:GetAccessKeyInfo", "*")
    const account = identity.keys.get(id)?.user.account ?? identity.sessions.get(id)?.principal.account
    return account === undefined ? yield* validationError(`Invalid Access Key: ${id}`) : leaf("Account", account)
  })

/** The service. */
export const makeSts = (identity: Identity): BuiltInService =>
  queryService(
    "sts",
    new Map<string, QueryAction>([
      ["AssumeRole", assumeRole(identity)],
      ["GetFederationToken", getFederationToken(identity)],
      ["GetSessionToken", getSessionToken(identity)],
      ["GetCallerIdentity", getCallerIdentity],
      ["GetAccessKeyInfo", getAccessKeyInfo(identity)],
    ]),
  )
