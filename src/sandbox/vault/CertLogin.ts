/**
 * The TLS certificate login method. The connection has proved that the client holds the key; here it is decided whether
 * the certificate is trusted: an authority or the certificate itself was configured, and its names fit.
 */
import type { X509Certificate } from "node:crypto"
import { Effect } from "effect"
import { type Backend, type Call, type Handler, route } from "./Backend.ts"
import {
  fitsNames,
  invalidity,
  isInForce,
  isIssuedBy,
  type NameRules,
  readCertificates,
  readDer,
  subjectValues,
} from "./Certificates.ts"
import type { Fields } from "./Fields.ts"
import { loggedIn, OLD_TOKEN_FIELDS, shownSettings, TOKEN_FIELDS, tokenSettings, type TokenSettings } from "./Login.ts"
import { nameOf, tableRoutes } from "./NamedTable.ts"
import { bad, type JsonRecord, Refusal } from "./Protocol.ts"
import type { VaultState } from "./State.ts"

interface Trusted {
  readonly name: string
  readonly displayName: string
  readonly pem: string
  readonly certificates: ReadonlyArray<X509Certificate>
  readonly rules: NameRules
  readonly token: TokenSettings
}

const FIELDS: Fields = {
  ...TOKEN_FIELDS,
  ...OLD_TOKEN_FIELDS,
  certificate: "text",
  display_name: "text",
  allowed_names: "list",
  allowed_common_names: "list",
  allowed_dns_sans: "list",
  allowed_email_sans: "list",
  allowed_uri_sans: "list",
  allowed_organizational_units: "list",
}

const entry = Effect.fnUntraced(function* (call: Call, before?: Trusted): Effect.fn.Return<Trusted, Refusal> {
  const { params } = call
  const pem = params.text("certificate", before?.pem)
  const certificates = readCertificates(pem)
  if (certificates.length === 0) return yield* bad("failed to parse certificate")
  const list = (name: string, kept: ReadonlyArray<string> | undefined) => params.list(name) ?? kept ?? []
  return {
    name: nameOf(call),
    displayName: params.text("display_name", before?.displayName) || nameOf(call),
    pem,
    certificates,
    rules: {
      names: list("allowed_names", before?.rules.names),
      commonNames: list("allowed_common_names", before?.rules.commonNames),
      dnsNames: list("allowed_dns_sans", before?.rules.dnsNames),
      emails: list("allowed_email_sans", before?.rules.emails),
      uris: list("allowed_uri_sans", before?.rules.uris),
      units: list("allowed_organizational_units", before?.rules.units),
    },
    token: tokenSettings(params, before?.token),
  }
})

const shown = (trusted: Trusted): JsonRecord => ({
  allowed_common_names: trusted.rules.commonNames,
  allowed_dns_sans: trusted.rules.dnsNames,
  allowed_email_sans: trusted.rules.emails,
  allowed_names: trusted.rules.names,
  allowed_organizational_units: trusted.rules.units,
  allowed_uri_sans: trusted.rules.uris,
  certificate: trusted.pem,
  display_name: trusted.displayName,
  ...shownSettings(trusted.token),
})

/** Which of the entries trusts the certificate. One that is no authority trusts itself alone. */
const findTrust = Effect.fnUntraced(function* (
  all: ReadonlyArray<Trusted>,
  client: X509Certificate,
  now: number,
): Effect.fn.Return<Trusted, Refusal> {
  const authorities = all.filter(({ certificates }) => certificates[0]?.ca === true)
  const themselves = all.filter(({ certificates }) => certificates[0]?.raw.equals(client.raw) === true)
  const issued = authorities.filter(({ certificates }) =>
    certificates.some((one) => isInForce(one, now) && isIssuedBy(client, one)),
  )
  const trusting = [...themselves, ...issued]
  if (trusting.length === 0) return yield* bad("invalid certificate or no client certificate supplied")
  const invalid = invalidity(client, now)
  if (invalid !== undefined)
    return yield* new Refusal({ status: 500, errors: [`failed to verify client's certificate: ${invalid}`] })
  const fitting = trusting.find(({ rules }) => fitsNames(client, rules))
  return fitting ?? (yield* bad("no chain matching all constraints could be found for this login certificate"))
})

/** A new certificate method. */
export const cert = (state: VaultState): Backend => {
  const trusted = new Map<string, Trusted>()
  const entities = new Map<string, string>()

  const login: Handler = Effect.fnUntraced(function* (call) {
    if (call.tls === undefined) return yield* bad("tls connection required")
    const { certificate } = call.tls
    if (certificate === undefined) return yield* bad("client certificate must be supplied")
    const client = readDer(certificate)
    if (client === undefined) return yield* bad("invalid certificate or no client certificate supplied")
    const asked = nameOf(call)
    const named = [...trusted.values()].filter(({ name }) => asked === "" || name === asked)
    const match = yield* findTrust(named, client, call.now)
    const commonName = subjectValues(client, "CN")[0] ?? ""
    const meta = {
      cert_name: match.name,
      common_name: commonName,
      serial_number: BigInt(`0x${client.serialNumber}`).toString(),
    }
    const identity = { displayName: match.displayName, meta, alias: commonName }
    return yield* loggedIn(state, call, match.token, identity, entities)
  })

  return {
    open: route("login"),
    routes: [
      { path: route("login"), fields: { name: "text" }, on: { update: login } },
      ...tableRoutes({ folder: "certs", table: trusted, fields: FIELDS, entry, shown }),
    ],
  }
}
