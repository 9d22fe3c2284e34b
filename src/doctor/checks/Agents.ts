/** The checks of an agent that has a role or policies of its own: is there a token for it, and may that lease. Pure. */
import type { AgentName, AgentSettings } from "../../config/Agents.ts"
import { agentVariable } from "../../config/AgentSettings.ts"
import type { LeaseTarget } from "../../lease/LeaseModel.ts"
import type { VaultError } from "../../vault/VaultError.ts"
import { type Check, fail, warn } from "../Check.ts"
import { credsPath, line, noLine } from "./Policy.ts"
import { told } from "./Told.ts"

/** Whether an agent works on AWS: the one that is there for it, and each that was given a role of the engine. */
export const worksOnAws = (agent: AgentName, { role }: AgentSettings): boolean => agent === "aws" || role !== undefined

/** Vault makes no token for the agent. */
export const noAgentToken = (agent: AgentName, error: VaultError): Check => {
  const setting = agentVariable(agent, "policies")
  if (error.reason._tag === "ChildRefused") {
    const fix = `give a token that may make children, as the words above say; or unset ${setting}, and the agent works on a token like every other`
    return fail("agents", "child_refused", error.message, fix)
  }
  if (/child policies must be subset/.test(error.message)) {
    const fix = `let ${setting} name only policies that your token has itself`
    return fail("agents", "child_policies", error.message, fix)
  }
  return told("agents", error)
}

const noSuch = (missing: ReadonlyArray<string>): string => `Vault has no policy ${missing.join(", ")}`
const mend = (agent: AgentName, [first = "NAME"]: ReadonlyArray<string>): string =>
  `correct ${agentVariable(agent, "policies")} (\`vault policy list\` shows what is there), or write it: vault policy write ${first} FILE`

/** The agent's token may not read its credentials. `missing`: those of its policies that are not there. */
export const noAgentLine = (
  agent: AgentName,
  target: LeaseTarget,
  { policies }: AgentSettings,
  missing: ReadonlyArray<string>,
  mountSeen: boolean,
): Check => {
  if (policies === undefined) return noLine("agents", target, mountSeen)
  const path = credsPath(target)
  if (missing.length > 0)
    return fail(
      "agents",
      "policy_unknown",
      `${noSuch(missing)}, and without it ${path} may not be read`,
      mend(agent, missing),
    )
  return fail(
    "agents",
    "child_policies",
    `a token of the policies ${policies.join(", ")} may not read ${path}`,
    `if ${target.role} is the role that is meant, add this line to one of them:\n${line(path, "read")}`,
  )
}

/** Policies that are not there, while all that is looked at here works without them. */
export const missingPolicies = (agent: AgentName, missing: ReadonlyArray<string>): Check =>
  warn("agents", "policy_unknown", `${noSuch(missing)}, which gives its token no right`, mend(agent, missing))
