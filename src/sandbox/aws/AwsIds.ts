/** Names and secrets as AWS makes them: right prefix, alphabet and length, unpredictable content. */
import { createHash, randomBytes, randomUUID } from "node:crypto"

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

const lettersOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("")

const randomLetters = (length: number): string => lettersOf(randomBytes(length))

/** `AKIA` + 16 for a user's key, `ASIA` + 16 for a session's. */
export const newAccessKeyId = (prefix: "AKIA" | "ASIA"): string => prefix + randomLetters(16)

/** The unique id of a user (`AIDA…`) or a role (`AROA…`): 21 characters. */
export const newUniqueId = (prefix: "AIDA" | "AROA"): string => prefix + randomLetters(17)

/** The id of a role that nobody made: the same for the same ARN. */
export const uniqueIdOf = (prefix: "AROA", arn: string): string =>
  prefix + lettersOf(createHash("sha256").update(arn).digest().subarray(0, 17))

/** 40 characters of base64. */
export const newSecretKey = (): string => randomBytes(30).toString("base64")

/** A session token of some 300 characters; as opaque as AWS's own. */
export const newSessionToken = (): string => `FwoGZXIvYXdzE${randomBytes(216).toString("base64")}`

/** A request's id in the form its service uses. */
export const newRequestId = (service: string): string => {
  if (service === "s3") return randomBytes(8).toString("hex").toUpperCase()
  return service === "dynamodb" ? randomLetters(52) : randomUUID()
}

/** S3's second id (`x-amz-id-2`, `HostId`). */
export const newHostId = (): string => randomBytes(56).toString("base64")
