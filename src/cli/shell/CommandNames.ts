/** The names of the commands, and what a person types for them who does not know of the / yet. */
import { agentOf, type Surface } from "./Surface.ts"

/** In the order of the help. */
export const COMMAND_NAMES = [
  "switch",
  "agents",
  "tools",
  "status",
  "run",
  "leases",
  "revoke",
  "stop",
  "start",
  "events",
  "clear",
  "help",
  "quit",
] as const

export type CommandName = (typeof COMMAND_NAMES)[number]

const LEAVES = new Set(["exit", "bye", "q", "logout"])

/** The command that was meant by words without /, as far as that is plain: one word, or one and whom it is about. */
export const commandMeant = (
  surface: Surface,
  [word = "", whom, ...more]: ReadonlyArray<string>,
): string | undefined => {
  const about = whom === undefined ? "" : ` ${whom}`
  const plain = whom === undefined || whom === "--all" || agentOf(surface, whom) !== undefined
  if (!plain || more.length > 0) return undefined
  if (whom === undefined && LEAVES.has(word)) return "/quit"
  if (COMMAND_NAMES.some((name) => name === word)) return `/${word}${about}`
  return whom === undefined && agentOf(surface, word) !== undefined ? `/switch ${word}` : undefined
}
