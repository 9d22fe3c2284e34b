/** The MCP agent: other MCP servers, and whatever they offer. It holds no lease; servers that run end when it is stopped. */
import { Duration } from "effect"
import { RESTART } from "../../core/Restarts.ts"
import { Fleet } from "../../fleet/Fleet.ts"
import type { Role } from "../Agent.ts"
import { toolsOf } from "./Common.ts"

export const mcpRole: Role = {
  name: "mcp",
  says: "manages MCP servers (start, health, stop), finds their tools, calls them",
  tools: toolsOf("mcp"),
  concurrency: 16,
  mailbox: 64,
  // Longer than a call of a server's tool may be given.
  stall: Duration.minutes(11),
  budget: { tasks: 2000, calls: 2000, per: Duration.hours(1) },
  restart: RESTART,
  ends: Fleet.use(({ stopAll }) => stopAll),
}
