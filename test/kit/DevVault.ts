/** A real Vault or OpenBao in development mode, where one is on the PATH. Its data ends with it. */
import { spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { createServer } from "node:net"
import { Effect } from "effect"
import type { WireHandler } from "../../src/sandbox/Wire.ts"

/** The program that can be started here, Vault before OpenBao; `undefined` for neither. */
export const vaultProgram = (): string | undefined =>
  ["vault", "bao"].find((program) => spawnSync(program, ["version"], { stdio: "ignore" }).status === 0)

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

export interface DevVault {
  readonly address: string
  readonly token: string
  /** The keys that a LIST of the path gives; none for a path with nothing below it. */
  readonly keys: (path: string) => Effect.Effect<ReadonlyArray<string>>
  /** Whether it has the AWS secrets engine; OpenBao has it as a plugin only. */
  readonly hasEngine: Effect.Effect<boolean>
}

/** Starts it for as long as the scope lives. */
export const startDevVault = Effect.fnUntraced(function* (program: string) {
  const port = yield* freePort
  const token = `hvs.${randomUUID()}`
  const address = `http://127.0.0.1:${port}`
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(program, ["server", "-dev", `-dev-root-token-id=${token}`, `-dev-listen-address=127.0.0.1:${port}`], {
        stdio: "ignore",
      }),
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL")),
  )
  yield* healthy(address).pipe(Effect.delay("200 millis"), Effect.repeat({ until: (ok) => ok, times: 100 }))
  const keys: DevVault["keys"] = (path) =>
    Effect.promise(async () => {
      const response = await fetch(`${address}/v1/${path}?list=true`, { headers: { "x-vault-token": token } })
      const answer = (await response.json()) as { readonly data?: { readonly keys?: ReadonlyArray<string> } }
      return answer.data?.keys ?? []
    })
  const hasEngine = Effect.map(keys("sys/plugins/catalog/secret"), (names) => names.includes("aws"))
  return { address, token, keys, hasEngine } satisfies DevVault
})

/** Speaks to a Vault over HTTP as to a half of the sandbox, so that the same set-up serves both. */
export const remoteVault =
  (address: string): WireHandler =>
  ({ body, headers, method, path }) =>
    Effect.promise(async () => {
      const response = await fetch(`${address}${path}`, { method, headers, body: Buffer.from(body) })
      return { status: response.status, headers: {}, body: await response.text() }
    })
