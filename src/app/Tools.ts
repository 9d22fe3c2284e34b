/** Every tool that the faces offer: those of the toolsets, and those that drive what uses tools. */
import { workflowTools } from "../orchestrator/tools.ts"
import type { Workflows } from "../orchestrator/Workflows.ts"
import { catalog, type ToolNeeds } from "../tools/Catalog.ts"
import type { Tool } from "../tools/Guarded.ts"
import type { ToolGroup } from "../tools/ToolSpec.ts"

/** What the tools of the faces work with. */
export type FaceNeeds = ToolNeeds | Workflows

/** Every tool, in the order a reader looks for them. */
export const TOOLS: ReadonlyArray<Tool<FaceNeeds>> = [...catalog, ...workflowTools]

/** The tools of the toolsets that are switched on. */
export const toolsOf = (toolsets: ReadonlyArray<ToolGroup>): ReadonlyArray<Tool<FaceNeeds>> =>
  TOOLS.filter((tool) => toolsets.includes(tool.meta.toolset))
