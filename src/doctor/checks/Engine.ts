/** The checks of what is mounted in Vault: `mount` and `role`, as far as the token may look. Pure. */
import type { Result } from "effect"
import { agentOf } from "../../config/Agents.ts"
import { agentVariable } from "../../config/AgentSettings.ts"
import type { LeaseTarget } from "../../lease/LeaseModel.ts"
import type { VaultError } from "../../vault/VaultError.ts"
import type { EngineRole, MountInfo } from "../../vault/VaultModel.ts"
import { type Check, fail, type Link, ok, skipped } from "../Check.ts"
import { told } from "./Told.ts"

const MOUNT = "VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH"
const LIST = "`vault secrets list` shows what is mounted"

/** What is known of the token's rights on the credentials' path; `undefined`: it may not ask. */
export type Right = "yes" | "no" | undefined

/** Nothing is mounted there. */
export const noMount = (link: Link, mount: string): Check =>
  fail(
    link,
    "mount_missing",
    `nothing is mounted at "${mount}" in this Vault`,
    `set ${MOUNT} to the AWS engine's path (${LIST}), check the namespace, or enable it: vault secrets enable -path=${mount} aws`,
  )

/**
 * What is mounted. Vault answers a token that has no right below a mount as if nothing were there; one that has may see
 * the mount, so for that one nothing is there.
 */
export const mountCheck = (
  { mount }: LeaseTarget,
  found: Result.Result<MountInfo, VaultError>,
  right: Right,
): Check => {
  if (found._tag === "Success") {
    const { type } = found.success
    return type === "aws"
      ? ok("mount", `"${mount}" is an AWS secrets engine`)
      : fail(
          "mount",
          "wrong_engine",
          `"${mount}" is a ${type} engine, not an AWS one`,
          `set ${MOUNT} to the AWS engine's path (${LIST})`,
        )
  }
  switch (found.failure.reason._tag) {
    case "PermissionMissing":
      return right === "yes"
        ? noMount("mount", mount)
        : skipped("mount", `the token may not see what is mounted at "${mount}", if anything is`)
    case "NotFound":
    case "InvalidRequest":
      return skipped("mount", "this Vault does not tell what is mounted")
    default:
      return told("mount", found.failure)
  }
}

/** Where a target's role is set. */
const roleSetting = ({ account, principal }: LeaseTarget): string => {
  if (account !== undefined) return `role of the account ${account} in the config file`
  const agent = agentOf(principal)
  return agent === undefined ? "VAULT_AWS_MCP_VAULT_AWS_ROLE" : agentVariable(agent, "role")
}

/** The engine has no such role. */
export const noRole = (link: Link, target: LeaseTarget): Check => {
  const { endpoint, mount, role } = target
  const roles = endpoint === "static-creds" ? "static-roles" : "roles"
  return fail(
    link,
    "role_unknown",
    `the AWS engine at "${mount}" has no role "${role}"`,
    `set ${roleSetting(target)} to one of: vault list ${mount}/${roles}`,
  )
}

/** Where a role's ARN is chosen. Only accounts have one. */
const chooseArn = ({ account }: LeaseTarget, arn: string): string =>
  account === undefined
    ? `name the ARN in an account of the config file, and give that account to the tools:\naccounts:\n  prod:\n    role_arn: ${arn}`
    : `set role_arn of the account ${account} in the config file to the one that is meant, such as ${arn}`

/** A role that allows several ARNs, while none is chosen. */
export const ambiguousArn = (link: Link, target: LeaseTarget, arns: ReadonlyArray<string>): Check => {
  const all = arns.length === 0 ? "several role ARNs" : arns.join(", ")
  const what = `Vault's role ${target.role} allows ${all}, and none of them is asked for`
  return fail(link, "role_arn_ambiguous", what, chooseArn(target, arns[0] ?? "arn:aws:iam::123456789012:role/NAME"))
}

/** An ARN is chosen that the role does not allow. `arns`: those it allows, where that is known. */
export const forbiddenArn = (link: Link, target: LeaseTarget, arns: ReadonlyArray<string>): Check => {
  const { account, mount, role, roleArn = "that ARN" } = target
  const allowed = arns.length === 0 ? "" : `; it allows ${arns.join(", ")}`
  const list = [...arns, roleArn].join(",")
  return fail(
    link,
    "role_arn_not_allowed",
    `Vault's role ${role} does not allow ${roleArn}${account === undefined ? "" : ` of the account ${account}`}${allowed}`,
    `correct role_arn in the config file, or allow it in Vault: vault write ${mount}/roles/${role} role_arns=${list}`,
  )
}

const fits = (link: Link, target: LeaseTarget, { credentialType, roleArns }: EngineRole): Check => {
  const { mount, role, roleArn } = target
  const gives = `${role} gives ${credentialType}`
  if (credentialType !== "assumed_role") return ok(link, gives)
  if (roleArns.length === 0) {
    const fix = `vault write ${mount}/roles/${role} credential_type=assumed_role role_arns=arn:aws:iam::123456789012:role/NAME`
    return fail(link, "role_without_arn", `Vault's role ${role} is to assume a role of AWS and names none`, fix)
  }
  if (roleArn === undefined && roleArns.length > 1) return ambiguousArn(link, target, roleArns)
  if (roleArn !== undefined && !roleArns.includes(roleArn)) return forbiddenArn(link, target, roleArns)
  return ok(link, `${gives} of ${roleArn ?? roleArns.join(", ")}`)
}

/** The engine's role against what is asked of it; not read for a static role. */
export const roleCheck = (
  link: Link,
  target: LeaseTarget,
  found: Result.Result<EngineRole, VaultError> | undefined,
): Check => {
  if (found === undefined) return skipped(link, "a static role: asking for its key tells")
  if (found._tag === "Success") return fits(link, target, found.success)
  switch (found.failure.reason._tag) {
    case "RoleUnknown":
      return noRole(link, target)
    case "MountUnknown":
      return noMount(link, target.mount)
    case "PermissionMissing":
    case "NotFound":
      return skipped(link, "the token may not read the role; asking for credentials tells")
    default:
      return told(link, found.failure)
  }
}
