/**
 * Who exists in the sandbox's AWS: IAM users with their keys, roles, and the sessions issued from them. One mutable
 * state for all accounts; it is changed only between two yields of a fiber, so a change is never seen by half.
 */
import type { Principal } from "./AwsCall.ts"
import { newAccessKeyId, newSecretKey, newSessionToken, newUniqueId } from "./AwsIds.ts"
import type { PolicyLayer } from "./Policy.ts"

/** What users and roles have in common. `inline`: policy JSON by name; `attached`: policy names by ARN. */
export interface PolicyHolder {
  readonly account: string
  readonly name: string
  /** `/` or `/team/`. */
  readonly path: string
  readonly arn: string
  /** `AIDA…` or `AROA…`. */
  readonly uniqueId: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly inline: Map<string, string>
  readonly attached: Map<string, string>
  readonly tags: Map<string, string>
}

/** A user. The permissions boundary is a managed policy's ARN. */
export interface IamUser extends PolicyHolder {
  readonly boundary: string | undefined
}

/** A role and its trust policy (JSON, shown but not evaluated: `sts:AssumeRole` of the caller decides). */
export interface IamRole extends PolicyHolder {
  readonly maxSessionSeconds: number
  readonly trustPolicy: string
}

/** A user's long-lived key. */
export interface UserKey {
  readonly accessKeyId: string
  readonly secretKey: string
  readonly user: IamUser
  readonly createdAt: number
  readonly active: boolean
}

/** What a session may do at most: what its role or user may at the time of the call. An unknown role may do everything. */
type SessionOrigin =
  | { readonly _tag: "role"; readonly roleArn: string; readonly role: IamRole | undefined }
  | { readonly _tag: "federation"; readonly user: IamUser }
  | { readonly _tag: "session"; readonly user: IamUser }

/** Temporary credentials. Times are milliseconds since the epoch. */
export interface Session {
  readonly accessKeyId: string
  readonly secretKey: string
  readonly token: string
  readonly principal: Principal
  readonly origin: SessionOrigin
  /** Narrows the origin's permissions; `undefined`: no session policy was given. */
  readonly policy: PolicyLayer | undefined
  readonly issuedAt: number
  readonly expiresAt: number
}

/** The whole state. Users by `ACCOUNT/NAME`, roles by ARN, keys and sessions by access key id. */
export interface Identity {
  readonly users: Map<string, IamUser>
  readonly keys: Map<string, UserKey>
  readonly roles: Map<string, IamRole>
  readonly sessions: Map<string, Session>
}

/** The user that the root key belongs to (`ACCOUNT/NAME`): Vault's own, who may assume roles that nobody made. */
export const ROOT_USER = { account: "123456789012", name: "vault-root" }

/** Nobody. */
export const emptyIdentity = (): Identity => ({
  users: new Map(),
  keys: new Map(),
  roles: new Map(),
  sessions: new Map(),
})

/** The key of {@link Identity.users}. */
export const userKeyOf = (account: string, name: string): string => `${account}/${name}`

/** Adds a user without keys or policies, in place of one of the same name. */
export const addUser = (
  identity: Identity,
  options: {
    readonly account: string
    readonly name: string
    readonly now: number
    readonly path?: string
    readonly boundary?: string | undefined
  },
): IamUser => {
  const path = options.path ?? "/"
  const user: IamUser = {
    account: options.account,
    name: options.name,
    path,
    arn: `arn:aws:iam::${options.account}:user${path}${options.name}`,
    uniqueId: newUniqueId("AIDA"),
    createdAt: options.now,
    inline: new Map(),
    attached: new Map(),
    tags: new Map(),
    boundary: options.boundary,
  }
  identity.users.set(userKeyOf(user.account, user.name), user)
  return user
}

/** Adds a role without policies, in place of one of the same ARN. */
export const addRole = (
  identity: Identity,
  options: Pick<IamRole, "account" | "name" | "path" | "maxSessionSeconds" | "trustPolicy"> & { readonly now: number },
): IamRole => {
  const { now, ...given } = options
  const role: IamRole = {
    ...given,
    arn: `arn:aws:iam::${options.account}:role${options.path}${options.name}`,
    uniqueId: newUniqueId("AROA"),
    createdAt: now,
    inline: new Map(),
    attached: new Map(),
    tags: new Map(),
  }
  identity.roles.set(role.arn, role)
  return role
}

/** Gives a user a key: a fresh one, or a given one. */
export const addUserKey = (
  identity: Identity,
  user: IamUser,
  now: number,
  options: { readonly key?: Pick<UserKey, "accessKeyId" | "secretKey"> } = {},
): UserKey => {
  const key: UserKey = {
    accessKeyId: options.key?.accessKeyId ?? newAccessKeyId("AKIA"),
    secretKey: options.key?.secretKey ?? newSecretKey(),
    user,
    createdAt: now,
    active: true,
  }
  identity.keys.set(key.accessKeyId, key)
  return key
}

/** The keys of a user, oldest first. */
export const keysOf = (identity: Identity, user: IamUser): ReadonlyArray<UserKey> =>
  [...identity.keys.values()].filter((key) => key.user === user)

/** How long an ended session is remembered, so that its use is told as expired and not as unknown: a day. */
const REMEMBERED_MILLIS = 24 * 60 * 60 * 1000

/** Issues temporary credentials. */
export const addSession = (
  identity: Identity,
  options: Pick<Session, "principal" | "origin" | "policy"> & { readonly now: number; readonly seconds: number },
): Session => {
  for (const [id, old] of identity.sessions) {
    if (old.expiresAt + REMEMBERED_MILLIS < options.now) identity.sessions.delete(id)
  }
  // AWS tells expirations in whole seconds.
  const issuedAt = Math.floor(options.now / 1000) * 1000
  const session: Session = {
    accessKeyId: newAccessKeyId("ASIA"),
    secretKey: newSecretKey(),
    token: newSessionToken(),
    principal: options.principal,
    origin: options.origin,
    policy: options.policy,
    issuedAt,
    expiresAt: issuedAt + options.seconds * 1000,
  }
  identity.sessions.set(session.accessKeyId, session)
  return session
}

/** Moves the end of a session to `seconds` from now, unless it is later already. */
export const prolongSession = (identity: Identity, session: Session, now: number, seconds: number): Session => {
  const end = Math.floor(now / 1000) * 1000 + seconds * 1000
  const longer = { ...session, expiresAt: Math.max(session.expiresAt, end) }
  identity.sessions.set(session.accessKeyId, longer)
  return longer
}
