/** JSON Web Tokens signed by keys of the test's own. */
import { createHmac, generateKeyPairSync, sign } from "node:crypto"

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })

/** The public half of the key that {@link rs256} signs with, in PEM. */
export const PUBLIC_KEY = publicKey.export({ type: "spki", format: "pem" }).toString()

/** A token signed by the test's RSA key. */
export const rs256 = (claims: object): string => {
  const body = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`
  return `${body}.${sign("sha256", Buffer.from(body), privateKey).toString("base64url")}`
}

/** A token signed by a shared secret. */
export const hs256 = (claims: object, secret: string): string => {
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`
}

/** The same token with other claims in it. */
export const tampered = (token: string, claims: object): string => {
  const [head = "", , signature = ""] = token.split(".")
  return `${head}.${part(claims)}.${signature}`
}
