/** IAM roles. */
import { Effect } from "effect"
import { deleteConflict, entityExists, findRole, pageOf, pathOf, tagsXml } from "./IamShared.ts"
import { addRole, type Identity, type IamRole } from "./Identity.ts"
import { membersOf, namedWithin, type QueryAction, required, wholeWithin } from "./QueryService.ts"
import { element, isoSeconds, leaf } from "./XmlElement.ts"

const roleXml = (role: IamRole): string =>
  leaf("Path", role.path) +
  leaf("RoleName", role.name) +
  leaf("RoleId", role.uniqueId) +
  leaf("Arn", role.arn) +
  leaf("CreateDate", isoSeconds(role.createdAt)) +
  leaf("AssumeRolePolicyDocument", encodeURIComponent(role.trustPolicy)) +
  leaf("MaxSessionDuration", role.maxSessionSeconds)

const createRole = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const name = yield* namedWithin(call, "RoleName", 1, 64)
    const path = yield* pathOf(call)
    const trustPolicy = yield* required(call, "AssumeRolePolicyDocument")
    const maxSessionSeconds = yield* wholeWithin(call, "MaxSessionDuration", { min: 3600, max: 43200, fallback: 3600 })
    const { account } = call.principal
    yield* call.allow("iam:CreateRole", `arn:aws:iam::${account}:role${path}${name}`)
    const taken = [...identity.roles.values()].some(
      (role) => role.account === account && role.name.toLowerCase() === name.toLowerCase(),
    )
    if (taken) return yield* entityExists(`Role with name ${name} already exists.`)
    const role = addRole(identity, { account, name, path, trustPolicy, maxSessionSeconds, now: call.now })
    for (const tag of membersOf(call.params, "Tags")) role.tags.set(tag.get("Key") ?? "", tag.get("Value") ?? "")
    return element("Role", roleXml(role), tagsXml(role))
  })

const getRole = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const role = yield* findRole(identity, call)
    return element("Role", roleXml(role), tagsXml(role))
  })

const listRoles = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const { account } = call.principal
    yield* call.allow("iam:ListRoles", `arn:aws:iam::${account}:role/`)
    const prefix = call.params.get("PathPrefix") ?? "/"
    const roles = [...identity.roles.values()].filter(
      (role) => role.account === account && role.path.startsWith(prefix),
    )
    return yield* pageOf(call, "Roles", roles, roleXml)
  })

const deleteRole = (identity: Identity): QueryAction =>
  Effect.fnUntraced(function* (call) {
    const role = yield* findRole(identity, call)
    if (role.inline.size > 0) return yield* deleteConflict("delete policies")
    if (role.attached.size > 0) return yield* deleteConflict("detach all policies")
    identity.roles.delete(role.arn)
    return undefined
  })

/** The operations by name. */
export const roleActions = (identity: Identity): ReadonlyArray<readonly [string, QueryAction]> => [
  ["CreateRole", createRole(identity)],
  ["GetRole", getRole(identity)],
  ["ListRoles", listRoles(identity)],
  ["DeleteRole", deleteRole(identity)],
]
