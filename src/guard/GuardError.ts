/** Why the gate did not let a call pass, in words that say how to open it. */
import { Schema } from "effect"

/** The access mode forbids it. */
export class ReadOnlyMode extends Schema.TaggedError<ReadOnlyMode>()("ReadOnlyMode", {
  tool: Schema.String,
  account: Schema.optionalKey(Schema.String),
}) {
  override get message(): string {
    const where = this.account === undefined ? "" : ` for account ${this.account}`
    return `${this.tool} changes something and access is read-only${where}. An operator can allow writes with VAULT_AWS_MCP_ACCESS=ask or full, or with the account's "access" in the config file.`
  }
}

/** A call was refused before anything happened. */
export class GuardError extends Schema.TaggedError<GuardError>()("GuardError", {
  reason: Schema.Union([ReadOnlyMode]),
}) {
  override get message(): string {
    return this.reason.message
  }
}
