/**
 * A front that stands before a Vault and can fall ill: it passes bytes on, holds answers back, swallows everything, or
 * is gone. Below HTTP, so that what a client meets is what it meets on a network: a refused connection, a silent one.
 */
import { createServer, connect, type Server, type Socket } from "node:net"
import { Effect } from "effect"

/** `slow`: requests reach Vault at once, answers come `SLOW` later · `refusing`: nobody listens · `hanging`: taken, never answered. */
export type Health = "healthy" | "slow" | "refusing" | "hanging"

/** Milliseconds that a slow front holds an answer back. */
export const SLOW = 2000

export interface VaultFront {
  readonly address: string
  /** Falls ill, or recovers; holds for connections that are open already, too. */
  readonly become: (health: Health) => Effect.Effect<void>
  /** Waits until somebody sends something from now on, whether it is passed on or not. */
  readonly asked: Effect.Effect<void>
}

const portOf = (server: Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const listen = (server: Server, port: number) =>
  Effect.callback<void>((resume) => {
    server.listen(port, "127.0.0.1", () => resume(Effect.void))
  })

/** A healthy front before the Vault at `address`, for as long as the scope lives. */
export const vaultFront = Effect.fnUntraced(function* (address: string) {
  let health: Health = "healthy"
  const sockets = new Set<Socket>()
  const waiting = new Set<() => void>()
  const { hostname, port } = new URL(address)
  const passOn = (from: Socket, to: Socket, hold: () => number): void => {
    const soon = (what: () => void): void => {
      if (health === "hanging") return
      const wait = hold()
      if (wait === 0) what()
      else setTimeout(what, wait).unref()
    }
    sockets.add(from)
    from.on("error", () => {}) // either side may be torn down at any time
    from.on("close", () => {
      sockets.delete(from)
      to.destroy()
    })
    from.on("data", (bytes) => soon(() => to.writable && to.write(bytes)))
  }
  const server = createServer((client) => {
    const vault = connect(Number(port), hostname)
    client.on("data", () => {
      for (const wake of waiting) wake()
      waiting.clear()
    })
    passOn(client, vault, () => 0)
    passOn(vault, client, () => (health === "slow" ? SLOW : 0))
  })
  const tearDown = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  yield* listen(server, 0)
  const own = portOf(server)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      server.close()
      tearDown()
    }),
  )
  const become = Effect.fnUntraced(function* (next: Health) {
    if (health === "refusing" && next !== "refusing") yield* listen(server, own)
    health = next
    if (next !== "refusing") return
    server.close()
    tearDown()
  })
  const asked = Effect.callback<void>((resume) => {
    waiting.add(() => resume(Effect.void))
  })
  return { address: `http://127.0.0.1:${own}`, become, asked } satisfies VaultFront
})
