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

/** What it would do needs a person's word, and nobody can be asked yet. */
export class FullOnly extends Schema.TaggedError<FullOnly>()("FullOnly", {
  tool: Schema.String,
  account: Schema.optionalKey(Schema.String),
}) {
  override get message(): string {
    return `${this.tool} with these arguments may destroy what others made, and is let pass with access full alone. Nothing was done. Leave the option out, or have an operator set VAULT_AWS_MCP_ACCESS=full.`
  }
}

/** A call was refused before anything happened. */
export class GuardError extends Schema.TaggedError<GuardError>()("GuardError", {
  reason: Schema.Union([ReadOnlyMode, RevealRefused, FullOnly]),
}) {
  override get message(): string {
    return this.reason.message
  }
}
