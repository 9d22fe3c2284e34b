/** The checks of the way to Vault and of the state it is in: `address`, `tls`, `seal`, `active`. Pure. */
import type { AppConfigShape } from "../../config/AppConfig.ts"
import type { TlsFailed, Unreachable } from "../../vault/ReachReason.ts"
import type { VaultError } from "../../vault/VaultError.ts"
import type { VaultHealth } from "../../vault/VaultModel.ts"
import type { Cause } from "../Cause.ts"
import { type Check, fail, ok, warn } from "../Check.ts"
import type { Heard } from "../Outside.ts"
import { told } from "./Told.ts"

type Settings = AppConfigShape["vault"]

/** The setting of the address. */
export const ADDR = "VAULT_AWS_MCP_VAULT_ADDR (or VAULT_ADDR)"

const SHOW_CERTIFICATE =
  "set VAULT_CLIENT_CERT and VAULT_CLIENT_KEY to the files of a certificate that Vault's listener trusts"

/** What is wrong with the TLS, by the transport's name for it. */
const TLS: Readonly<Record<string, readonly [cause: Cause, what: string, fix: string]>> = {
  "unknown-ca": [
    "tls_unknown_ca",
    "its certificate is signed by an authority that this machine does not trust",
    "get that authority's certificate from whoever runs Vault, and set VAULT_CACERT=/path/to/ca.pem",
  ],
  "self-signed": [
    "tls_self_signed",
    "its certificate is signed by nobody but itself",
    "if it is your Vault's, save that certificate and set VAULT_CACERT=/path/to/vault.pem",
  ],
  expired: [
    "tls_expired",
    "its certificate has expired, or is not valid yet",
    "renew Vault's certificate; if it is still good, set this machine's clock",
  ],
  "wrong-host": [
    "tls_wrong_host",
    "its certificate is for another host name",
    `write a host name of the certificate in ${ADDR}, or set VAULT_TLS_SERVER_NAME to it`,
  ],
  "client-certificate": [
    "tls_client_certificate",
    "it wants a certificate of the client, and takes none or not this one",
    SHOW_CERTIFICATE,
  ],
  settings: [
    "tls_settings",
    "the TLS settings cannot be used",
    "correct the file that VAULT_CACERT, VAULT_CAPATH, VAULT_CLIENT_CERT or VAULT_CLIENT_KEY names",
  ],
}

const answers = (vault: Settings): Check => ok("address", `${vault.address} answers`)

const httpOnTls = (vault: Settings): ReadonlyArray<Check> => [
  answers(vault),
  fail(
    "tls",
    "http_on_tls_port",
    `${vault.address} says http, and that port speaks TLS`,
    `set ${ADDR} to ${vault.address.replace(/^http:/, "https:")}`,
  ),
]

const httpsOnPlain = (vault: Settings): ReadonlyArray<Check> => {
  const plain = vault.address.replace(/^https:/, "http:")
  return [
    answers(vault),
    fail(
      "tls",
      "https_on_plain_port",
      `${vault.address} says https, and that port does not speak TLS`,
      `if that is a Vault in dev mode, set ${ADDR} to ${plain}; else give its TLS listener, or start TLS there`,
    ),
  ]
}

const tlsFailed = ({ detail, problem }: TlsFailed, vault: Settings): ReadonlyArray<Check> => {
  if (problem === "plain-to-tls") return httpOnTls(vault)
  if (problem === "tls-to-plain") return httpsOnPlain(vault)
  const [cause, what, fix] = TLS[problem] ?? [
    "tls_failed" as const,
    "the TLS handshake failed",
    "let Vault's listener speak TLS 1.2 or newer; where it wants a client certificate, set VAULT_CLIENT_CERT and VAULT_CLIENT_KEY",
  ]
  return [answers(vault), fail("tls", cause, `${vault.address}: ${what} (${detail})`, fix)]
}

