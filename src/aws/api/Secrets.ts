/**
 * Which parts of AWS's answers are credentials. They are withheld: no output of this program holds a secret, and what a
 * model has read stays in its context. Everything else, sensitive by AWS's marks or not, is the answer the caller asked for.
 */
import type { NormalizedSchema } from "@smithy/core/schema"

/** What stands in the place of a withheld value. */
export const REDACTED = "<redacted>"

/** Credentials whatever their marks: STS does not mark its session tokens as sensitive, SSM not its own. */
const ALWAYS = new Set([
  "SecretAccessKey",
  "SessionToken",
  "SecretString",
  "SecretBinary",
  "PrivateKey",
  "PrivateKeyPlaintext",
  "Plaintext",
  "SharedSecret",
  "ClientSecret",
  "PreSharedKey",
  "Password",
  "RandomPassword",
])

/** Credentials when AWS marks them as sensitive. The two configurations hold the pre-shared keys of a VPN. */
const WHEN_SENSITIVE =
  /secret|token|passw|passphrase|private_?key|plaintext|credential|seed|qrcode|key_?material|api_?key|access_?key$|policysignature|^(?:CustomerGateway|VpnConnectionDeviceSample)Configuration$/i

/** Whether a text or bytes of this name is a credential. Map entries are asked by their key (Lambda's environment). */
export const isSecret = (name: string, schema: NormalizedSchema): boolean =>
  (schema.isStringSchema() || schema.isBlobSchema()) &&
  (ALWAYS.has(name) || (Boolean(schema.getMergedTraits().sensitive) && WHEN_SENSITIVE.test(name)))

/**
 * What a structure tells of its own members: an SSM parameter says by its `Type` whether its `Value` is a secret, and a
 * `TokenValue` opens a session only beside the session's id.
 */
export const isSecretWithin = (value: Readonly<Record<string, unknown>>, member: string): boolean =>
  (member === "Value" && value["Type"] === "SecureString") || (member === "TokenValue" && "SessionId" in value)

/** The signature of a pre-signed address is a credential of its own (GetFunction's `Code.Location`). */
const SIGNED = /[?&]X-Amz-(?:Signature|Security-Token|Credential)=/i

/** An address without what signs it; any other text as it is. */
export const withoutSignature = (text: string): string =>
  text.length < 16_384 && /^https?:\/\//i.test(text) && SIGNED.test(text)
    ? `${text.slice(0, text.indexOf("?"))}?${REDACTED}`
    : text

/** How many values of a result were withheld. */
export const countWithheld = (value: unknown): number => {
  if (typeof value === "string") return value.includes(REDACTED) ? 1 : 0
  if (typeof value !== "object" || value === null) return 0
  return Object.values(value).reduce((sum: number, each) => sum + countWithheld(each), 0)
}
