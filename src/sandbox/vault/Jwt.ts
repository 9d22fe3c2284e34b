/**
 * Signed JSON Web Tokens as login methods take them: their signature against configured keys, their times and audience.
 * The kind of key decides which algorithms count, never the token alone: a public key is no secret for HMAC.
 */
import { constants, createHmac, createPublicKey, type KeyObject, timingSafeEqual, verify } from "node:crypto"
import { Option, Result, Schema } from "effect"
import { goText } from "./Duration.ts"
import type { Json, JsonRecord } from "./Protocol.ts"

/** A key that signatures are checked with: a public one, or a secret shared with the issuer. */
export type JwtKey =
  | { readonly _tag: "public"; readonly key: KeyObject }
  | { readonly _tag: "secret"; readonly secret: string }

/** Reads a key from the text of a PEM public key or certificate; any other text is a secret. */
export const readKey = (text: string): Result.Result<JwtKey, string> => {
  if (!text.includes("-----BEGIN")) return Result.succeed({ _tag: "secret", secret: text })
  const none = "data does not contain any valid public keys"
  if (text.includes("PRIVATE KEY")) return Result.fail(none)
  return Result.try({ try: () => ({ _tag: "public", key: createPublicKey(text) }), catch: () => none })
}

/** All of them, or the first complaint. */
export const readKeys = (texts: ReadonlyArray<string>): Result.Result<ReadonlyArray<JwtKey>, string> =>
  Result.all(texts.map(readKey))

const Part = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json))
const decodePart = (part: string): JsonRecord | undefined =>
  Option.getOrUndefined(Schema.decodeUnknownOption(Part)(Buffer.from(part, "base64url").toString("utf8")))

/** How each algorithm checks: the kind of key it needs, and its padding or form. */
const signedBy = (key: JwtKey, alg: string, data: Buffer, signature: Buffer): boolean => {
  const hash = `sha${alg.slice(2)}`
  if (key._tag === "secret") {
    if (!/^HS(?:256|384|512)$/.test(alg)) return false
    const mine = createHmac(hash, key.secret).update(data).digest()
    return mine.length === signature.length && timingSafeEqual(mine, signature)
  }
  const kind = key.key.asymmetricKeyType
  if (/^RS(?:256|384|512)$/.test(alg)) return kind === "rsa" && verify(hash, data, key.key, signature)
  if (/^PS(?:256|384|512)$/.test(alg)) {
    const padded = {
      key: key.key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }
    return kind === "rsa" && verify(hash, data, padded, signature)
  }
  if (/^ES(?:256|384|512)$/.test(alg))
    return kind === "ec" && verify(hash, data, { key: key.key, dsaEncoding: "ieee-p1363" }, signature)
  return alg === "EdDSA" && kind === "ed25519" && verify(null, data, key.key, signature)
}

/** The claims of a token that one of the keys signed; the failure is what Vault's library says. */
export const signedClaims = (token: string, keys: ReadonlyArray<JwtKey>): Result.Result<JsonRecord, string> => {
  const [head = "", body = "", signature, ...more] = token.split(".")
  if (signature === undefined || more.length > 0)
    return Result.fail("go-jose/go-jose: compact JWS format must have three parts")
  const alg = decodePart(head)?.["alg"]
  const claims = decodePart(body)
  if (typeof alg !== "string" || claims === undefined)
    return Result.fail("go-jose/go-jose: error in cryptographic primitive")
  const data = Buffer.from(`${head}.${body}`)
  const bytes = Buffer.from(signature, "base64url")
  return keys.some((key) => signedBy(key, alg, data, bytes))
    ? Result.succeed(claims)
    : Result.fail("no known key successfully validated the token signature")
}

/** How far the clocks of issuer and Vault may lie apart, in seconds. */
const CLOCK_SKEW = 60

/** How long a token without an end, or without a beginning, counts, in seconds. */
const LEEWAY = 150

const numberOf = (claim: Json | undefined): number => (typeof claim === "number" ? claim : 0)

/**
 * What speaks against a token's times at `now` (milliseconds); `undefined`: nothing. Unless `endless` tokens are fine,
 * one without an end counts only shortly after its beginning, and one without any time never.
 */
export const timeProblem = (claims: JsonRecord, now: number, endless = false): string | undefined => {
  const issued = numberOf(claims["iat"])
  const starts = numberOf(claims["nbf"])
  const ends = numberOf(claims["exp"])
  if (!endless && issued === 0 && starts === 0 && ends === 0)
    return "no issued at (iat), not before (nbf), or expiration time (exp) claims in token"
  const from = starts || issued || (endless ? 0 : ends - LEEWAY)
  const until = ends || (endless ? Infinity : Math.max(issued, starts) + LEEWAY)
  if (now / 1000 > until + CLOCK_SKEW) return "invalid expiration time (exp) claim: token is expired"
  if (now / 1000 < from - CLOCK_SKEW) return "invalid not before (nbf) claim: token not yet valid"
  return now / 1000 < issued - CLOCK_SKEW ? "invalid issued at (iat) claim: token issued in the future" : undefined
}

/** Whom a token is meant for: `aud` is a text or a list. */
export const audiencesOf = (claims: JsonRecord): ReadonlyArray<string> => {
  const claim = claims["aud"]
  return claim === undefined || claim === null ? [] : Array.isArray(claim) ? claim.map(goText) : [goText(claim)]
}

/** A claim by its name, or by a JSON pointer (`/a/b`) into it. */
export const claimAt = (claims: JsonRecord, name: string): Json | undefined => {
  if (!name.startsWith("/")) return claims[name]
  let value: Json | undefined = claims
  for (const step of name.slice(1).split("/")) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~")
    if (typeof value !== "object" || value === null) return undefined
    value = Object.entries(value).find(([member]) => member === key)?.[1]
  }
  return value
}
