/** Why an agent did not do its task. A tool that says it could not is no error of the agent: that is a Failed outcome. */
import { Schema } from "effect"

const REPEAT = "If it changes something, look before you repeat it: what was sent may have happened."

/** There is no agent of that name. */
export class AgentUnknown extends Schema.TaggedError<AgentUnknown>()("AgentUnknown", {
  name: Schema.String,
  guess: Schema.optionalKey(Schema.String),
  known: Schema.Array(Schema.String),
}) {
  readonly code = "agent_unknown"
  override get message(): string {
    const guess = this.guess === undefined ? "" : `; did you mean ${this.guess}?`
    return `There is no agent ${JSON.stringify(this.name)}${guess === "" ? "." : guess} Known: ${this.known.join(", ")}.`
  }
}

/** The tool is none of the agent's. */
export class ToolOutside extends Schema.TaggedError<ToolOutside>()("ToolOutside", {
  agent: Schema.String,
  tool: Schema.String,
  guess: Schema.optionalKey(Schema.String),
}) {
  readonly code = "tool_outside"
  override get message(): string {
    const guess = this.guess === undefined ? "" : ` Did you mean ${this.guess}?`
    return `The ${this.agent} agent does not have the tool ${JSON.stringify(this.tool)}; nothing was called.${guess} Ask an agent that has it.`
  }
}

/** As many tasks wait as may. */
export class MailboxFull extends Schema.TaggedError<MailboxFull>()("MailboxFull", {
  agent: Schema.String,
  capacity: Schema.Int,
}) {
  readonly code = "mailbox_full"
  override get message(): string {
    return `${this.capacity} tasks wait for the ${this.agent} agent already; this one was not taken. Ask again when some are done.`
  }
}

/** Nothing is left of the agent's budget. */
export class BudgetSpent extends Schema.TaggedError<BudgetSpent>()("BudgetSpent", {
  agent: Schema.String,
  what: Schema.Literals(["tasks", "calls"]),
  limit: Schema.Int,
  /** RFC 3339; absent when it lasts for life. */
  refills: Schema.optionalKey(Schema.String),
}) {
  readonly code = "budget_spent"
  override get message(): string {
    const what = this.what === "tasks" ? "tasks" : "tool calls"
    const next =
      this.refills === undefined
        ? "It begins anew when the agent is stopped and started."
        : `It is refilled at ${this.refills}.`
    return `The ${this.agent} agent has used up its budget of ${this.limit} ${what}; nothing was called. ${next}`
  }
}

/** The task gave no sign of life. */
export class TaskStalled extends Schema.TaggedError<TaskStalled>()("TaskStalled", {
  agent: Schema.String,
  what: Schema.String,
  seconds: Schema.Finite,
}) {
  readonly code = "task_stalled"
  override get message(): string {
    return `${this.what} of the ${this.agent} agent gave no sign of life for ${this.seconds} s and was given up. ${REPEAT}`
  }
}

/** The agent crashed. `final`: too often, so that it was not begun again. */
export class AgentCrashed extends Schema.TaggedError<AgentCrashed>()("AgentCrashed", {
  agent: Schema.String,
  final: Schema.Boolean,
}) {
  readonly code = "agent_crashed"
  override get message(): string {
    return this.final
      ? `The ${this.agent} agent crashed too often and was not begun again; the log says why. Start it to try again.`
      : `The ${this.agent} agent crashed at this task, which is not repeated by itself; the log says why. ${REPEAT}`
  }
}

/** The agent was stopped. `began`: whether the task was being worked on. */
export class AgentStopped extends Schema.TaggedError<AgentStopped>()("AgentStopped", {
  agent: Schema.String,
  began: Schema.Boolean,
}) {
  readonly code = "agent_stopped"
  override get message(): string {
    return this.began
      ? `The ${this.agent} agent was stopped at this task. ${REPEAT}`
      : `The ${this.agent} agent is stopped; nothing was called. Start it to have it work again.`
  }
}

/** The task was ended by something below the agent. */
export class TaskInterrupted extends Schema.TaggedError<TaskInterrupted>()("TaskInterrupted", {
  agent: Schema.String,
  what: Schema.String,
}) {
  readonly code = "task_interrupted"
  override get message(): string {
    return `${this.what} of the ${this.agent} agent was interrupted. ${REPEAT}`
  }
}

/** Plain language, and nobody who understands it. */
export class MindMissing extends Schema.TaggedError<MindMissing>()("MindMissing", { agent: Schema.String }) {
  readonly code = "mind_missing"
  override get message(): string {
    return `No language model is configured, so the ${this.agent} agent takes exact tool calls only: a tool's name and its arguments.`
  }
}

/** The one error of this folder. */
export class AgentError extends Schema.TaggedError<AgentError>()("AgentError", {
  reason: Schema.Union([
    AgentUnknown,
    ToolOutside,
    MailboxFull,
    BudgetSpent,
    TaskStalled,
    AgentCrashed,
    AgentStopped,
    TaskInterrupted,
    MindMissing,
  ]),
}) {
  /** Stable: `agent_unknown`, `mailbox_full`, … */
  get code(): AgentError["reason"]["code"] {
    return this.reason.code
  }
  /** Whether the task was begun and a change of it may have happened. One that crashed too often begins nothing. */
  get unsure(): boolean {
    const { reason } = this
    switch (reason._tag) {
      case "TaskStalled":
      case "TaskInterrupted":
        return true
      case "AgentCrashed":
        return !reason.final
      case "AgentStopped":
        return reason.began
      default:
        return false
    }
  }
  override get message(): string {
    return this.reason.message
  }
}
