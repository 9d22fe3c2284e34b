/** What an agent is: a name, the tools it may call, and the bounds it works within. A role is data; AgentRuntime is its life. */
import type { Duration, Effect } from "effect"
import type { AgentName } from "../config/Agents.ts"
import type { RestartPolicy } from "../core/Restarts.ts"
import type { LeaseStatus } from "../lease/LeaseModel.ts"
import type { ToolNeeds } from "../tools/Catalog.ts"
import type { Tool } from "../tools/Guarded.ts"
import type { VaultAuth } from "../vault/VaultAuth.ts"
import type { Delegation } from "./Delegation.ts"

/** What the tools of agents work with: what all tools do, and what an agent's own tools need besides. */
export type AgentNeeds = ToolNeeds | VaultAuth | Delegation

/** A tool that an agent may call. */
export type AgentTool = Tool<AgentNeeds>

/** How much an agent may do: tasks it takes and tools it calls, in its life or in each stretch of time. */
export interface Budget {
  readonly tasks: number
  readonly calls: number
  /** A life begins with the start of the agent; a restart after a crash refills nothing. */
  readonly per: "life" | Duration.Duration
}

/** An agent before it lives. */
export interface Role {
  readonly name: AgentName
  /** What it is responsible for, for people. */
  readonly says: string
  /** All that it may call. There is no other way to a tool: see AgentRuntime. */
  readonly tools: ReadonlyArray<AgentTool>
  /** Tasks that are worked on at the same time. */
  readonly concurrency: number
  /** Tasks that may wait. */
  readonly mailbox: number
  /** A task that gives no sign of life for so long is given up. */
  readonly stall: Duration.Duration
  readonly budget: Budget
  readonly restart: RestartPolicy
  /** What ends with the agent when it is stopped, besides what it holds in Vault. It has a bounded time. */
  readonly ends?: Effect.Effect<void, never, ToolNeeds>
}

/**
 * `idle`: never started · `restarting`: crashed, and waits to begin again · `failed`: crashed too often · `stopped`: by
 * request. The last two take no task until somebody starts them.
 */
export type AgentState = "idle" | "running" | "restarting" | "failed" | "stopped"

/** A task that is being worked on. `since`: milliseconds of the clock. */
export interface RunningTask {
  readonly task: number
  readonly what: string
  readonly since: number
}

/** What is left of a budget. `refillsAt`: milliseconds of the clock; absent when it lasts for life. */
export interface BudgetLeft {
  readonly tasks: number
  readonly calls: number
  readonly refillsAt: number | undefined
}

/** An agent as it is shown. */
export interface AgentStatus {
  readonly name: AgentName
  readonly principal: string
  readonly says: string
  readonly tools: ReadonlyArray<string>
  readonly state: AgentState
  readonly waiting: number
  readonly mailbox: number
  readonly running: ReadonlyArray<RunningTask>
  /** Restarts after crashes since it was started. */
  readonly restarts: number
  readonly left: BudgetLeft
  readonly leases: ReadonlyArray<LeaseStatus>
}
