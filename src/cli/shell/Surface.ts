/** What can be typed at the prompt: agents with their tools, workflows with their inputs, accounts and regions. */
import type { AgentTool, Role } from "../../agents/Agent.ts"
import type { AgentName } from "../../config/Agents.ts"
import type { AppConfigShape } from "../../config/AppConfig.ts"
import { nearest, oneLine } from "../../core/Text.ts"
import { shippedWorkflows } from "../../orchestrator/Shipped.ts"
import type { ObjectSchema } from "../../tools/ToolSchema.ts"
import type { ToolMeta } from "../../tools/ToolSpec.ts"

/** A tool as it is typed. */
export interface ShellTool {
  readonly meta: ToolMeta
  readonly schema: ObjectSchema
}

/** An agent as it is spoken to. */
export interface ShellAgent {
  readonly name: AgentName
  /** The word before >: its name, but `all` for the orchestrator. */
  readonly prompt: string
  readonly says: string
  readonly tools: ReadonlyArray<ShellTool>
}

/** A workflow by its name. */
export interface ShellWorkflow {
  readonly name: string
  readonly says: string
  readonly inputs: ReadonlyArray<string>
}

export interface Surface {
  readonly agents: ReadonlyArray<ShellAgent>
  readonly workflows: ReadonlyArray<ShellWorkflow>
  readonly accounts: ReadonlyArray<string>
  readonly regions: ReadonlyArray<string>
}

/** The agent that delegates and runs workflows; the shell begins with it. */
export const CONDUCTOR: AgentName = "orchestrator"

/** The word before >. */
export const promptOf = (name: AgentName): string => (name === CONDUCTOR ? "all" : name)

const toolOf = (tool: AgentTool, accounts: boolean): ShellTool => ({
  meta: tool.meta,
  schema: tool.inputSchema(accounts),
})

/** Of these agents, in the world of these settings. */
export const surfaceOf = (
  roster: ReadonlyArray<Role>,
  { accounts, region }: Pick<AppConfigShape, "accounts" | "region">,
): Surface => {
  const names = Object.keys(accounts)
  return {
    agents: roster.map(({ name, says, tools }) => ({
      name,
      prompt: promptOf(name),
      says,
      tools: tools.map((tool) => toolOf(tool, names.length > 0)),
    })),
    workflows: shippedWorkflows().map(({ description = "", inputs = {}, name: workflow }) => ({
      name: workflow,
      says: description,
      inputs: Object.keys(inputs),
    })),
    accounts: names,
    regions: [...new Set([region, ...Object.values(accounts).flatMap(({ regions = [] }) => regions)])],
  }
}

/** The agent of that prompt or name. */
export const agentOf = ({ agents }: Surface, word: string): ShellAgent | undefined =>
  agents.find(({ name, prompt }) => prompt === word || name === word)

/** What is said when there is none. */
export const noAgent = ({ agents }: Surface, word: string): string => {
  const known = agents.map(({ prompt }) => prompt)
  const guess = nearest(word, known)
  return `There is no agent ${oneLine(word, 40)}${guess === undefined ? "." : `, did you mean ${guess}?`} Known: ${known.join(", ")}.`
}

/** The agent's tool of that name; the toolset before the name may be left out where one tool alone is meant. */
export const toolNamed = ({ tools }: ShellAgent, word: string): ShellTool | undefined => {
  const exact = tools.find(({ meta }) => meta.name === word)
  if (exact !== undefined) return exact
  const short = tools.filter(({ meta }) => shortOf(meta) === word)
  return short.length === 1 ? short[0] : undefined
}

/** The tool's name without its toolset. */
export const shortOf = ({ name, toolset }: ToolMeta): string =>
  name.startsWith(`${toolset}_`) ? name.slice(toolset.length + 1) : name
