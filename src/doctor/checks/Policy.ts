/** The check of the token's policies: may it lease, and may it give back. Tells the exact lines that are missing. Pure. */
import type { LeaseTarget } from "../../lease/LeaseModel.ts"
import { type Check, fail, type Link, ok, skipped, warn } from "../Check.ts"
import type { Right } from "./Engine.ts"

const CREATE = "auth/token/create"
const REVOKE = "sys/leases/revoke"

/** What a token may do, by path, as Vault tells it. */
export type Rights = Readonly<Record<string, ReadonlyArray<string>>>

/** The path that credentials are read from, as a policy writes it. */
export const credsPath = ({ endpoint, mount, role }: LeaseTarget): string =>
  `${mount.replace(/^\/+|\/+$/g, "")}/${endpoint}/${role}`

/** The paths whose rights this program needs to know of for a target. */
export const neededPaths = (target: LeaseTarget): ReadonlyArray<string> => [credsPath(target), CREATE, REVOKE]

/** A line of a policy. */
export const line = (path: string, capability: string): string => `path "${path}" { capabilities = ["${capability}"] }`

const can = (rights: Rights, path: string, capability: string): boolean =>
  (rights[path] ?? []).some((one) => one === capability || one === "root")

/** Whether credentials may be read. */
export const mayLease = (rights: Rights | undefined, target: LeaseTarget): Right =>
  rights === undefined ? undefined : can(rights, credsPath(target), "read") ? "yes" : "no"

/**
 * The line for the credentials is missing. `mountSeen`: the token sees the engine. Where it does not, the policy may be
 * right and the mount wrong: Vault says the same.
 */
export const noLine = (link: Link, target: LeaseTarget, mountSeen: boolean): Check => {
  const path = credsPath(target)
  const add = `add this line to a policy of the token:\n${line(path, "read")}`
  if (mountSeen) {
    const what = `the token may not read ${path}`
    return fail(link, "policy_missing", what, `if ${target.role} is the role that is meant, ${add}`)
  }
  return fail(
    link,
    "policy_or_mount",
    `the token may not read ${path}: either its policies do not have the line, or the engine is mounted elsewhere, which Vault does not tell such a token`,
    `if "${target.mount}" is the AWS engine's path (else set VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH), ${add}`,
  )
}

/** What the policies allow. `rights` is absent when the token may not ask; `ours`: this program logged in for the token. */
export const policyCheck = (
  target: LeaseTarget,
  rights: Rights | undefined,
  mountSeen: boolean,
  ours: boolean,
): Check => {
  if (rights === undefined) return skipped("policy", "the token may not ask what it may do")
  if (mayLease(rights, target) === "no") return noLine("policy", target, mountSeen)
  // A static role's key has no lease.
  if (target.endpoint === "static-creds") return ok("policy", "may read the static role's key; there is no lease")
  if (ours) return ok("policy", "may lease; leases hang on the token of this program's own login")
  const child = can(rights, CREATE, "update")
  if (!child && !can(rights, REVOKE, "update")) {
    return warn(
      "policy",
      "give_back_missing",
      "leases can be taken, but neither given back nor hung on a token of our own: they end by themselves",
      `add these lines to a policy of the token (the second is for the case that the first is not wanted):\n${line(CREATE, "update")}\n${line(REVOKE, "update")}`,
    )
  }
  const how = child ? "leases hang on a child token that is revoked at the end" : "leases are given back one by one"
  return ok("policy", `may lease; ${how}`)
}
