/**
 * Takes quoted text out of the refusal of a request that carried secrets: Vault, and whatever stands before it, may repeat
 * what was sent. Only texts that are known word for word stay: a login looks for pieces of its few secrets instead, but a
 * value of the key-value engine may be one letter, or a book. Pure.
 */
import { InvalidRequest, Malformed, RateLimited, Server, type VaultReason } from "./VaultReason.ts"

/** Texts of Vault's and of ours that hold nothing of a request's body. */
const KNOWN =
  /^(?:a name in the path (?:is|holds) [a-z "., ]{1,60}|check-and-set parameter (?:did not match the current version|required for this call)|no data provided|missing data fields|no version number provided|unsupported operation|http: request body too large|it gave no reason)$/i

const LEFT_OUT = "its own words are left out here, since they may repeat what was sent"

/** The reason without words of others. */
export const unquoted = (reason: VaultReason): VaultReason => {
  switch (reason._tag) {
    case "InvalidRequest":
      return KNOWN.test(reason.text) ? reason : new InvalidRequest({ text: LEFT_OUT })
    case "Server":
      return new Server({ status: reason.status, text: LEFT_OUT })
    case "RateLimited":
      return new RateLimited({
        text: "too many requests",
        ...(reason.retryAfter === undefined ? {} : { retryAfter: reason.retryAfter }),
      })
    case "Malformed":
      return new Malformed({ path: reason.path, what: LEFT_OUT })
    case "AwsRefused":
      return new InvalidRequest({ text: LEFT_OUT })
    default:
      return reason
  }
}
