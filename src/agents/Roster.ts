/** All agents there are. A new one is a file under roles/ and a line here. */
import type { Role } from "./Agent.ts"
import { awsRole } from "./roles/Aws.ts"
import { githubRole } from "./roles/GitHub.ts"
import { mcpRole } from "./roles/Mcp.ts"
import { orchestratorRole } from "./roles/Orchestrator.ts"
import { vaultRole } from "./roles/Vault.ts"

/** Every agent, in the order a reader looks for them. */
export const ROSTER: ReadonlyArray<Role> = [orchestratorRole, awsRole, vaultRole, mcpRole, githubRole]

/** Whether a tool of theirs only reads, by its name. What is not in it is no tool of theirs. */
export const ONLY_READS: ReadonlyMap<string, boolean> = new Map(
  ROSTER.flatMap(({ tools }) => tools.map(({ meta }) => [meta.name, meta.annotations.readOnly] as const)),
)
