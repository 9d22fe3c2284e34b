/** Client certificates against configured ones: is it one of them, did one of them sign it, does it still count. Pure. */
import { X509Certificate } from "node:crypto"
import { Option, Result } from "effect"
import { matchesAny } from "./Glob.ts"

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g

const readOne = (data: string | Uint8Array): Option.Option<X509Certificate> =>
  Result.getSuccess(Result.try(() => new X509Certificate(typeof data === "string" ? data : Buffer.from(data))))

/** The certificates in a PEM text, in order; what is none is passed over. */
export const readCertificates = (pem: string): ReadonlyArray<X509Certificate> =>
  (pem.match(CERTIFICATE) ?? []).flatMap((block) => Option.toArray(readOne(block)))

/** A certificate as TLS gives it. */
export const readDer = (der: Uint8Array): X509Certificate | undefined => Option.getOrUndefined(readOne(der))

/** The values of one attribute of the subject (`CN`, `OU`). */
export const subjectValues = (certificate: X509Certificate, attribute: string): ReadonlyArray<string> =>
  certificate.subject
    .split("\n")
    .flatMap((line) => (line.startsWith(`${attribute}=`) ? [line.slice(attribute.length + 1)] : []))

/** The alternative names of one kind (`DNS`, `email`, `URI`). */
export const alternativeNames = (certificate: X509Certificate, kind: string): ReadonlyArray<string> =>
  (certificate.subjectAltName ?? "")
    .split(", ")
    .flatMap((entry) => (entry.startsWith(`${kind}:`) ? [entry.slice(kind.length + 1)] : []))

const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
const ANY_USE = "2.5.29.37.0"

/** Whether `now` (milliseconds) lies in a certificate's time. */
export const isInForce = (certificate: X509Certificate, now: number): boolean =>
  now >= certificate.validFromDate.getTime() && now <= certificate.validToDate.getTime()

/** Why a certificate does not count at `now` (milliseconds), in Go's words; `undefined`: it does. */
export const invalidity = (certificate: X509Certificate, now: number): string | undefined => {
  if (!isInForce(certificate, now)) return "x509: certificate has expired or is not yet valid"
  // Node's type says that there are always usages; a certificate without the extension has none.
  const uses: ReadonlyArray<string> | undefined = certificate.keyUsage
  return uses === undefined || uses.includes(CLIENT_AUTH) || uses.includes(ANY_USE)
    ? undefined
    : "x509: certificate specifies an incompatible key usage"
}

/** Whether an authority signed a certificate, directly. */
export const isIssuedBy = (certificate: X509Certificate, authority: X509Certificate): boolean =>
  authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey)

/** What names a certificate may have; an empty list allows all. */
export interface NameRules {
  readonly names: ReadonlyArray<string>
  readonly commonNames: ReadonlyArray<string>
  readonly dnsNames: ReadonlyArray<string>
  readonly emails: ReadonlyArray<string>
  readonly uris: ReadonlyArray<string>
  readonly units: ReadonlyArray<string>
}

/** Whether each of the rules holds for one of the certificate's names. */
export const fitsNames = (certificate: X509Certificate, rules: NameRules): boolean => {
  const common = subjectValues(certificate, "CN")
  const dns = alternativeNames(certificate, "DNS")
  const emails = alternativeNames(certificate, "email")
  const fits = (allowed: ReadonlyArray<string>, names: ReadonlyArray<string>) =>
    allowed.length === 0 || names.some((name) => matchesAny(allowed, name))
  return (
    fits(rules.names, [...common, ...dns, ...emails]) &&
    fits(rules.commonNames, common) &&
    fits(rules.dnsNames, dns) &&
    fits(rules.emails, emails) &&
    fits(rules.uris, alternativeNames(certificate, "URI")) &&
    fits(rules.units, subjectValues(certificate, "OU"))
  )
}
