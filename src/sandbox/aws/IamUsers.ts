/** IAM users, their tags and their access keys, as Vault's iam_user roles, static roles and root rotation use them. */
import { Effect } from "effect"
import { AwsRefusal } from "./AwsCall.ts"
import { deleteConflict, entityExists, findUser, noSuchEntity, pageOf, pathOf, tagsXml } from "./IamShared.ts"
import { addUser, addUserKey, type Identity, type IamUser, keysOf, type UserKey, userKeyOf } from "./Identity.ts"
import { managedPolicy } from "./ManagedPolicies.ts"
import { constraintError, membersOf, namedWithin, type QueryAction, type QueryCall, required } from "./QueryService.ts"
import { element, isoSeconds, leaf } from "./XmlElement.ts"

/** AWS's quota of keys per user. */
const MAX_KEYS = 2

const userXml = (user: IamUser): string =>
  leaf("Path", user.path) +
  leaf("UserName", user.name) +
  leaf("UserId", user.uniqueId) +
  leaf("Arn", user.arn) +
  leaf("CreateDate", isoSeconds(user.createdAt))

const boundaryXml = (user: IamUser): string =>
  user.boundary === undefined
    ? ""
    : element(
        "PermissionsBoundary",
        leaf("PermissionsBoundaryType", "Policy"),
        leaf("PermissionsBoundaryArn", user.boundary),
      )

const putTags = (user: IamUser, call: QueryCall): void => {
  for (const tag of membersOf(call.params, "Tags")) user.tags.set(tag.get("Key") ?? "", tag.get("Value") ?? "")
}

const createUser = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const name = yield* namedWithin(call, "UserName", 1, 64)
    const path = yield* pathOf(call)
    const { account } = call.principal
    yield* call.allow("iam:CreateUser", `arn:aws:iam::${account}:user${path}${name}`)
    // Names are unique without regard to case.
    const taken = [...identity.users.values()].some(
      (user) => user.account === account && user.name.toLowerCase() === name.toLowerCase(),
    )
    if (taken) return yield* entityExists(`User with name ${name} already exists.`)
    const boundary = call.params.get("PermissionsBoundary")
    if (boundary !== undefined && managedPolicy(boundary) === undefined) {
      return yield* noSuchEntity(`Scope ARN: ${boundary} does not exist or is not attachable.`)
    }
    const user = addUser(identity, { account, name, path, boundary, now: call.now })
    putTags(user, call)
    return element("User", userXml(user), boundaryXml(user), tagsXml(user))
  })

const getUser = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const user = yield* findUser(identity, call, true)
    return element("User", userXml(user), boundaryXml(user), tagsXml(user))
  })

const listUsers = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const { account } = call.principal
    yield* call.allow("iam:ListUsers", `arn:aws:iam::${account}:user/`)
    const prefix = call.params.get("PathPrefix") ?? "/"
    const users = [...identity.users.values()].filter(
      (user) => user.account === account && user.path.startsWith(prefix),
    )
    return yield* pageOf(call, "Users", users, userXml)
  })

const deleteUser = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const user = yield* findUser(identity, call)
    if (keysOf(identity, user).length > 0) return yield* deleteConflict("delete access keys")
    if (user.inline.size > 0) return yield* deleteConflict("delete policies")
    if (user.attached.size > 0) return yield* deleteConflict("detach all policies")
    identity.users.delete(userKeyOf(user.account, user.name))
    return undefined
  })

const tagUser = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    putTags(yield* findUser(identity, call), call)
    return undefined
  })

const untagUser = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const user = yield* findUser(identity, call)
    for (const key of membersOf(call.params, "TagKeys")) user.tags.delete(key.get("") ?? "")
    return undefined
  })

const listUserTags = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const user = yield* findUser(identity, call)
    return tagsXml(user) + leaf("IsTruncated", false)
  })

/** The sandbox has no groups: a user is in none. */
const listGroupsForUser = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    yield* findUser(identity, call)
    return element("Groups") + leaf("IsTruncated", false)
  })

const keyXml = (key: UserKey): string =>
  leaf("UserName", key.user.name) +
  leaf("AccessKeyId", key.accessKeyId) +
  leaf("Status", key.active ? "Active" : "Inactive") +
  leaf("CreateDate", isoSeconds(key.createdAt))

const createAccessKey = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const user = yield* findUser(identity, call, true)
    if (keysOf(identity, user).length >= MAX_KEYS) {
      return yield* new AwsRefusal({
        status: 409,
        code: "LimitExceeded",
        message: `Cannot exceed quota for AccessKeysPerUser: ${MAX_KEYS}`,
      })
    }
    const key = addUserKey(identity, user, call.now)
    return element("AccessKey", keyXml(key), leaf("SecretAccessKey", key.secretKey))
  })

const listAccessKeys = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const user = yield* findUser(identity, call, true)
    return yield* pageOf(call, "AccessKeyMetadata", keysOf(identity, user), keyXml)
  })

const findKey = Effect.fnUntraced(function* (
  identity: Identity,
  call: QueryCall,
): Effect.fn.Return<UserKey, AwsRefusal> {
  const user = yield* findUser(identity, call, true)
  const id = yield* required(call, "AccessKeyId")
  const key = identity.keys.get(id)
  return key?.user === user ? key : yield* noSuchEntity(`The Access Key with id ${id} cannot be found.`)
})

const deleteAccessKey = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const key = yield* findKey(identity, call)
    identity.keys.delete(key.accessKeyId)
    return undefined
  })

const updateAccessKey = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const key = yield* findKey(identity, call)
    const status = yield* required(call, "Status")
    if (status !== "Active" && status !== "Inactive") {
      return yield* constraintError(status, "status", "Member must satisfy enum value set: [Active, Inactive]")
    }
    identity.keys.set(key.accessKeyId, { ...key, active: status === "Active" })
    return undefined
  })

/** The operations by name. */
export const userActions = (identity: Identity): ReadonlyArray<readonly [string, QueryAction]> => [
  ["CreateUser", createUser(identity)],
  ["GetUser", getUser(identity)],
  ["ListUsers", listUsers(identity)],
  ["DeleteUser", deleteUser(identity)],
  ["TagUser", tagUser(identity)],
  ["UntagUser", untagUser(identity)],
  ["ListUserTags", listUserTags(identity)],
  ["ListGroupsForUser", listGroupsForUser(identity)],
  ["CreateAccessKey", createAccessKey(identity)],
  ["ListAccessKeys", listAccessKeys(identity)],
  ["DeleteAccessKey", deleteAccessKey(identity)],
  ["UpdateAccessKey", updateAccessKey(identity)],
]
