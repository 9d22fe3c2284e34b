/**
 * The operator's own headers of every request (VAULT_HEADERS). They join a request where it is written to the socket, so
 * that no request, error or span of ours ever holds their values. Pure.
 */
import { Redacted } from "effect"
import type { AppConfigShape } from "../config/AppConfig.ts"

type Extra = AppConfigShape["vault"]["headers"]
type Written = Readonly<Record<string, string>>

/** Headers that belong to the connection or to the body: given by the operator, they would break the request. */
const OURS =
  /^(?:host|connection|keep-alive|proxy-connection|proxy-authorization|te|trailer|transfer-encoding|upgrade|expect|content-.*|accept|accept-encoding)$/

/**
 * A request's headers with the operator's. Where he needs Authorization for something in front of Vault, the token goes
 * as X-Vault-Token, which Vault looks at first.
 */
export const withExtra = (own: Written, extra: Extra): Written => {
  const added = Object.entries(extra).filter(([name]) => !OURS.test(name))
  const theirs = Object.fromEntries(added.map(([name, value]) => [name, Redacted.value(value)]))
  const { authorization, ...rest } = own
  const token = authorization?.replace(/^Bearer /, "")
  return theirs["authorization"] === undefined || token === undefined
    ? { ...own, ...theirs }
    : { ...rest, ...theirs, "x-vault-token": token }
}

/** What the proxy wants to see; it goes to the proxy alone. */
export const proxyPass = (extra: Extra): string | undefined => {
  const value = extra["proxy-authorization"]
  return value === undefined ? undefined : Redacted.value(value)
}

/** Shorter values would mangle every text they are taken out of. */
const SHORTEST = 4

/** Takes the values out of text that is going to be quoted. */
export const hideExtra = (text: string, extra: Extra): string =>
  Object.values(extra)
    .map(Redacted.value)
    .filter((value) => value.length >= SHORTEST)
    .reduce((rest, value) => rest.replaceAll(value, "…"), text)
