/** What a failed login means, in words that help: which method, where, what to look at, and never what was sent. Pure. */
import { Redacted } from "effect"
import type { VaultLogin } from "../../config/VaultLogin.ts"
import { VaultError } from "../VaultError.ts"
import type { VaultToken } from "../VaultModel.ts"
import { Malformed, RateLimited, Server, type VaultReason } from "../VaultReason.ts"
import { LoginRefused } from "./LoginReason.ts"

/** A login that Vault can refuse: every one but that of a token which is given. */
export type OwnLogin = Exclude<VaultLogin, { readonly method: "token" }>

/** The length of a piece that is not met in two texts by chance. */
const PIECE = 8

/**
 * Foreign words that may be repeated. Not a word of them when they hold a piece of a secret: they may have been cut in
 * the middle of it, so that looking for all of it is not enough.
 */
export const quotable = (words: string, secrets: ReadonlyArray<VaultToken>): string =>
  secrets.some((secret) => holdsPiece(words, Redacted.value(secret)))
    ? "its words hold a piece of the secret that was sent, so they are not repeated"
    : words

const holdsPiece = (words: string, secret: string): boolean => {
  const length = Math.min(PIECE, secret.length)
  for (let at = 0; at + length <= words.length; at++) if (secret.includes(words.slice(at, at + length))) return true
  return false
}

/** The words of a request that was never sent, since a name in its path could lead elsewhere. */
const NOT_SENT = /^a name in the path /

/** The reason of a login that failed. What says nothing about the login itself, such as a sealed Vault, stays as it is. */
export const refusalOf =
  ({ method, mount }: OwnLogin, secrets: ReadonlyArray<VaultToken>) =>
  ({ reason }: VaultError): VaultError => {
    const quoted = (words: string) => quotable(words, secrets)
    const meant = (): VaultReason => {
      switch (reason._tag) {
        // Vault's 403s: a login has no token that could be dead or lack a policy.
        case "TokenDead":
        case "TokenMissing":
        case "PermissionMissing":
        case "NotFound":
        case "MountUnknown":
          return new LoginRefused({ method, mount, text: "" })
        case "InvalidRequest":
          return NOT_SENT.test(reason.text) ? reason : new LoginRefused({ method, mount, text: quoted(reason.text) })
        case "Server":
          return new Server({ status: reason.status, text: quoted(reason.text) })
        case "RateLimited":
          return new RateLimited({
            text: quoted(reason.text),
            ...(reason.retryAfter && { retryAfter: reason.retryAfter }),
          })
        case "Malformed":
          return new Malformed({ path: reason.path, what: quoted(reason.what) })
        default:
          return reason
      }
    }
    return new VaultError({ reason: meant() })
  }
