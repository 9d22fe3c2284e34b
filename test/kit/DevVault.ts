/** A real Vault in development mode, where `vault` is on the PATH. Its data ends with it. */
import { spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { createServer } from "node:net"
import { Effect } from "effect"
import type { WireHandler } from "../../src/sandbox/Wire.ts"

/** Whether a `vault` can be started here. */
export const hasVault = (): boolean => spawnSync("vault", ["version"], { stdio: "ignore" }).status === 0

const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const healthy = (address: string) =>
  Effect.promise(() =>
    fetch(`${address}/v1/sys/health`).then(
      (response) => response.ok,
      () => false,
    ),
  )

/** Starts it for as long as the scope lives; gives its address and root token. */
export const startDevVault = Effect.gen(function* () {
  const port = yield* freePort
  const token = `hvs.${randomUUID()}`
  const address = `http://127.0.0.1:${port}`
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn("vault", ["server", "-dev", `-dev-root-token-id=${token}`, `-dev-listen-address=127.0.0.1:${port}`], {
        stdio: "ignore",
      }),
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL")),
  )
  yield* healthy(address).pipe(Effect.delay("200 millis"), Effect.repeat({ until: (ok) => ok, times: 100 }))
  return { address, token }
})

/** Speaks to a Vault over HTTP as to a half of the sandbox, so that the same set-up serves both. */
export const remoteVault =
  (address: string): WireHandler =>
  ({ body, headers, method, path }) =>
    Effect.promise(async () => {
      const response = await fetch(`${address}${path}`, { method, headers, body: Buffer.from(body) })
      return { status: response.status, headers: {}, body: await response.text() }
    })
