/** The Vault agent: secrets and credentials. */
import { Duration } from "effect"
import { RESTART } from "../../core/Restarts.ts"
import type { Role } from "../Agent.ts"
import { STALL, toolsOf } from "./Common.ts"
import { vaultAgentTools } from "./VaultTools.ts"

export const vaultRole: Role = {
  name: "vault",
  says: "secrets and credentials: Vault's health, tokens, leases, KV, engine roles",
  tools: [...toolsOf("vault", "kv"), ...vaultAgentTools],
  concurrency: 16,
  mailbox: 64,
  stall: STALL,
  budget: { tasks: 2000, calls: 2000, per: Duration.hours(1) },
  restart: RESTART,
}
