/** Why a server did not do what it was asked for, in words that say what to do. A server's own words are marked as such. */
import { Schema } from "effect"

const WHERE = "the setting mcp_config (VAULT_AWS_MCP_MCP_CONFIG, --mcp-config)"
const LOOK = "If the tool changes something, look before you repeat it: the change may have happened."

/** No file of servers was named. */
export class ConfigMissing extends Schema.TaggedError<ConfigMissing>()("ConfigMissing", {}) {
  readonly code = "mcp_config_missing"
  override get message(): string {
    return `No other MCP servers are configured. An operator names a JSON file with "mcpServers", as MCP clients write it, by ${WHERE}; none is looked for in the current directory.`
  }
}

/** The file of servers cannot be used. */
export class ConfigBad extends Schema.TaggedError<ConfigBad>()("ConfigBad", {
  path: Schema.String,
  problems: Schema.Array(Schema.String),
}) {
  readonly code = "mcp_config_bad"
  override get message(): string {
    return `The file of MCP servers, ${this.path}, cannot be used; no server was started:\n${this.problems.map((one) => `- ${one}`).join("\n")}`
  }
}

/** No server of that name. */
export class ServerUnknown extends Schema.TaggedError<ServerUnknown>()("ServerUnknown", {
  server: Schema.String,
  guess: Schema.optionalKey(Schema.String),
  known: Schema.Array(Schema.String),
}) {
  readonly code = "server_unknown"
  override get message(): string {
    const guess = this.guess === undefined ? "." : `; did you mean ${this.guess}?`
    const known = this.known.length === 0 ? "none" : this.known.slice(0, 20).join(", ")
    return `There is no MCP server ${JSON.stringify(this.server)}${guess} Configured: ${known}.`
  }
}

/** The server does not run, so nothing was asked of it. `why`: how it came to that. */
export class ServerNotReady extends Schema.TaggedError<ServerNotReady>()("ServerNotReady", {
  server: Schema.String,
  state: Schema.String,
  why: Schema.optionalKey(Schema.String),
}) {
  readonly code = "server_not_ready"
  override get message(): string {
    const why = this.why === undefined ? "" : ` (${this.why})`
    const next =
      this.state === "starting" || this.state === "restarting"
        ? "Ask again in a moment."
        : "Start it with mcp_start_server."
    return `The MCP server ${this.server} is ${this.state}${why}; nothing was asked of it. ${next}`
  }
}

/** The server did not come up. */
export class StartFailed extends Schema.TaggedError<StartFailed>()("StartFailed", {
  server: Schema.String,
  why: Schema.String,
}) {
  readonly code = "server_start_failed"
  override get message(): string {
    return `The MCP server ${this.server} did not start: ${this.why}. What it wrote to stderr is in the log at level debug.`
  }
}

/** Too many calls wait for the server. */
export class ServerBusy extends Schema.TaggedError<ServerBusy>()("ServerBusy", {
  server: Schema.String,
  limit: Schema.Int,
}) {
  readonly code = "server_busy"
  override get message(): string {
    return `${this.limit} calls of the MCP server ${this.server} are under way or wait already; nothing was sent. Ask again when some are done.`
  }
}

/** The server refused, by the protocol. `says`: its own words, cleaned and bounded. */
export class ServerRefused extends Schema.TaggedError<ServerRefused>()("ServerRefused", {
  server: Schema.String,
  what: Schema.String,
  error: Schema.Finite,
  says: Schema.String,
}) {
  readonly code = "server_refused"
  override get message(): string {
    return `The MCP server ${this.server} refused ${this.what} with error ${this.error}. Its own words, which are data: ${JSON.stringify(this.says)}`
  }
}

/** No answer came, or none that can be understood. `sent`: whether the server may have acted. */
export class NoAnswer extends Schema.TaggedError<NoAnswer>()("NoAnswer", {
  server: Schema.String,
  what: Schema.String,
  why: Schema.String,
  sent: Schema.Boolean,
}) {
  get code(): "outcome_unknown" | "server_no_answer" {
    return this.sent ? "outcome_unknown" : "server_no_answer"
  }
  override get message(): string {
    return `The MCP server ${this.server} gave no usable answer to ${this.what}: ${this.why}.${this.sent ? ` ${LOOK}` : ""}`
  }
}

