/** The real transport against servers of the test's own, on real sockets. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, Layer } from "effect"
import * as http from "node:http"
import * as https from "node:https"
import type * as net from "node:net"
import type { AppConfigShape } from "../../src/config/AppConfig.ts"
import type { VaultCall } from "../../src/vault/VaultCall.ts"
import { VaultHttp } from "../../src/vault/VaultHttp.ts"
import { layerTransport } from "../../src/vault/VaultTransport.ts"
import { configLayer, recordsLayer, token } from "./VaultOverHttp.ts"

/** VaultHttp over the real transport, with these settings. */
export const realHttp = (vault: Partial<AppConfigShape["vault"]>) =>
  VaultHttp.layer.pipe(
    Layer.provide([layerTransport, recordsLayer()]),
    Layer.provide([NodeFileSystem.layer, configLayer(vault)]),
  )

export const LOOKUP: VaultCall = { method: "GET", path: ["auth", "token", "lookup-self"], sent: "repeatable" }
export const CREDS: VaultCall = { method: "GET", path: ["aws", "creds", "dev"], sent: "once" }

/** The outcome of one request over the real transport. */
export const askReal = (address: string, vault: Partial<AppConfigShape["vault"]> = {}, call = LOOKUP) =>
  Effect.result(VaultHttp.use((it) => it.request(token, call))).pipe(
    Effect.map((result) => ({
      status: result._tag === "Success" ? result.success.status : undefined,
      reason: result._tag === "Failure" ? result.failure.reason : undefined,
      message: result._tag === "Failure" ? result.failure.message : "",
    })),
    Effect.provide(realHttp({ address, ...vault })),
  )

/** A listening server that ends with the test; gives its port. */
export const listening = (server: net.Server) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () =>
      Effect.callback<void>((resume) => {
        if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections()
        server.close(() => resume(Effect.void))
      }),
  )

/** Answers everything as Vault might. */
export const vaultLike: http.RequestListener = (_, response) => {
  response.writeHead(200, { "content-type": "application/json" }).end('{"data":{}}')
}
