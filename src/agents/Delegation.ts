/** How one agent has another work for it. The Supervisor answers; who may ask is decided by who has the tool for it. */
import { Context, type Effect } from "effect"
import type { Outcome } from "../tools/Guarded.ts"
import type { AgentError } from "./AgentError.ts"
import type { OnProgress, Task } from "./Task.ts"

export class Delegation extends Context.Service<
  Delegation,
  {
    /** The outcome of a task of the agent of that name. Interrupting the wait cancels the task. */
    readonly submit: (
      name: string,
      task: Task,
      options?: { readonly onProgress?: OnProgress },
    ) => Effect.Effect<Outcome, AgentError>
  }
>()("vault-aws-mcp/agents/Delegation") {}