const certificateWanted = (vault: Settings): ReadonlyArray<Check> => [
  answers(vault),
  fail(
    "tls",
    "tls_client_certificate",
    `${vault.address}: it hangs up on a client that shows no certificate`,
    SHOW_CERTIFICATE,
  ),
]

const unanswered = (reason: Unreachable, vault: Settings, heard: Heard | undefined): ReadonlyArray<Check> => {
  const way = vault.proxy === undefined ? "" : ", through the proxy of VAULT_PROXY_ADDR or VAULT_HTTP_PROXY"
  if (heard === "listens" || heard === "tls") {
    const what = `something listens at ${vault.address}, but it does not answer like Vault: ${reason.detail}`
    return [fail("address", "no_answer", what, `see what runs there, and give Vault's address in ${ADDR}`)]
  }
  const fix = `start Vault there, or set ${ADDR} to where it listens; check the host, the port and the firewall`
  return [fail("address", "dead_address", `${vault.address} cannot be reached${way}: ${reason.detail}`, fix)]
}

/** Why nobody who could be Vault answered. `heard`: who listens there, where that was found out; `http`: without TLS. */
export const unreached = (
  error: VaultError,
  vault: Settings,
  heard: Heard | "http" | undefined,
): ReadonlyArray<Check> => {
  const { reason } = error
  if (heard === "http") return httpsOnPlain(vault)
  const speaksTls = heard === "tls" || heard === "tls-closes"
  if (speaksTls && vault.address.startsWith("http:")) return httpOnTls(vault)
  if (heard === "tls-closes" && vault.tls.clientCert === undefined) return certificateWanted(vault)
  switch (reason._tag) {
    case "TlsFailed":
      return tlsFailed(reason, vault)
    case "Unreachable":
      return unanswered(reason, vault, heard)
    case "AddressRefused":
      return [
        fail("address", "bad_address", reason.message, `set ${ADDR} to something like https://vault.example.com:8200`),
      ]
    default:
      return [told("address", error)]
  }
}

const isLocal = (address: string): boolean =>
  /^http:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::|\/|$)/.test(address)

/** The connection that health came over. */
const tlsOf = ({ address, tls }: Settings): Check => {
  if (address.startsWith("unix:")) return ok("tls", "a socket of this machine")
  if (isLocal(address)) return ok("tls", "plain http, on this machine only")
  if (!address.startsWith("https:")) {
    const what = "plain http: tokens and keys cross the network in clear"
    return warn("tls", "plain_http", what, `let Vault listen with TLS, and write https:// in ${ADDR}`)
  }
  const unchecked = "certificates are not checked (VAULT_SKIP_VERIFY)"
  return tls.skipVerify
    ? warn("tls", "tls_unchecked", unchecked, "give Vault's CA with VAULT_CACERT and unset VAULT_SKIP_VERIFY")
    : ok("tls", "the certificate is good")
}

const sealOf = ({ state }: VaultHealth): Check => {
  switch (state) {
    case "sealed":
      return fail("seal", "sealed", "Vault is sealed", "have an operator unseal it: vault operator unseal")
    case "uninitialised":
      return fail("seal", "uninitialised", "Vault was never set up", "have an operator set it up: vault operator init")
    default:
      return ok("seal", "unsealed")
  }
}

/** What health tells. Whether a standby hands requests on, only a request with a token tells. */
export const reached = (health: VaultHealth, vault: Settings): ReadonlyArray<Check> => {
  const known = [
    ok("address", `${vault.address} answers as Vault ${health.version ?? "of unknown version"}`),
    tlsOf(vault),
    sealOf(health),
  ]
  switch (health.state) {
    case "active":
      return [...known, ok("active", "this node is the active one")]
    case "dr-secondary": {
      const what = "this is a disaster recovery secondary, which serves nobody until it is promoted"
      return [...known, fail("active", "dr_secondary", what, `set ${ADDR} to the primary cluster`)]
    }
    default:
      return known
  }
}
