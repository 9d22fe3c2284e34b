/** Who calls a tool and how it hears of progress. Apart from ToolSpec, as every server start loads it. */
import { Context, type Effect } from "effect"

/** What the running call offers its handler: who calls, and a way to tell how far a wait has come. */
export class ToolCall extends Context.Service<
  ToolCall,
  {
    /** Whose leases are used: `mcp`, `cli`, later an agent's name. */
    readonly principal: string
    readonly progress: (step: {
      readonly progress: number
      readonly total?: number
      readonly message?: string
    }) => Effect.Effect<void>
  }
>()("vault-aws-mcp/tools/ToolCall") {}
