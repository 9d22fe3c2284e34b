/**
 * The variables of Vault's official client (api/client.go, `ReadEnvironment`), which an operator has set already. Those
 * of OpenBao's client are the same with BAO_.
 */
import { Duration, Redacted, Result } from "effect"
import { parseSpan } from "../core/Span.ts"
import type { AppConfigShape } from "./AppConfig.ts"
import type { Reader } from "./Reader.ts"
import { parseFlag } from "./Values.ts"

/** The official client's own defaults. */
const TIMEOUT = Duration.seconds(60)
const RETRIES = 2

const anything = (text: string): string => text

const parseCount = (text: string): number | undefined => (/^\d{1,3}$/.test(text) ? Number(text) : undefined)

/** `rate` or `rate:burst`; without a burst, as many at once as a second allows. */
const parseRate = (text: string): { readonly perSecond: number; readonly burst: number } | undefined => {
  const match = /^(\d{1,6}(?:\.\d{1,6})?)(?::(\d{1,6}))?$/.exec(text.trim())
  const perSecond = Number(match?.[1])
  const burst = match?.[2] === undefined ? Math.floor(perSecond) : Number(match[2])
  return perSecond > 0 && burst > 0 ? { perSecond, burst } : undefined
}

const NAME = /^(?!x-vault-)[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/i
const VALUE = /^[\x20-\x7e]{0,4096}$/

/** Checked by hand: Schema is not loaded for a server's start. */
const parseHeaders = (text: string): AppConfigShape["vault"]["headers"] | undefined => {
  const parsed = Result.try((): unknown => JSON.parse(text))
  if (Result.isFailure(parsed) || typeof parsed.success !== "object" || parsed.success === null) return undefined
  const headers: Record<string, Redacted.Redacted<string>> = {}
  for (const [name, value] of Object.entries(parsed.success)) {
    if (!NAME.test(name) || typeof value !== "string" || !VALUE.test(value)) return undefined
    headers[name.toLowerCase()] = Redacted.make(value)
  }
  return headers
}

/** What the official client's variables say. */
export const clientSettings = (
  reader: Reader,
): Pick<
  AppConfigShape["vault"],
  "timeout" | "tls" | "proxy" | "noProxy" | "maxRetries" | "rateLimit" | "redirects" | "srvLookup" | "headers"
> => {
  const text = (name: string) => reader.official(name, "", anything)
  const flag = (name: string) => reader.official(name, "true or false", parseFlag) ?? false
  const tls = {
    caCert: text("CACERT"),
    caCertBytes: text("CACERT_BYTES"),
    caPath: text("CAPATH"),
    clientCert: text("CLIENT_CERT"),
    clientKey: text("CLIENT_KEY"),
    serverName: text("TLS_SERVER_NAME"),
  }
  return {
    timeout: reader.official("CLIENT_TIMEOUT", "a length of time such as 30s or 60", parseSpan) ?? TIMEOUT,
    tls: {
      ...Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
      skipVerify: flag("SKIP_VERIFY"),
    },
    proxy: text("PROXY_ADDR") ?? text("HTTP_PROXY"),
    noProxy: reader.platform("NO_PROXY") ?? reader.platform("no_proxy"),
    maxRetries: reader.official("MAX_RETRIES", "a number of retries such as 2", parseCount) ?? RETRIES,
    rateLimit: reader.official("RATE_LIMIT", "a rate such as 10 or 10:20", parseRate),
    redirects: !flag("DISABLE_REDIRECTS"),
    srvLookup: flag("SRV_LOOKUP"),
    headers:
      reader.official(
        "HEADERS",
        "a JSON object of header names and texts, none beginning with X-Vault-",
        parseHeaders,
      ) ?? {},
  }
}
