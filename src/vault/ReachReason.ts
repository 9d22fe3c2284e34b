/** Reasons why no working Vault answered: the way there, its TLS, or the state it is in. */
import { Duration, Schema } from "effect"
import { showSpan } from "../core/Span.ts"

/** Nothing answered at the address. */
export class Unreachable extends Schema.TaggedError<Unreachable>()("Unreachable", {
  address: Schema.String,
  detail: Schema.String,
}) {
  readonly code = "vault_unreachable"
  override get message(): string {
    return `Vault at ${this.address} cannot be reached: ${this.detail}. Is it running, and is VAULT_ADDR right?`
  }
}

/** What is wrong with the TLS of the connection, and what to do about it. */
const TLS_PROBLEMS = {
  "unknown-ca": "its certificate is not signed by an authority this machine trusts. Give the authority in VAULT_CACERT",
  "self-signed":
    "its certificate is signed by nobody but itself. If it is your Vault's, give that certificate in VAULT_CACERT",
  expired: "its certificate has expired, or is not valid yet. Renew it, and check this machine's clock",
  "wrong-host":
    "its certificate is for another host name. Use that name in VAULT_ADDR, or give it in VAULT_TLS_SERVER_NAME",
  "client-certificate":
    "it wants a client certificate that it accepts. Give one in VAULT_CLIENT_CERT and VAULT_CLIENT_KEY",
  "plain-to-tls": "http:// was used on a port that speaks TLS. Write https:// in VAULT_ADDR",
  "tls-to-plain":
    "https:// was used on a port that does not speak TLS. Write http:// in VAULT_ADDR if that is a Vault in dev mode",
  settings: "the TLS settings cannot be used. Check VAULT_CACERT, VAULT_CAPATH, VAULT_CLIENT_CERT and VAULT_CLIENT_KEY",
  other:
    "the TLS handshake failed. It takes TLS 1.2 or newer, and a client certificate (VAULT_CLIENT_CERT) where Vault wants one",
} as const
export type TlsProblem = keyof typeof TLS_PROBLEMS

/** The connection was made, but could not be trusted or did not speak the same protocol. Never retried. */
export class TlsFailed extends Schema.TaggedError<TlsFailed>()("TlsFailed", {
  address: Schema.String,
  problem: Schema.Literals([
    "unknown-ca",
    "self-signed",
    "expired",
    "wrong-host",
    "client-certificate",
    "plain-to-tls",
    "tls-to-plain",
    "settings",
    "other",
  ]),
  detail: Schema.String,
}) {
  readonly code = "vault_tls_failed"
  override get message(): string {
    return `No secure connection to Vault at ${this.address}: ${TLS_PROBLEMS[this.problem]} (${this.detail}).`
  }
}

/** The configured address cannot be used; `why` never repeats it, as it may hold a password. */
export class AddressRefused extends Schema.TaggedError<AddressRefused>()("AddressRefused", { why: Schema.String }) {
  readonly code = "vault_address_refused"
  override get message(): string {
    return `The Vault address cannot be used: ${this.why}. Set VAULT_ADDR to something like https://vault.example.com:8200`
  }
}

/** Up, but locked. */
export class Sealed extends Schema.TaggedError<Sealed>()("Sealed", { address: Schema.String }) {
  readonly code = "vault_sealed"
  override get message(): string {
    return `Vault is sealed (${this.address}): an operator has to unseal it (vault operator unseal). Credentials already leased go on working until they end.`
  }
}

/** Up, but never set up. */
export class Uninitialised extends Schema.TaggedError<Uninitialised>()("Uninitialised", { address: Schema.String }) {
  readonly code = "vault_uninitialised"
  override get message(): string {
    return `Vault at ${this.address} is not initialised: an operator has to run vault operator init first.`
  }
}

/** Why a redirect led nowhere; `none`: there was none, only no active node. */
const REDIRECTS = {
  none: "and there is no active node at the moment. Try again shortly",
  host: "that sends clients to another host, where the token is not carried",
  downgrade: "that sends clients from https to plain http, where the token is not carried. Its api_addr must be https",
  again: "that sends clients on to a node that sends them on again",
  off: "that sends clients to another node, and VAULT_DISABLE_REDIRECTS forbids following",
  gone: "that sends clients to a node that cannot be reached. If that node is down, another takes its place soon: try again shortly",
} as const

/** A standby node that has no active node to hand the request to, or hands it where we do not follow. */
export class Standby extends Schema.TaggedError<Standby>()("Standby", {
  address: Schema.String,
  redirect: Schema.Literals(["none", "host", "downgrade", "again", "off", "gone"]),
  /** Where it sends clients: scheme, host and port only. */
  target: Schema.optionalKey(Schema.String),
}) {
  readonly code = "vault_standby"
  override get message(): string {
    return `Vault at ${this.address} is a standby ${REDIRECTS[this.redirect]}${this.advice}.`
  }
  private get advice(): string {
    if (this.target === undefined || this.redirect === "downgrade") return ""
    return this.redirect === "gone"
      ? ` (it was ${this.target})`
      : `. If ${this.target} is your Vault, set VAULT_ADDR to it`
  }
}

/** Our own limit on requests would let this one go too late. Nothing was sent. */
export class HeldBack extends Schema.TaggedError<HeldBack>()("HeldBack", { wait: Schema.Duration }) {
  readonly code = "vault_held_back"
  override get message(): string {
    const wait = showSpan(Duration.max(this.wait, Duration.seconds(1)))
    return `The request was not sent to Vault: VAULT_RATE_LIMIT lets it go in ${wait}, later than the time limit of a request. Try again then, or raise VAULT_RATE_LIMIT.`
  }
}
