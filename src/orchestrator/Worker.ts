/** The port to whoever does a unit of a workflow: the tools themselves, or agents that hold them. */
import { Context, type Effect } from "effect"
import type { Outcome } from "../tools/Guarded.ts"
import type { ToolCall } from "../tools/ToolCall.ts"

/** One call that a workflow asks for. */
export interface Work {
  readonly agent: string
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly progress?: ToolCall["Service"]["progress"]
}

export class Worker extends Context.Service<
  Worker,
  {
    /** Does it, and says how it ended. May be interrupted: what it was about may then have happened or not. */
    readonly run: (work: Work) => Effect.Effect<Outcome>
    /** Whether the tool only reads; `undefined` when there is no such tool. What does not say so is a writer. */
    readonly readOnly: (tool: string) => boolean | undefined
  }
>()("vault-aws-mcp/orchestrator/Worker") {}
