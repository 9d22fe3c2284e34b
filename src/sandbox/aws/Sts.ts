/** STS: temporary credentials out of a role or a user, and who a credential is. */
import { Effect } from "effect"
import { AwsRefusal } from "./AwsCall.ts"
import { uniqueIdOf } from "./AwsIds.ts"
import type { Credential } from "./Credential.ts"
import { addSession, type Identity, type IamUser, ROOT_USER, type Session } from "./Identity.ts"
import { malformedPolicy } from "./IamShared.ts"
import { managedPolicy } from "./ManagedPolicies.ts"
import { parsePolicy, type PolicyDocument } from "./PolicyDocument.ts"
import {
  type BuiltInService,
  membersOf,
  namedWithin,
  type QueryAction,
  type QueryCall,
  queryService,
  required,
  wholeWithin,
  validationError,
} from "./QueryService.ts"
import { deniedRefusal } from "./Refusals.ts"
import { element, isoTime, leaf } from "./XmlElement.ts"

const HOUR = 3600

/** AssumeRole: 15 minutes to 12 hours; a role may allow less. */
const roleSeconds = { min: 900, max: 12 * HOUR, fallback: HOUR }

/** GetFederationToken and GetSessionToken: 15 minutes to 36 hours. */
const userSeconds = { min: 900, max: 36 * HOUR, fallback: 12 * HOUR }

const credentialsXml = (session: Session): string =>
  element(
    "Credentials",
    leaf("AccessKeyId", session.accessKeyId),
    leaf("SecretAccessKey", session.secretKey),
    leaf("SessionToken", session.token),
    leaf("Expiration", isoTime(session.expiresAt).replace(".000Z", "Z")),
  )

/** `Policy` and `PolicyArns` together are the session policy; `undefined` when neither was given. */
const sessionPolicy = Effect.fnUntraced(function* (
  call: QueryCall,
): Effect.fn.Return<ReadonlyArray<PolicyDocument> | undefined, AwsRefusal> {
  const documents: Array<PolicyDocument> = []
  const json = call.params.get("Policy") ?? ""
  if (json !== "") {
    const document = parsePolicy(json)
    if (document === undefined) return yield* malformedPolicy
    documents.push(document)
  }
  for (const member of membersOf(call.params, "PolicyArns")) {
    const arn = member.get("arn") ?? ""
    const document = managedPolicy(arn)
    if (document === undefined) return yield* validationError(`Policy ARN ${arn} does not exist or is not attachable.`)
    documents.push(document)
  }
  return documents.length === 0 ? undefined : documents
})

const isRootUser = (credential: Credential): boolean =>
  credential._tag === "user" &&
  credential.key.user.account === ROOT_USER.account &&
  credential.key.user.name === ROOT_USER.name

const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64})$/

/**
 * Trust policies are not evaluated: whoever may call `sts:AssumeRole` on the ARN gets the role. A role that nobody made
 * is given to Vault's own user alone and may do everything, so that a Vault role can name any ARN.
 */
const assumeRole = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const roleArn = yield* required(call, "RoleArn")
    const [, account, roleName] = ROLE_ARN.exec(roleArn) ?? []
    if (account === undefined || roleName === undefined) return yield* validationError(`${roleArn} is invalid`)
    const sessionName = yield* namedWithin(call, "RoleSessionName", 2, 64)
    const seconds = yield* wholeWithin(call, "DurationSeconds", roleSeconds)
    const policy = yield* sessionPolicy(call)

    yield* call.allow("sts:AssumeRole", roleArn)
    const role = identity.roles.get(roleArn)
    if (role === undefined && !isRootUser(call.credential)) {
      return yield* deniedRefusal("query", call.principal.arn, "sts:AssumeRole", roleArn, false)
    }
    if (role !== undefined && seconds > role.maxSessionSeconds) {
      return yield* validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    }
    if (call.credential._tag === "session" && seconds > HOUR) {
      return yield* validationError(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
      )
    }
    const session = addSession(identity, {
      principal: {
        account,
        arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`,
        userId: `${role?.uniqueId ?? uniqueIdOf("AROA", roleArn)}:${sessionName}`,
      },
      origin: { _tag: "role", roleArn, role },
      policy,
      now: call.now,
      seconds,
    })
    const { userId, arn } = session.principal
    return credentialsXml(session) + element("AssumedRoleUser", leaf("AssumedRoleId", userId), leaf("Arn", arn))
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

const getFederationToken = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const name = yield* namedWithin(call, "Name", 2, 32)
    const seconds = yield* wholeWithin(call, "DurationSeconds", userSeconds)
    const policy = yield* sessionPolicy(call)
    const user = yield* userOf(call, "GetFederationToken")
    const arn = `arn:aws:sts::${user.account}:federated-user/${name}`
    yield* call.allow("sts:GetFederationToken", arn)
    const principal = { account: user.account, arn, userId: `${user.account}:${name}` }
    const origin = { _tag: "federation" as const, user }
    const session = addSession(identity, { principal, origin, policy, now: call.now, seconds })
    return (
      credentialsXml(session) +
      element("FederatedUser", leaf("FederatedUserId", principal.userId), leaf("Arn", arn)) +
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
