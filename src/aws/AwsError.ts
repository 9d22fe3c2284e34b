/** Why an AWS call did not give what was asked: AWS's own code, words and request id are kept, and what to do is said. */
import { Schema } from "effect"

const call = { service: Schema.String, operation: Schema.String }
const answer = {
  ...call,
  code: Schema.String,
  words: Schema.String,
  requestId: Schema.optionalKey(Schema.String),
  status: Schema.Finite,
}

/** Codes with which S3 says that a bucket lives in another region than the one that was asked. */
const ELSEWHERE = new Set(["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"])

/** AWS refused or failed, in its own words. */
export class Service extends Schema.TaggedError<Service>()("Service", answer) {
  /** Whether a change may have happened all the same. A 503 says that it did not begin. */
  get unsure(): boolean {
    return this.status >= 500 && this.status !== 503
  }
  override get message(): string {
    const hint = ELSEWHERE.has(this.code)
      ? " The bucket is in another region: s3_get_bucket_info tells which; give it as region."
      : ""
    const maybe = this.unsure ? " If it changes something, that may have happened all the same." : ""
    return `AWS ${this.service} ${this.operation} failed: ${this.code}: ${this.words}${hint}${maybe}`
  }
}

/** The leased identity may not do this. */
export class AccessDenied extends Schema.TaggedError<AccessDenied>()("AccessDenied", {
  ...answer,
  role: Schema.String,
  identity: Schema.optionalKey(Schema.String),
}) {
  override get message(): string {
    const who = this.identity === undefined ? `Vault role ${this.role}` : `${this.identity} (Vault role ${this.role})`
    return `AWS does not let ${who} call ${this.service}:${this.operation}: ${this.words.replace(/[.\s]*$/, "")}. Ask whoever owns the role to allow that action, or use another account or role.`
  }
}

/** Too many calls. */
export class Throttled extends Schema.TaggedError<Throttled>()("Throttled", answer) {
  override get message(): string {
    return `AWS ${this.service} is throttling ${this.operation} (${this.code}). Wait some seconds and ask for less at a time.`
  }
}

/** New credentials were leased and AWS calls those expired or unknown, too. */
export class CredentialsRefused extends Schema.TaggedError<CredentialsRefused>()("CredentialsRefused", answer) {
  override get message(): string {
    return `AWS refused freshly leased credentials (${this.code}: ${this.words}). Check this machine's clock, and that Vault's engine and VAULT_AWS_MCP_AWS_ENDPOINT_URL mean the same AWS.`
  }
}

/** The request would have gone to a host that is none of AWS's nor the operator's endpoint. Nothing was signed. */
export class EgressRefused extends Schema.TaggedError<EgressRefused>()("EgressRefused", {
  ...call,
  host: Schema.String,
}) {
  readonly code = "egress_refused"
  override get message(): string {
    return `${this.service} ${this.operation} would go to ${this.host}, which is not an AWS host: nothing was sent. Give plain names instead of addresses.`
  }
}

/** The region is not one, or not one of the account's. */
export class RegionRefused extends Schema.TaggedError<RegionRefused>()("RegionRefused", {
  region: Schema.String,
  allowed: Schema.Array(Schema.String),
}) {
  readonly code = "region_refused"
  override get message(): string {
    return this.allowed.length === 0
      ? `${JSON.stringify(this.region)} is not an AWS region; use one such as eu-west-1 (aws_list_regions lists them).`
      : `The account is configured for ${this.allowed.join(", ")} only, not for ${this.region}.`
  }
}

/** A name that would change the address of the request. */
export class NameRefused extends Schema.TaggedError<NameRefused>()("NameRefused", {
  what: Schema.String,
}) {
  readonly code = "invalid_arguments"
  override get message(): string {
    return `${this.what}; nothing was sent.`
  }
}

/**
 * AWS could not be reached, or gave no answer to a call that may be repeated. `sent`: it may have got there, so a change
 * may have happened.
 */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  ...call,
  detail: Schema.String,
  sent: Schema.Boolean,
}) {
  readonly code = "aws_unreachable"
  override get message(): string {
    const what = this.sent
      ? `AWS ${this.service} gave no answer to ${this.operation} (${this.detail}). If it changes something, that may have happened; the same call may be repeated.`
      : `AWS ${this.service} could not be reached (${this.detail}).`
    return `${what} Check the network, the region, and VAULT_AWS_MCP_AWS_ENDPOINT_URL if it is set.`
  }
}

/** A change was sent and no answer came. */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  ...call,
  detail: Schema.String,
}) {
  readonly code = "outcome_unknown"
  override get message(): string {
    return `AWS ${this.service} ${this.operation} was sent and no answer came (${this.detail}): it may or may not have happened, and it was not repeated. Look at the resource before trying again.`
  }
}

/** There were no credentials to sign with. */
export class NoLease extends Schema.TaggedError<NoLease>()("NoLease", { code: Schema.String, what: Schema.String }) {
  override get message(): string {
    return this.what
  }
}

/** The client of the service could not be loaded, or failed in a way that is ours. */
export class ClientFailed extends Schema.TaggedError<ClientFailed>()("ClientFailed", {
  ...call,
  what: Schema.String,
}) {
  readonly code = "client_failed"
  override get message(): string {
    return `The client of AWS ${this.service} refused ${this.operation}: ${this.what}`
  }
}

/** The one error of calls to AWS. */
export class AwsError extends Schema.TaggedError<AwsError>()("AwsError", {
  reason: Schema.Union([
    Service,
    AccessDenied,
    Throttled,
    CredentialsRefused,
    EgressRefused,
    RegionRefused,
    NameRefused,
    Unreachable,
    OutcomeUnknown,
    NoLease,
    ClientFailed,
  ]),
}) {
  /** AWS's code, or a stable one of ours. */
  get code(): string {
    return this.reason.code
  }
  /** Whether a change may have happened all the same. */
  get unsure(): boolean {
    const { reason } = this
    switch (reason._tag) {
      case "OutcomeUnknown":
        return true
      case "Unreachable":
        return reason.sent
      case "Service":
        return reason.unsure
      default:
        return false
    }
  }
  get requestId(): string | undefined {
    return "requestId" in this.reason ? this.reason.requestId : undefined
  }
  override get message(): string {
    return this.reason.message
  }
}
