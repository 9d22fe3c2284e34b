/** Who is there when the sandbox starts: Vault's own user with the root key, and two roles in each of two accounts. */
import { addRole, addUser, addUserKey, emptyIdentity, type Identity, ROOT_USER } from "./Identity.ts"

/** The second account, reached by assuming a role in it. */
export const SECOND_ACCOUNT = "210987654321"

/** A role made at the start. `policy` is IAM policy JSON. */
export interface SeededRole {
  readonly account: string
  readonly name: string
  readonly policy: string
  /** Seconds; 12 hours when absent. */
  readonly maxSessionSeconds?: number
}

const allowing = (actions: ReadonlyArray<string>): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }] })

const agentPolicy = allowing(["s3:*", "ec2:*", "dynamodb:*", "iam:Get*", "iam:List*", "sts:Get*"])
const auditorPolicy = allowing(["*:List*", "*:Get*", "*:Describe*"])

const defaultRoles: ReadonlyArray<SeededRole> = [ROOT_USER.account, SECOND_ACCOUNT].flatMap((account) => [
  { account, name: "mcp-agent-role", policy: agentPolicy },
  { account, name: "mcp-auditor-role", policy: auditorPolicy },
])

/** Whoever is in Vault's account may ask for the role; shown by GetRole, see {@link SeededRole}. */
const trustPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ROOT_USER.account}:root` }, Action: "sts:AssumeRole" },
  ],
})

/** A state with the root user, the default roles and further ones. `now`: milliseconds since the epoch. */
export const defaultIdentity = (options: {
  readonly rootKey: { readonly accessKeyId: string; readonly secretKey: string }
  readonly roles: ReadonlyArray<SeededRole>
  readonly now: number
}): Identity => {
  const { now, rootKey } = options
  const identity = emptyIdentity()
  const root = addUser(identity, { ...ROOT_USER, now })
  root.attached.set("arn:aws:iam::aws:policy/AdministratorAccess", "AdministratorAccess")
  addUserKey(identity, root, now, { key: rootKey })
  for (const { account, name, policy, maxSessionSeconds = 12 * 3600 } of [...defaultRoles, ...options.roles]) {
    const role = addRole(identity, { account, name, path: "/", maxSessionSeconds, trustPolicy, now })
    role.inline.set("permissions", policy)
  }
  return identity
}
