/** The credential behind a signature: found by its access key id, and what its policies decide at the time of the call. */
import type { Principal } from "./AwsCall.ts"
import { type Identity, type IamUser, type PolicyHolder, type Session, type UserKey, userKeyOf } from "./Identity.ts"
import { managedPolicy } from "./ManagedPolicies.ts"
import { type PolicyDecision, type PolicyLayer, decide } from "./Policy.ts"
import { parsePolicy, policyOf } from "./PolicyDocument.ts"

/** Who signed, with what. */
export type Credential =
  | { readonly _tag: "user"; readonly key: UserKey; readonly principal: Principal }
  | { readonly _tag: "session"; readonly session: Session; readonly principal: Principal }

const alive = (identity: Identity, user: IamUser): boolean =>
  identity.users.get(userKeyOf(user.account, user.name)) === user

/**
 * The credential of an access key id. `undefined` also for a key that is inactive and for a session whose user was
 * deleted: AWS tells neither from an id that never was.
 */
export const findCredential = (identity: Identity, accessKeyId: string): Credential | undefined => {
  const key = identity.keys.get(accessKeyId)
  if (key !== undefined) {
    if (!key.active || !alive(identity, key.user)) return undefined
    const { account, arn, uniqueId } = key.user
    return { _tag: "user", key, principal: { account, arn, userId: uniqueId } }
  }
  const session = identity.sessions.get(accessKeyId)
  if (session === undefined) return undefined
  if (session.origin._tag !== "role" && !alive(identity, session.origin.user)) return undefined
  return { _tag: "session", session, principal: session.principal }
}

/** The secret that the request must have been signed with. */
export const secretOf = (credential: Credential): string =>
  credential._tag === "user" ? credential.key.secretKey : credential.session.secretKey

/** The policies a user or role holds now; what cannot be read (it was checked when it was put) allows nothing. */
const ownPolicies = (holder: PolicyHolder): PolicyLayer => [
  ...[...holder.inline.values()].map((json) => parsePolicy(json) ?? []),
  ...[...holder.attached.keys()].map((arn) => managedPolicy(arn) ?? []),
]

const userLayers = (user: IamUser): ReadonlyArray<PolicyLayer> => [
  ownPolicies(user),
  ...(user.boundary === undefined ? [] : [[managedPolicy(user.boundary) ?? []]]),
]

const FULL_ACCESS: PolicyLayer = [policyOf("Allow", ["*"])]

/** What AWS never lets temporary credentials do (STS documentation, "Comparing AWS STS API operations"). */
const roleSessionLimits: PolicyLayer = [
  ...FULL_ACCESS,
  policyOf("Deny", ["sts:GetFederationToken", "sts:GetSessionToken"]),
]
const sessionTokenLimits: PolicyLayer = [...roleSessionLimits, policyOf("Deny", ["iam:*"])]
const federationLimits: PolicyLayer = [...FULL_ACCESS, policyOf("Deny", ["iam:*", "sts:*"])]

const sessionLayers = (identity: Identity, session: Session): ReadonlyArray<PolicyLayer> => {
  const { origin, policy } = session
  switch (origin._tag) {
    case "role": {
      const held = origin.role === undefined ? undefined : identity.roles.get(origin.roleArn)
      // A role deleted since then, even if it was made anew under its name, leaves its sessions without rights.
      const own = origin.role === undefined ? FULL_ACCESS : held === origin.role ? ownPolicies(held) : []
      return [own, roleSessionLimits, ...(policy === undefined ? [] : [policy])]
    }
    case "federation":
      // Without a session policy a federated user has no rights of its own.
      return [...userLayers(origin.user), federationLimits, policy ?? []]
    case "session":
      return [...userLayers(origin.user), sessionTokenLimits]
  }
}

/** Decides by the policies that hold now, not by those at the time the credential was issued. */
export const permits = (
  identity: Identity,
  credential: Credential,
  ask: { readonly action: string; readonly resource: string; readonly region: string; readonly now: number },
): PolicyDecision => {
  const { principal } = credential
  const context: Record<string, string> = {
    "aws:userid": principal.userId,
    "aws:principalarn": principal.arn,
    "aws:principalaccount": principal.account,
    "aws:requestedregion": ask.region,
    "aws:currenttime": String(Math.floor(ask.now / 1000)),
    "aws:securetransport": "false",
  }
  if (credential._tag === "user") {
    context["aws:username"] = credential.key.user.name
    context["aws:principaltype"] = "User"
  } else {
    const { origin, issuedAt } = credential.session
    context["aws:tokenissuetime"] = String(Math.floor(issuedAt / 1000))
    context["aws:principaltype"] =
      origin._tag === "role" ? "AssumedRole" : origin._tag === "federation" ? "FederatedUser" : "User"
    if (origin._tag === "role") context["aws:principalarn"] = origin.roleArn
    if (origin._tag === "session") context["aws:username"] = origin.user.name
  }
  const layers =
    credential._tag === "user" ? userLayers(credential.key.user) : sessionLayers(identity, credential.session)
  return decide(layers, { action: ask.action, resource: ask.resource, context })
}
