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

/** The access mode does not let secret values be shown. */
export class RevealRefused extends Schema.TaggedError<RevealRefused>()("RevealRefused", {
  tool: Schema.String,
  account: Schema.optionalKey(Schema.String),
}) {
  override get message(): string {
    const where = this.account === undefined ? "" : ` for account ${this.account}`
    return `${this.tool} would show secret values and access is read-only${where}: whoever sees a secret can do all that it opens, which is more than reading. Leave the option out to see the names alone. An operator can allow it with VAULT_AWS_MCP_ACCESS=ask or full.`
  }
}

/** A person would have to be asked about the call, which this version cannot do. */
export class FullAccessDemanded extends Schema.TaggedError<FullAccessDemanded>()("FullAccessDemanded", {
  tool: Schema.String,
  account: Schema.optionalKey(Schema.String),
}) {
  override get message(): string {
    const where = this.account === undefined ? "" : ` for account ${this.account}`
    return `This call of ${this.tool} would need a person's consent${where}, which this version cannot ask for; nothing was done. An operator can allow such calls with VAULT_AWS_MCP_ACCESS=full.`
  }
}

/** A call was refused before anything happened. */
export class GuardError extends Schema.TaggedError<GuardError>()("GuardError", {
  reason: Schema.Union([ReadOnlyMode, RevealRefused, FullAccessDemanded]),
}) {
  override get message(): string {
    return this.reason.message
  }
}
