/**
 * The agents by name, and what an operator decided for each. An agent is a principal of its own: what it leases, and the
 * Vault token it leases with, are nobody else's.
 */

/** Every agent that may be configured. */
export const AGENT_NAMES = ["orchestrator", "aws", "vault", "mcp", "github"] as const
export type AgentName = (typeof AGENT_NAMES)[number]

/** What is set for one agent; what is absent is taken from the top-level settings. */
export interface AgentSettings {
  /** The role of the AWS engine that its credentials are asked of. */
  readonly role?: string
  /** The policies of its own child token. */
  readonly policies?: ReadonlyArray<string>
}

export type AgentsConfig = { readonly [Name in AgentName]?: AgentSettings }

/** Whose leases an agent uses. Not the bare name: `mcp` is the principal of the MCP server's own calls already. */
export const principalOf = (name: AgentName): string => `${name}-agent`

/** Whose principal it is; nobody's where it is no agent's. */
export const agentOf = (principal: string): AgentName | undefined =>
  AGENT_NAMES.find((one) => principalOf(one) === principal)

/** What is set for a principal; nothing for one that is no agent. */
export const settingsOf = (agents: AgentsConfig, principal: string): AgentSettings => {
  const name = agentOf(principal)
  return (name === undefined ? undefined : agents[name]) ?? {}
}
