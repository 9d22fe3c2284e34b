/** Where runs are recorded, and the world they belong to. Apart from Workflows, as every server start loads it. */
import { Context } from "effect"

/** `stateDir` absent: in memory, for the life of the process. `place`: `sandbox`, or Vault's address. */
export const RunHome = Context.Reference<{ readonly stateDir: string | undefined; readonly place: string }>(
  "vault-aws-mcp/orchestrator/RunHome",
  { defaultValue: () => ({ stateDir: undefined, place: "nowhere" }) },
)
