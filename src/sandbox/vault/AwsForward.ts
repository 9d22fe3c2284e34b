/**
 * Sends on a request that somebody else signed, to the address that was configured and to no other. The name the client
 * signed for stays in the Host header, which `fetch` would overwrite: hence Node's own client.
 */
import { Effect } from "effect"
import { request as httpRequest } from "node:http"
import { request as httpsRequest } from "node:https"

/** A signed request. `target` is its path and query; names of headers are lower case. */
export interface SignedRequest {
  readonly host: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came back. */
export interface Forwarded {
  readonly status: number
  readonly text: string
}

/** Headers that are about one connection: the next one has its own. */
const OF_THE_CONNECTION = new Set([
  "connection",
  "content-length",
  "expect",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

/** Bytes of an answer that are taken; the rest is cut off. */
const MAX_ANSWER = 64 * 1024

/** Posts it to an endpoint; the failure is the code of what went wrong on the way (`ECONNREFUSED`). */
export const forwardSigned = (endpoint: URL, signed: SignedRequest): Effect.Effect<Forwarded, string> =>
  Effect.callback<Forwarded, string>((resume) => {
    const send = endpoint.protocol === "https:" ? httpsRequest : httpRequest
    const kept = Object.entries(signed.headers).filter(([name]) => !OF_THE_CONNECTION.has(name))
    const length = String(Buffer.byteLength(signed.body))
    const headers = { ...Object.fromEntries(kept), host: signed.host, "content-length": length }
    const path = `${endpoint.pathname.replace(/\/$/, "")}${signed.target}`
    const sent = send(
      { host: endpoint.hostname, port: endpoint.port, path, method: "POST", headers, agent: false },
      (response) => {
        let text = ""
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => {
          if (text.length < MAX_ANSWER) text += chunk
        })
        response.on("end", () => resume(Effect.succeed({ status: response.statusCode ?? 0, text })))
      },
    )
    sent.on("error", (error: Error & { readonly code?: string }) => resume(Effect.fail(error.code ?? error.message)))
    sent.end(signed.body)
    return Effect.sync(() => sent.destroy())
  }).pipe(Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.fail("ETIMEDOUT") }))