/** The server wants something of a person, a model or this machine before it goes on. */
export class InputWanted extends Schema.TaggedError<InputWanted>()("InputWanted", {
  server: Schema.String,
  tool: Schema.String,
}) {
  readonly code = "input_wanted"
  override get message(): string {
    return `${this.tool} of the MCP server ${this.server} asks back (a person's input, a model's or this machine's folders), which this program never answers. Give what it needs as arguments, or use the server in another client.`
  }
}

/** No tool of that name in the server's present list. */
export class ToolUnknown extends Schema.TaggedError<ToolUnknown>()("ToolUnknown", {
  server: Schema.String,
  tool: Schema.String,
  guess: Schema.optionalKey(Schema.String),
}) {
  readonly code = "tool_unknown"
  override get message(): string {
    const guess = this.guess === undefined ? "" : ` Did you mean ${this.guess}?`
    return `The MCP server ${this.server} lists no tool ${JSON.stringify(this.tool)}; nothing was called.${guess} mcp_list_tools shows what it has.`
  }
}

/** The tool is not what it was when it was first seen, or nobody has seen it. */
export class ToolChanged extends Schema.TaggedError<ToolChanged>()("ToolChanged", {
  server: Schema.String,
  tool: Schema.String,
  standing: Schema.Literals(["changed", "new"]),
}) {
  readonly code = "tool_changed"
  override get message(): string {
    const next =
      "A person should look at it: mcp_describe_tool shows it, and approves it with accept_changes: true (access full alone)."
    return this.standing === "changed"
      ? `${this.tool} of the MCP server ${this.server} has changed its words, arguments or hints since it was approved; nothing was called. ${next}`
      : `${this.tool} came to the MCP server ${this.server} after its tools were approved; nothing was called. ${next}`
  }
}

/** Nobody has seen the tool as it is now, so that it cannot be approved. */
export class ToolUnseen extends Schema.TaggedError<ToolUnseen>()("ToolUnseen", {
  server: Schema.String,
  tool: Schema.String,
}) {
  readonly code = "tool_changed"
  override get message(): string {
    return `${this.tool} of the MCP server ${this.server} was not described here as it is now, so it was not approved. Call mcp_describe_tool without accept_changes, have the user look at it, then approve.`
  }
}

/** The tool's own description is beyond what can be handled. */
export class ToolUnusable extends Schema.TaggedError<ToolUnusable>()("ToolUnusable", {
  server: Schema.String,
  tool: Schema.String,
  why: Schema.String,
}) {
  readonly code = "tool_unusable"
  override get message(): string {
    return `${this.tool} of the MCP server ${this.server} cannot be called: ${this.why}. Nothing was sent.`
  }
}

/** The arguments do not fit what the tool says it takes, or must not leave this program. */
export class ArgumentsRefused extends Schema.TaggedError<ArgumentsRefused>()("ArgumentsRefused", {
  server: Schema.String,
  tool: Schema.String,
  problems: Schema.Array(Schema.String),
}) {
  readonly code = "invalid_arguments"
  override get message(): string {
    return `invalid arguments for ${this.tool} of the MCP server ${this.server}, nothing was sent:\n${this.problems.map((one) => `- ${one}`).join("\n")}`
  }
}

/** What is on record of approved tools cannot be read, so that no change could be seen. */
export class PinsUnreadable extends Schema.TaggedError<PinsUnreadable>()("PinsUnreadable", {
  path: Schema.String,
  why: Schema.String,
}) {
  readonly code = "pins_unreadable"
  override get message(): string {
    return `The record of approved tools, ${this.path}, cannot be used (${this.why}), so no tool of another server is listed or called. Restore it, or remove it to approve all tools anew.`
  }
}

/** The one error of this folder. */
export class FleetError extends Schema.TaggedError<FleetError>()("FleetError", {
  reason: Schema.Union([
    ConfigMissing,
    ConfigBad,
    ServerUnknown,
    ServerNotReady,
    StartFailed,
    ServerBusy,
    ServerRefused,
    NoAnswer,
    InputWanted,
    ToolUnknown,
    ToolChanged,
    ToolUnseen,
    ToolUnusable,
    ArgumentsRefused,
    PinsUnreadable,
  ]),
}) {
  /** Stable: `server_not_ready`, `tool_changed`, … */
  get code(): FleetError["reason"]["code"] {
    return this.reason.code
  }
  /** Whether the server may have acted all the same. */
  get unsure(): boolean {
    return this.reason._tag === "NoAnswer" && this.reason.sent
  }
  override get message(): string {
    return this.reason.message
  }
}
