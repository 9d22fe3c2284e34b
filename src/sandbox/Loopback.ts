/**
 * A scoped HTTP server on loopback for one half of the sandbox. Bodies are read whole, up to a bound; a handler's fiber
 * belongs to the server's scope and is interrupted when the client hangs up.
 */
import { Cause, Effect, Exit, FiberSet, Result, Schema, type Scope, Stream } from "effect"
import { type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Writable } from "node:stream"
import { type LoopbackTls, newServer, tlsOf } from "./LoopbackTls.ts"
import type { WireAnswer, WireHandler, WireRequest, WireResponse } from "./Wire.ts"

/** The sandbox could not listen. */
export class SandboxError extends Schema.TaggedError<SandboxError>()("SandboxError", {
  what: Schema.String,
}) {
  override get message(): string {
    return `the sandbox could not start: ${this.what}`
  }
}

/** Bytes of a request body that are taken; a longer one ends the connection. */
const MAX_BODY = 64 * 1024 * 1024

const headersOf = (incoming: IncomingMessage): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(",") : value
  }
  return headers
}

const requestOf = (method: string, target: string, headers: Record<string, string>, body: Buffer): WireRequest => {
  const at = target.indexOf("?")
  return {
    method,
    path: at < 0 ? target : target.slice(0, at),
    query: at < 0 ? "" : target.slice(at + 1),
    headers,
    body,
  }
}

/** Vault's LIST verb is unknown to Node's parser: the head it refused is read here. LIST has no body. */
const listRequest = (packet: Buffer): WireRequest | undefined => {
  const [first, ...lines] = packet.toString("latin1").split("\r\n\r\n")[0]?.split("\r\n") ?? []
  const match = /^LIST (\S+) HTTP\/1\.1$/.exec(first ?? "")
  if (match?.[1] === undefined) return undefined
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const at = line.indexOf(":")
    if (at > 0) headers[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim()
  }
  return requestOf("LIST", match[1], headers, Buffer.alloc(0))
}

/** Hands bytes to the connection and waits until it has taken them. */
const put = (to: Writable, bytes: Uint8Array | string): Effect.Effect<void> =>
  Effect.callback((resume) => {
    to.write(bytes, () => resume(Effect.void))
  })

/** Sends what comes after the head of an answer. */
const pour = Effect.fnUntraced(function* (to: Writable, { body, rest }: WireAnswer) {
  if (rest === undefined) return void to.end(body)
  if (body.length > 0) yield* put(to, body)
  const sent = yield* Effect.result(Stream.runForEach(rest, (chunk) => put(to, chunk)))
  if (Result.isSuccess(sent)) to.end()
  else to.destroy()
})

/** The headers of an answer; its length is told where it is known. */
const headOf = ({ body, headers, rest }: WireAnswer): Readonly<Record<string, string>> =>
  rest === undefined ? { ...headers, "content-length": String(Buffer.byteLength(body)) } : headers

const answerList = (socket: Socket, answer: WireResponse): Effect.Effect<void> => {
  if ("closed" in answer) return Effect.sync(() => void socket.destroy())
  // An answer of unknown length ends with the connection.
  const head = Object.entries({ ...headOf(answer), connection: "close" })
  const lines = head.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  return Effect.andThen(
    put(socket, Buffer.from(`HTTP/1.1 ${answer.status} .\r\n${lines}\r\n`, "latin1")),
    pour(socket, answer),
  )
}

const answer = (response: ServerResponse, method: string, result: WireResponse): Effect.Effect<void> =>
  Effect.suspend(() => {
    if ("closed" in result) return Effect.sync(() => void response.destroy())
    const bodiless = method === "HEAD" || result.status === 204 || result.status === 304
    response.writeHead(result.status, bodiless ? result.headers : headOf(result))
    if (bodiless) return Effect.sync(() => void response.end())
    if (result.rest !== undefined) response.flushHeaders()
    return pour(response, result)
  })

const listen = (server: Server, port: number): Effect.Effect<number, SandboxError> =>
  Effect.callback((resume) => {
    server.once("error", (error) => resume(Effect.fail(new SandboxError({ what: error.message }))))
    server.listen({ port, host: "127.0.0.1" }, () => {
      const address = server.address()
      resume(
        address === null || typeof address === "string"
          ? Effect.fail(new SandboxError({ what: "no port was given" }))
          : Effect.succeed(address.port),
      )
    })
  })

/**
 * Serves `handler` on 127.0.0.1 for as long as the scope lives (port 0: any free one). Gives `http://127.0.0.1:PORT`, or
 * `https:` with `tls`.
 */
export const serveLoopback = Effect.fn("Sandbox.serveLoopback")(function* (
  handler: WireHandler,
  port = 0,
  options: { readonly tls?: LoopbackTls } = {},
): Effect.fn.Return<string, SandboxError, Scope.Scope> {
  const run = yield* FiberSet.makeRuntime<never, void>()
  const guarded = (request: WireRequest): Effect.Effect<WireResponse> =>
    handler(request).pipe(
      Effect.catchCause((cause) =>
        Cause.hasInterruptsOnly(cause)
          ? Effect.failCause(cause)
          : Effect.as(Effect.logError("sandbox handler died", cause), {
              status: 500,
              headers: { "content-type": "text/plain" },
              body: "sandbox: internal error",
            }),
      ),
    )
  const server = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const server = newServer(options.tls, (incoming, response) => {
        const chunks: Array<Buffer> = []
        let size = 0
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length
          if (size > MAX_BODY) incoming.destroy()
          else chunks.push(chunk)
        })
        incoming.on("end", () => {
          const method = incoming.method ?? "GET"
          const plain = requestOf(method, incoming.url ?? "/", headersOf(incoming), Buffer.concat(chunks))
          const request = { ...plain, ...tlsOf(incoming.socket) }
          const fiber = run(
            Effect.flatMap(guarded(request), (result) => answer(response, method, result)).pipe(
              Effect.onExit((exit) =>
                Exit.isSuccess(exit) ? Effect.void : Effect.sync(() => void response.destroy()),
              ),
            ),
          )
          response.on("close", () => {
            if (!response.writableFinished) fiber.interruptUnsafe()
          })
        })
      })
      server.keepAliveTimeout = 60_000
      server.on("clientError", (error: Error & { readonly rawPacket?: Buffer }, stream) => {
        // Node types the stream as Duplex; a server listening on TCP hands out its Socket (node:http, "clientError").
        const socket = stream as Socket
        const request = error.rawPacket === undefined ? undefined : listRequest(error.rawPacket)
        if (request === undefined) return void socket.destroy()
        const fiber = run(
          Effect.flatMap(guarded({ ...request, ...tlsOf(socket) }), (result) => answerList(socket, result)),
        )
        socket.on("close", () => fiber.interruptUnsafe())
      })
      return server
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }).pipe(Effect.timeout("1 second"), Effect.ignore),
  )
  return `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${yield* listen(server, port)}`
})
