/** What a server sees of the sockets that its clients open: whether they are closed again. */
import { Effect } from "effect"
import type * as net from "node:net"

/** The sockets that came to the server so far. */
export const socketsOf = (server: net.Server): ReadonlyArray<net.Socket> => {
  const sockets: Array<net.Socket> = []
  server.on("connection", (socket) => {
    socket.on("error", () => {}) // the client may break off; that is what is looked at
    sockets.push(socket)
  })
  return sockets
}

const closed = (socket: net.Socket) =>
  Effect.callback<void>((resume) => {
    if (socket.destroyed) return resume(Effect.void)
    socket.once("close", () => resume(Effect.void))
    socket.resume() // a server that does not read does not see the end either
  })

/** How many are open still, after the client had two seconds to close them. */
export const leftOpen = (sockets: ReadonlyArray<net.Socket>) =>
  Effect.forEach(sockets, closed, { concurrency: "unbounded", discard: true }).pipe(
    Effect.timeoutOption("2 seconds"),
    Effect.map(() => sockets.filter((socket) => !socket.destroyed).length),
  )
