/** What roles have in common unless they say otherwise. */
import { Duration, Schedule } from "effect"
import { catalog } from "../../tools/Catalog.ts"
import type { AgentTool, RestartPolicy } from "../Agent.ts"

/** Half a second, a second, two … a minute; five in a row, counted anew after ten quiet minutes. */
export const RESTART: RestartPolicy = {
  schedule: Schedule.min([Schedule.exponential("500 millis"), Schedule.spaced("1 minute")]),
  times: 5,
  quiet: Duration.minutes(10),
}

/** Longer than Vault's client and AWS's take to give up by themselves. */
export const STALL = Duration.minutes(4)

/** The tools of toolsets, whether or not they are offered over MCP: that setting is about the server's list. */
export const toolsOf = (...toolsets: ReadonlyArray<string>): ReadonlyArray<AgentTool> =>
  catalog.filter(({ meta }) => toolsets.includes(meta.toolset))
