/**
 * A scoped HTTP server on loopback for one half of the sandbox. Bodies are read whole, up to a bound; a handler's fiber
 * belongs to the server's scope and is interrupted when the client hangs up.
 */
import { Cause, Effect, Exit, FiberSet, Schema, type Scope } from "effect"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { WireHandler, WireRequest, WireResponse } from "./Wire.ts"

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

const answerList = (socket: Socket, answer: WireResponse): void => {
  if ("closed" in answer) return void socket.destroy()
  const body = Buffer.from(answer.body)
  const head = Object.entries({ ...answer.headers, "content-length": String(body.length), connection: "close" })
  socket.end(
    Buffer.concat([
      Buffer.from(
        `HTTP/1.1 ${answer.status} .\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
        "latin1",
      ),
      body,
    ]),
  )
}

const answer = (response: ServerResponse, method: string, result: WireResponse): void => {
  if ("closed" in result) return void response.destroy()
  const body = Buffer.from(result.body)
  const bodiless = method === "HEAD" || result.status === 204 || result.status === 304
  response.writeHead(result.status, {
    ...result.headers,
    ...(bodiless ? {} : { "content-length": String(body.length) }),
  })
  response.end(bodiless ? undefined : body)
}

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

/** Serves `handler` on 127.0.0.1 for as long as the scope lives (port 0: any free one). Gives `http://127.0.0.1:PORT`. */
export const serveLoopback = Effect.fn("Sandbox.serveLoopback")(function* (
  handler: WireHandler,
  port = 0,
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
      const server = createServer((incoming, response) => {
        const chunks: Array<Buffer> = []
        let size = 0
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length
          if (size > MAX_BODY) incoming.destroy()
          else chunks.push(chunk)
        })
        incoming.on("end", () => {
          const method = incoming.method ?? "GET"
          const request = requestOf(method, incoming.url ?? "/", headersOf(incoming), Buffer.concat(chunks))
          const fiber = run(
            Effect.onExit(guarded(request), (exit) =>
              Effect.sync(() => (Exit.isSuccess(exit) ? answer(response, method, exit.value) : response.destroy())),
            ).pipe(Effect.asVoid),
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
        run(Effect.flatMap(guarded(request), (result) => Effect.sync(() => answerList(socket, result))))
      })
      return server
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }).pipe(Effect.timeout("1 second"), Effect.ignore),
  )
  return `http://127.0.0.1:${yield* listen(server, port)}`
})
