/** The settings of the agents: for each its engine role and the policies of its token. Part of SETTINGS. */
import { AGENT_NAMES, type AgentName, type AgentsConfig, type AgentSettings } from "./Agents.ts"
import type { ConfigFile } from "./ConfigFile.ts"
import type { Reader } from "./Reader.ts"
import { setting, variableOf } from "./Setting.ts"
import { parseList, parseRole } from "./Values.ts"

const keyOf = (name: AgentName, what: keyof AgentSettings): string => `agent_${name}_${what}`

/** The variable of an agent's setting, for people. */
export const agentVariable = (name: AgentName, what: keyof AgentSettings): string =>
  variableOf({ key: keyOf(name, what) })

const roleOf = (name: AgentName) =>
  setting({
    key: keyOf(name, "role"),
    expects: "a role name of letters, digits and -_.@=,+",
    parse: parseRole,
    says: `Vault role that the ${name} agent's credentials are asked of; else the top-level one`,
  })

const policiesOf = (name: AgentName) =>
  setting({
    key: keyOf(name, "policies"),
    expects: "a comma-separated list of policy names",
    parse: parseList,
    says: `policies of the ${name} agent's own child token; else those of every child`,
  })

/** The agents' settings by the name the program uses. */
export const AGENT_SETTINGS = {
  agentOrchestratorRole: roleOf("orchestrator"),
  agentOrchestratorPolicies: policiesOf("orchestrator"),
  agentAwsRole: roleOf("aws"),
  agentAwsPolicies: policiesOf("aws"),
  agentVaultRole: roleOf("vault"),
  agentVaultPolicies: policiesOf("vault"),
  agentMcpRole: roleOf("mcp"),
  agentMcpPolicies: policiesOf("mcp"),
  agentGithubRole: roleOf("github"),
  agentGithubPolicies: policiesOf("github"),
} as const

/** The `agents` of the file under the keys of their settings, where the reader looks for them. */
export const agentKeys = (file: ConfigFile): ConfigFile["settings"] =>
  Object.fromEntries(
    AGENT_NAMES.flatMap((name) =>
      Object.entries(file.agents?.[name] ?? {}).map(([key, value]) => [`agent_${name}_${key}`, value] as const),
    ),
  )

/** What is set for the agents; one for which nothing is set is left out. */
export const agentsOf = ({ read }: Reader): AgentsConfig =>
  Object.fromEntries(
    AGENT_NAMES.flatMap((name) => {
      const role = read(roleOf(name))
      const policies = read(policiesOf(name))
      const settings: AgentSettings = {
        ...(role === undefined ? {} : { role }),
        ...(policies === undefined ? {} : { policies }),
      }
      return Object.keys(settings).length === 0 ? [] : [[name, settings] as const]
    }),
  )
