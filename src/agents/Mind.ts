/** The port to whatever understands plain language. Nothing does by default: such a task is refused then. */
import { Context, Effect } from "effect"
import type { AgentName } from "../config/Agents.ts"
import type { Outcome } from "../tools/Guarded.ts"
import type { ToolMeta } from "../tools/ToolSpec.ts"
import { AgentError, MindMissing } from "./AgentError.ts"

/** What an agent asks of a mind. */
export interface MindRequest {
  readonly agent: AgentName
  readonly words: string
  /** The agent's own tools. */
  readonly tools: ReadonlyArray<ToolMeta>
  /** The only way to call one: the agent refuses every other tool, and counts. */
  readonly call: (tool: string, args: unknown) => Effect.Effect<Outcome, AgentError>
}

/** Turns a task in plain language into calls of the agent's own tools, and those into an answer. */
export const Mind = Context.Reference<{
  readonly answer: (request: MindRequest) => Effect.Effect<Outcome, AgentError>
}>("vault-aws-mcp/agents/Mind", {
  defaultValue: () => ({ answer: ({ agent }) => Effect.fail(new AgentError({ reason: new MindMissing({ agent }) })) }),
})
