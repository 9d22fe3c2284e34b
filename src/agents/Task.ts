/** What is asked of an agent, and who hears how far it has come. */
import type { ToolCall } from "../tools/ToolCall.ts"

/** What an agent is asked to do: one tool call, or plain language for whoever understands it (see Mind). */
export type Task = { readonly tool: string; readonly args: unknown } | { readonly words: string }

/** Hears how far a task has come. */
export type OnProgress = ToolCall["Service"]["progress"]
