/** Reasons that lie in the token a request was made with. */
import { Schema } from "effect"

const HOW_TO_GIVE_ONE =
  "set VAULT_AWS_MCP_VAULT_TOKEN or VAULT_TOKEN, or run `vault login`, which writes ~/.vault-token"

/** Nobody gave a token. */
export class TokenMissing extends Schema.TaggedError<TokenMissing>()("TokenMissing", {}) {
  readonly code = "vault_token_missing"
  override get message(): string {
    return `There is no Vault token: ${HOW_TO_GIVE_ONE}. (Claude Code with CLAUDE_CODE_SUBPROCESS_ENV_SCRUB=1 strips credentials from the environment: use the file then.)`
  }
}

/** Vault knows nothing of the token, which is all it says of one that expired or was revoked. */
export class TokenDead extends Schema.TaggedError<TokenDead>()("TokenDead", {}) {
  readonly code = "vault_token_dead"
  override get message(): string {
    return `Vault does not accept the token: it expired, was revoked or was never valid. Log in again: ${HOW_TO_GIVE_ONE}.`
  }
}

/** A living token of a kind that cannot do this work. */
export class TokenUnsuitable extends Schema.TaggedError<TokenUnsuitable>()("TokenUnsuitable", {
  numUses: Schema.Int,
}) {
  readonly code = "vault_token_unsuitable"
  override get message(): string {
    return `The Vault token may be used only ${this.numUses} more times, and Vault revokes what such a token leased with its last use. Give a token without a limit on its uses.`
  }
}

/** A living token whose policies do not allow the call. */
export class PermissionMissing extends Schema.TaggedError<PermissionMissing>()("PermissionMissing", {
  path: Schema.String,
  capability: Schema.String,
  /** Names of the parameters sent along: a policy may allow the path and forbid one of them. */
  parameters: Schema.Array(Schema.String),
}) {
  readonly code = "vault_permission_missing"
  override get message(): string {
    const forbidden =
      this.parameters.length === 0 ? "" : ` A policy that forbids ${this.parameters.join(" or ")} is refused alike.`
    return `Vault's policies do not let this token ${this.capability} ${this.path}, or nothing is mounted there. The policy needs: ${this.policyLine}.${forbidden}`
  }
  /** What an operator adds to a policy of the token. */
  get policyLine(): string {
    return `path "${this.path}" { capabilities = ["${this.capability}"] }`
  }
}

/** An agent has policies of its own, and there is no way to a token with just these: it gets none at all. */
export class ChildRefused extends Schema.TaggedError<ChildRefused>()("ChildRefused", {
  principal: Schema.String,
  policies: Schema.Array(Schema.String),
  why: Schema.String,
}) {
  readonly code = "vault_child_refused"
  override get message(): string {
    return `${this.principal} works only with a child token of the policies ${this.policies.join(", ")}, and the token it would hang on gives none: ${this.why}`
  }
}
