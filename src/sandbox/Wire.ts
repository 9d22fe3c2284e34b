/**
 * What both halves of the sandbox speak: a request as it came over the wire and an answer as it goes back.
 * A half is one pure-looking function from request to answer, so that tests need no socket.
 */
import { DateTime, type Effect, type Stream } from "effect"

/** A TLS connection. `certificate`: what the client showed of itself (DER); absent when it showed nothing. */
export interface TlsPeer {
  readonly certificate?: Uint8Array
}

/** A request after its body was read. `path` is the path as sent (still percent-encoded), without the query. */
export interface WireRequest {
  readonly method: string
  readonly path: string
  /** The query as sent, without the question mark; empty when there was none. */
  readonly query: string
  /** Header names are lower case; repeated headers are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Set by a server that speaks TLS. */
  readonly tls?: TlsPeer
}

/**
 * An answer. `rest`: what follows the body, sent as it comes and only as fast as the client reads; its failure breaks
 * the connection off. Nobody counts ahead: without a content-length among the headers such an answer tells none.
 */
export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
  readonly rest?: Stream.Stream<Uint8Array, "cut">
}

/** An answer, or the rude end of a connection (a fault that a real server shows under some errors). */
export type WireResponse = WireAnswer | { readonly closed: true }

/** One half of the sandbox: never fails, a refusal is an answer too. */
export type WireHandler = (request: WireRequest) => Effect.Effect<WireResponse>

/** Percent-decodes once, as a server does with a path segment; text that is no valid encoding stays as it is. */
export const decodePath = (encoded: string): string =>
  encoded.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = Buffer.from(run.replaceAll("%", ""), "hex")
    const text = bytes.toString("utf8")
    return text.includes("\uFFFD") ? run : text
  })

/** Query parameters in the order they were sent; `+` is a blank only in form bodies, see {@link formPairs}. */
export const queryPairs = (query: string): ReadonlyArray<readonly [string, string]> =>
  query === ""
    ? []
    : query.split("&").map((pair) => {
        const at = pair.indexOf("=")
        return at < 0
          ? ([decodePath(pair), ""] as const)
          : ([decodePath(pair.slice(0, at)), decodePath(pair.slice(at + 1))] as const)
      })

/** The fields of a form body (`application/x-www-form-urlencoded`), where `+` is a blank. */
export const formPairs = (body: Uint8Array): ReadonlyArray<readonly [string, string]> => [
  ...new URLSearchParams(Buffer.from(body).toString("utf8")),
]

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\r": "&#13;",
}

/** Text as the content of an XML element. */
export const xmlText = (text: string): string => text.replace(/[&<>"'\r]/g, (char) => escapes[char] ?? char)

/** HTTP's date, e.g. `Thu, 01 Jan 1970 00:00:00 GMT`: clients correct their clock by it, so it is the half's own time. */
export const httpDate = (millis: number): string => DateTime.toDateUtc(DateTime.makeUnsafe(millis)).toUTCString()
