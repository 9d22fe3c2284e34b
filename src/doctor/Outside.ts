/**
 * What the doctor learns of the network by other means than the APIs of Vault and AWS: who listens at an address, and
 * what time it is there. Sends no credentials, trusts nobody, and takes seconds at most.
 */
import { connect } from "node:tls"
import { isIP } from "node:net"
import { Clock, Context, DateTime, Effect, Layer, Option, Predicate } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest } from "effect/http"
import * as FetchHttpClient from "effect/http/FetchHttpClient"

/**
 * Who is there. `nobody`: no connection · `listens`: a connection, but no TLS · `tls`: it speaks TLS · `tls-closes`: it
 * shakes hands and hangs up on a client without a certificate.
 */
export type Heard = "nobody" | "listens" | "tls" | "tls-closes"

/** An answer of whoever it is, with how far the clock there is before ours in milliseconds, where it is told. */
export interface Answered {
  readonly _tag: "answered"
  readonly status: number
  readonly ahead: number | undefined
}

/** No answer. `code`: Node's name of the trouble (`ENOTFOUND`, `ECONNREFUSED`, …), `timeout`, or `unknown`. */
export interface Silent {
  readonly _tag: "silent"
  readonly code: string
}

/** How long a handshake may take, and how long the end of one after it is waited for. */
const KNOCK = "2 seconds"
const LINGER = 400
const ANSWER = "5 seconds"

export class Outside extends Context.Service<
  Outside,
  {
    /** Who listens at an http or https address; shakes hands in TLS to find out, whatever the scheme is. */
    readonly knock: (url: URL) => Effect.Effect<Heard>
    /** Whether anybody answers HTTP at an address, by a request without credentials. */
    readonly ask: (url: URL) => Effect.Effect<Answered | Silent>
  }
>()("vault-aws-mcp/doctor/Outside") {
  static readonly layer = Layer.effect(
    Outside,
    Effect.gen(function* () {
      const http = yield* HttpClient.HttpClient

      const ask = Effect.fnUntraced(function* (url: URL): Effect.fn.Return<Answered | Silent> {
        const outcome = yield* http
          .execute(HttpClientRequest.head(url))
          .pipe(
            Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
            Effect.provideService(HttpClient.TracerPropagationEnabled, false),
            Effect.mapError(codeOf),
            Effect.timeoutOrElse({ duration: ANSWER, orElse: () => Effect.fail("timeout") }),
            Effect.result,
          )
        if (outcome._tag === "Failure") return { _tag: "silent", code: outcome.failure }
        const date = Option.getOrUndefined(DateTime.make(outcome.success.headers["date"] ?? ""))
        const now = yield* Clock.currentTimeMillis
        const ahead = date === undefined ? undefined : DateTime.toEpochMillis(date) - now
        return { _tag: "answered", status: outcome.success.status, ahead }
      })

      return Outside.of({ ask, knock })
    }),
  ).pipe(Layer.provide(FetchHttpClient.layer))
}

/** The code in the chain of causes under a failed request. */
const codeOf = ({ reason }: HttpClientError.HttpClientError): string => {
  let fault: unknown = reason
  for (let depth = 0; depth < 6 && Predicate.isObject(fault); depth++) {
    if (Predicate.hasProperty(fault, "code") && typeof fault.code === "string" && /^[A-Z0-9_]{3,60}$/.test(fault.code))
      return fault.code
    fault = Predicate.hasProperty(fault, "cause") ? fault.cause : undefined
  }
  return "unknown"
}

/** Never shows a certificate: it is the lack of one that is to be heard of. */
const knock = (url: URL): Effect.Effect<Heard> => {
  let heard: Heard = "nobody"
  const host = url.hostname.replace(/^\[|\]$/g, "")
  return Effect.callback<Heard>((resume) => {
    const socket = connect({
      host,
      port: Number(url.port) || (url.protocol === "https:" ? 443 : 80),
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      ...(isIP(host) === 0 ? { servername: host } : {}),
    })
    const tell = () => resume(Effect.succeed(heard))
    socket.on("connect", () => {
      heard = "listens"
    })
    socket.on("secureConnect", () => {
      heard = "tls"
      // With TLS 1.3 a server objects to a missing certificate only after the client holds the handshake to be done.
      socket.setTimeout(LINGER, tell)
    })
    const end = () => {
      if (heard === "tls") heard = "tls-closes"
      tell()
    }
    socket.on("error", end)
    socket.on("close", end)
    return Effect.sync(() => void socket.destroy())
  }).pipe(Effect.timeoutOrElse({ duration: KNOCK, orElse: () => Effect.succeed(heard) }))
}
