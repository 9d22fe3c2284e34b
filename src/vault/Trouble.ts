/** A request that got no answer: what went wrong on the way, and whether Vault can have acted on it. Pure. */
import { Predicate } from "effect"
import type { HttpClientError } from "effect/http"
import { oneLine } from "../core/Text.ts"
import type { VaultAddress } from "./VaultAddress.ts"
import { TlsFailed, type TlsProblem, Unreachable } from "./ReachReason.ts"
import { Server, type VaultReason } from "./VaultReason.ts"

/** Why one attempt failed, and what that means for another one. */
export interface Trouble {
  readonly reason: VaultReason
  /** `no`: Vault certainly did nothing. `yes`: it did and said so. `unknown`: the request was sent, no answer came. */
  readonly processed: "no" | "unknown" | "yes"
  /** Whether another attempt may go better. */
  readonly transient: boolean
}

/** OpenSSL's and Node's codes for a certificate that is not trusted. */
const TLS_CODES: Readonly<Record<string, TlsProblem>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "unknown-ca",
  UNABLE_TO_GET_ISSUER_CERT: "unknown-ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknown-ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknown-ca",
  CERT_UNTRUSTED: "unknown-ca",
  INVALID_CA: "unknown-ca",
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "wrong-host",
  ERR_SSL_WRONG_VERSION_NUMBER: "tls-to-plain",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "tls-to-plain",
  VAULT_TLS_SETTINGS: "settings",
}

/** Failures to connect: nothing was sent. The flag says whether the next attempt may find it mended. */
const CONNECT_CODES: Readonly<Record<string, readonly [detail: string, transient: boolean]>> = {
  ECONNREFUSED: ["the connection was refused", true],
  ENOTFOUND: ["the host name is not known", false],
  EAI_AGAIN: ["the host name could not be looked up", true],
  EHOSTUNREACH: ["there is no route to the host", false],
  ENETUNREACH: ["there is no route to the network", false],
  UND_ERR_CONNECT_TIMEOUT: ["no connection within the time limit", false],
  ENOENT: ["there is no such socket", true],
  VAULT_PROXY_SETTINGS: [
    "the proxy's address cannot be used, write it like http://proxy.example.com:3128 in VAULT_PROXY_ADDR",
    false,
  ],
  UND_ERR_PRX_TLS: ["the proxy did not let the TLS connection through", false],
}

/** The trouble behind a failed HTTP call to `address`. */
export const troubleOf = (error: HttpClientError.HttpClientError, address: VaultAddress): Trouble => {
  const faults = chain(error.reason)
  for (const fault of faults) {
    const code = codeOf(fault)
    const tls = tlsProblem(code)
    if (tls !== undefined && Predicate.hasProperty(fault, "afterHandshake")) break
    if (tls !== undefined) return tlsTrouble(address, tls, textOf(fault, code))
    const known = CONNECT_CODES[code]
    if (known !== undefined) return notSent(new Unreachable({ address: address.shown, detail: known[0] }), known[1])
    const text = textOf(fault, code)
    if (/before secure TLS connection/.test(text)) return tlsTrouble(address, "other", "the connection was closed")
    if (address.url.protocol === "http:" && code.startsWith("HPE_")) {
      return tlsTrouble(address, "plain-to-tls", "the answer is not HTTP")
    }
    if (/^Proxy (?:response|Authentication)/.test(text))
      return notSent(new Unreachable({ address: address.shown, detail: text }), false)
    if (Predicate.hasProperty(fault, "syscall") && fault.syscall === "connect") {
      return notSent(new Unreachable({ address: address.shown, detail: `connecting failed with ${code}` }), false)
    }
  }
  if (error.reason._tag === "EncodeError" || error.reason._tag === "InvalidUrlError") {
    return notSent(new Unreachable({ address: address.shown, detail: "the request could not be made" }), false)
  }
  const code = faults.map(codeOf).find((known) => known !== "")
  const how = code === undefined ? "" : ` (${code})`
  return lost(address, `the connection broke before the answer was complete${how}${guess(address, faults)}`)
}

/**
 * What a connection that closed without a word may mean. A TLS listener other than Go's does that to plain HTTP, and
 * through a proxy the alert with which TLS 1.3 asks for a client certificate is lost.
 */
const guess = (address: VaultAddress, faults: ReadonlyArray<unknown>): string => {
  if (address.url.protocol === "http:") return "; if that port speaks TLS, write https://"
  const wordless = faults.some(
    (fault) =>
      Predicate.hasProperty(fault, "socket") &&
      Predicate.hasProperty(fault.socket, "bytesRead") &&
      fault.socket.bytesRead === 0,
  )
  return wordless ? "; if Vault wants a client certificate, set VAULT_CLIENT_CERT and VAULT_CLIENT_KEY" : ""
}

/** Sent, and no complete answer. */
export const lost = (address: VaultAddress, detail: string): Trouble => ({
  reason: new Unreachable({ address: address.shown, detail }),
  processed: "unknown",
  transient: true,
})

/** An answer of something in front of Vault that could not reach it, or could not wait for it. */
export const gatewayTrouble = (status: number, text: string): Trouble => ({
  reason: new Server({ status, text }),
  processed: "unknown",
  transient: true,
})

/** Not sent, so Vault did nothing. */
export const notSent = (reason: VaultReason, transient: boolean): Trouble => ({ reason, processed: "no", transient })

/** Trust does not come by itself: never transient. The handshake precedes the request, so Vault did nothing. */
const tlsTrouble = (address: VaultAddress, problem: TlsProblem, detail: string): Trouble =>
  notSent(new TlsFailed({ address: address.shown, problem, detail }), false)

/** The error, its causes, and the single attempts of a connection tried on several addresses. */
const chain = (error: unknown, depth = 0): ReadonlyArray<unknown> => {
  if (!Predicate.isObject(error) || depth > 5) return []
  const causes = Predicate.hasProperty(error, "cause") ? chain(error.cause, depth + 1) : []
  const parts =
    Predicate.hasProperty(error, "errors") && Array.isArray(error.errors)
      ? error.errors.flatMap((part: unknown) => chain(part, depth + 1))
      : []
  return [error, ...causes, ...parts]
}

/**
 * Whether that is the alert of a server that wants another client certificate, or one at all. OpenSSL 3 renamed its
 * alerts (`SSLV3_ALERT_…` became `SSL/TLS_ALERT_…`), so they are known by their ends.
 */
export const refusesOurCertificate = (code: string): boolean =>
  /_ALERT_(?:BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:REQUIRED|EXPIRED|REVOKED|UNKNOWN)|UNKNOWN_CA)$/.test(
    code,
  )

const tlsProblem = (code: string): TlsProblem | undefined => {
  if (refusesOurCertificate(code)) return "client-certificate"
  return TLS_CODES[code] ?? (code.startsWith("ERR_SSL_") || code === "EPROTO" ? "other" : undefined)
}

/** Node's, OpenSSL's and undici's codes are constants; anything else is not repeated. */
export const codeOf = (error: unknown): string =>
  Predicate.hasProperty(error, "code") && typeof error.code === "string" && /^[A-Z0-9_/]{3,60}$/.test(error.code)
    ? error.code
    : ""

/** OpenSSL's errors have their words in `reason`; their messages begin with addresses. */
const textOf = (error: unknown, otherwise: string): string => {
  if (!(error instanceof Error) || error.message === "") return otherwise
  const words =
    Predicate.hasProperty(error, "reason") && typeof error.reason === "string" ? error.reason : error.message
  return oneLine(words, 160)
}
