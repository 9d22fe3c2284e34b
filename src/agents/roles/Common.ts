/** What roles have in common unless they say otherwise. */
import { Duration } from "effect"
import { catalog } from "../../tools/Catalog.ts"
import type { AgentTool } from "../Agent.ts"

/** Longer than Vault's client and AWS's take to give up by themselves. */
export const STALL = Duration.minutes(4)

/** The tools of toolsets, whether or not they are offered over MCP: that setting is about the server's list. */
export const toolsOf = (...toolsets: ReadonlyArray<string>): ReadonlyArray<AgentTool> =>
  catalog.filter(({ meta }) => toolsets.includes(meta.toolset))
