/**
 * Why Vault did not do what was asked: one small class per cause, each with a stable `code` and a message that says
 * what failed, why, and what to do next. Quoted text has been through `oneLine`; tokens and bodies are never fields.
 */
import { Duration, Schema } from "effect"
import { showSpan } from "../core/Span.ts"
import {
  IdentityUnavailable,
  LoginRefused,
  MfaUnsupported,
  SecretUnavailable,
  WrappingFailed,
} from "./login/LoginReason.ts"
import {
  KvCasMismatch,
  KvCasRequired,
  KvMountUnknown,
  KvOutcomeUnknown,
  KvUnsupported,
  KvVersionUnknown,
  KvWrongEngine,
} from "./kv/KvReason.ts"
import { AddressRefused, HeldBack, Sealed, Standby, TlsFailed, Uninitialised, Unreachable } from "./ReachReason.ts"
import { ChildRefused, PermissionMissing, TokenDead, TokenMissing, TokenUnsuitable } from "./TokenReason.ts"

/** The engine has no role of that name. */
export class RoleUnknown extends Schema.TaggedError<RoleUnknown>()("RoleUnknown", {
  mount: Schema.String,
  role: Schema.String,
}) {
  readonly code = "vault_role_unknown"
  override get message(): string {
    return `Vault's AWS engine at "${this.mount}" has no role "${this.role}". Check VAULT_AWS_MCP_VAULT_AWS_ROLE, or list the roles with: vault list ${this.mount}/roles`
  }
}

/** No secrets engine answers there. */
export class MountUnknown extends Schema.TaggedError<MountUnknown>()("MountUnknown", { mount: Schema.String }) {
  readonly code = "vault_mount_unknown"
  override get message(): string {
    return `No secrets engine is mounted at "${this.mount}" in this Vault. Check VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH and the namespace, or enable the engine with: vault secrets enable -path=${this.mount} aws`
  }
}

/** The namespace that every request names is not there. */
export class NamespaceUnknown extends Schema.TaggedError<NamespaceUnknown>()("NamespaceUnknown", {}) {
  readonly code = "vault_namespace_unknown"
  override get message(): string {
    return "This Vault has no such namespace. Check VAULT_AWS_MCP_VAULT_NAMESPACE (else BAO_NAMESPACE or VAULT_NAMESPACE): the whole path below the root, such as team-a/prod."
  }
}

/** Vault answered 404 for something else than a mount or a role. */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { path: Schema.String }) {
  readonly code = "vault_not_found"
  override get message(): string {
    return `Vault has nothing at ${this.path}.`
  }
}

/** Vault asked AWS and AWS said no; `words` is what Vault quotes of it. */
export class AwsRefused extends Schema.TaggedError<AwsRefused>()("AwsRefused", { words: Schema.String }) {
  readonly code = "vault_aws_refused"
  override get message(): string {
    return `Vault could not get credentials from AWS: ${this.words}. Nothing was issued; the AWS user of Vault's engine and the role's trust policy are the places to look.`
  }
}

/** A quota of Vault's, or of AWS behind it. */
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
  text: Schema.String,
  retryAfter: Schema.optionalKey(Schema.Duration),
}) {
  readonly code = "vault_rate_limited"
  override get message(): string {
    const when = this.retryAfter === undefined ? "Try again later" : `Try again in ${atLeastASecond(this.retryAfter)}`
    return `Vault is limiting requests: ${this.text}. ${when}.`
  }
}

const atLeastASecond = (span: Duration.Duration): string => showSpan(Duration.max(span, Duration.seconds(1)))

/** The lease ended, was revoked, or never was. */
export class LeaseGone extends Schema.TaggedError<LeaseGone>()("LeaseGone", { lease: Schema.String }) {
  readonly code = "vault_lease_gone"
  override get message(): string {
    return `Vault no longer has the lease ${this.lease}: it expired or was revoked. Ask for new credentials.`
  }
}

/** STS leases never are; others stop being at their maximum. */
export class LeaseNotRenewable extends Schema.TaggedError<LeaseNotRenewable>()("LeaseNotRenewable", {
  lease: Schema.String,
  text: Schema.String,
}) {
  readonly code = "vault_lease_not_renewable"
  override get message(): string {
    return `Vault does not renew the lease ${this.lease} (${this.text}). Ask for new credentials before it ends.`
  }
}

/** A 400 of Vault's in its own words, or a request that was not sent because it could not be meant. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", { text: Schema.String }) {
  readonly code = "vault_invalid_request"
  override get message(): string {
    return `Vault cannot do that: ${this.text}`
  }
}

/** The answer is not what Vault answers: a proxy's page, cut-off JSON, missing or impossible values. */
export class Malformed extends Schema.TaggedError<Malformed>()("Malformed", {
  path: Schema.String,
  what: Schema.String,
}) {
  readonly code = "vault_malformed"
  override get message(): string {
    return `The answer to ${this.path} is not Vault's: ${this.what}. Is VAULT_ADDR the address of a Vault, with no login page or proxy in between?`
  }
}

/** A request that must not be repeated was sent and nothing came back. */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  path: Schema.String,
  detail: Schema.String,
}) {
  readonly code = "vault_outcome_unknown"
  override get message(): string {
    return `Vault was asked for ${this.path} and did not answer (${this.detail}). It was not asked again, since ${leftOver(this.path)}.`
  }
}

/** What may be left of a request whose answer nobody saw. A login has no token that what it made could end with. */
const leftOver = (path: string): string => {
  if (path === "sys/wrapping/unwrap") return "it may have opened the wrapping token, which opens once"
  return path.startsWith("auth/") && path !== "auth/token/create"
    ? "it may have made a token that nobody saw; that ends by its own time limit"
    : "it may have issued something that nobody saw; that ends with the Vault token it was asked with"
}

/** Any other failure of the server's. */
export class Server extends Schema.TaggedError<Server>()("Server", { status: Schema.Int, text: Schema.String }) {
  readonly code = "vault_server_error"
  override get message(): string {
    return `Vault failed with status ${this.status}${this.text === "" ? "" : `: ${this.text}`}. Its own log says more.`
  }
}

/** Every reason there is. */
export const VaultReason = Schema.Union([
  Unreachable,
  TlsFailed,
  AddressRefused,
  Sealed,
  Uninitialised,
  Standby,
  HeldBack,
  TokenMissing,
  TokenDead,
  TokenUnsuitable,
  ChildRefused,
  PermissionMissing,
  RoleUnknown,
  MountUnknown,
  NamespaceUnknown,
  NotFound,
  AwsRefused,
  RateLimited,
  LeaseGone,
  LeaseNotRenewable,
  InvalidRequest,
  Malformed,
  OutcomeUnknown,
  Server,
  LoginRefused,
  WrappingFailed,
  SecretUnavailable,
  MfaUnsupported,
  IdentityUnavailable,
  KvCasMismatch,
  KvCasRequired,
  KvUnsupported,
  KvMountUnknown,
  KvWrongEngine,
  KvVersionUnknown,
  KvOutcomeUnknown,
])
export type VaultReason = typeof VaultReason.Type
