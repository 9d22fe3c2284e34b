/** What the operations of STS share that give temporary credentials: their parameters, and the session of a role. */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { uniqueIdOf } from "./AwsIds.ts"
import { malformedPolicy } from "./IamShared.ts"
import { addSession, type IamRole, type Identity, type Session } from "./Identity.ts"
import { managedPolicy } from "./ManagedPolicies.ts"
import { parsePolicy, type PolicyDocument } from "./PolicyDocument.ts"
import { membersOf, namedWithin, type QueryCall, required, validationError, wholeWithin } from "./QueryService.ts"
import { element, isoTime, leaf } from "./XmlElement.ts"

/** Seconds. */
export const HOUR = 3600

/** A role may allow less. */
const roleSeconds = { min: 900, max: 12 * HOUR, fallback: HOUR }

/** Credentials as every operation tells them. */
export const credentialsXml = (session: Session, expiresAt = session.expiresAt): string =>
  element(
    "Credentials",
    leaf("AccessKeyId", session.accessKeyId),
    leaf("SecretAccessKey", session.secretKey),
    leaf("SessionToken", session.token),
    leaf("Expiration", isoTime(expiresAt).replace(".000Z", "Z")),
  )

/** `Policy` and `PolicyArns` together are the session policy; `undefined` when neither was given. */
export const sessionPolicy = Effect.fnUntraced(function* (
  call: Pick<QueryCall, "params">,
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

const ROLE_ARN = /^arn:aws:iam::(\d{12}):role\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64})$/

/** What a request for a role's session says. */
interface RoleRequest {
  readonly roleArn: string
  readonly account: string
  readonly roleName: string
  readonly sessionName: string
  readonly seconds: number
  readonly policy: ReadonlyArray<PolicyDocument> | undefined
}

/** Reads it. */
export const roleRequest = Effect.fnUntraced(function* (
  call: Pick<QueryCall, "params">,
): Effect.fn.Return<RoleRequest, AwsRefusal> {
  const roleArn = yield* required(call, "RoleArn")
  const [, account, roleName] = ROLE_ARN.exec(roleArn) ?? []
  if (account === undefined || roleName === undefined) return yield* validationError(`${roleArn} is invalid`)
  const sessionName = yield* namedWithin(call, "RoleSessionName", 2, 64)
  const seconds = yield* wholeWithin(call, "DurationSeconds", roleSeconds)
  return { roleArn, account, roleName, sessionName, seconds, policy: yield* sessionPolicy(call) }
})

/** Issues a session of the role (`undefined`: one that nobody made) and gives the elements that tell it. */
export const roleSession = Effect.fnUntraced(function* (
  identity: Identity,
  asked: RoleRequest,
  role: IamRole | undefined,
  now: number,
): Effect.fn.Return<string, AwsRefusal> {
  const { account, policy, roleArn, roleName, seconds, sessionName } = asked
  if (role !== undefined && seconds > role.maxSessionSeconds)
    return yield* validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
  const arn = `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`
  const userId = `${role?.uniqueId ?? uniqueIdOf("AROA", roleArn)}:${sessionName}`
  const origin = { _tag: "role" as const, roleArn, role }
  const session = addSession(identity, { principal: { account, arn, userId }, origin, policy, now, seconds })
  return credentialsXml(session) + element("AssumedRoleUser", leaf("AssumedRoleId", userId), leaf("Arn", arn))
})
