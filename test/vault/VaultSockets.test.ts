import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import * as http from "node:http"
import * as net from "node:net"
import { askReal, CREDS, listening, vaultLike } from "../kit/RealVault.ts"
import { CANARY } from "../kit/VaultOverHttp.ts"

describe("plain connections", () => {
  it.live("reach Vault with the token", () =>
    Effect.gen(function* () {
      const heard: Array<string | undefined> = []
      const port = yield* listening(
        http.createServer((request, response) => {
          heard.push(request.headers.authorization)
          vaultLike(request, response)
        }),
      )
      assert.strictEqual((yield* askReal(`http://127.0.0.1:${port}`)).status, 200)
      assert.deepStrictEqual(heard, [`Bearer ${CANARY}`])
    }),
  )

  it.live("to a port nobody listens on are told within two seconds", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(listening(net.createServer()))
      const [took, { message, reason }] = yield* Effect.timed(askReal(`http://127.0.0.1:${port}`))
      assert.strictEqual(reason?._tag, "Unreachable")
      assert.include(message, "refused")
      assert.isBelow(Duration.toMillis(took), 2000)
    }),
  )

  it.live("that break after the request leave the outcome of a lease open, and it is asked for once", () =>
    Effect.gen(function* () {
      let requests = 0
      const port = yield* listening(
        http.createServer((request) => {
          requests++
          request.socket.destroy()
        }),
      )
      assert.strictEqual((yield* askReal(`http://127.0.0.1:${port}`, {}, CREDS)).reason?._tag, "OutcomeUnknown")
      assert.strictEqual(requests, 1)
      assert.strictEqual((yield* askReal(`http://127.0.0.1:${port}`)).reason?._tag, "Unreachable")
      assert.strictEqual(requests, 4)
    }),
  )

  it.live("end at the time limit when the answer drips, and at 8 MiB when it pours", () =>
    Effect.gen(function* () {
      const port = yield* listening(
        http.createServer((request, response) => {
          response.writeHead(200)
          if (request.url?.includes("creds")) {
            const dripping = setInterval(() => response.write(" "), 20)
            response.on("close", () => clearInterval(dripping))
          } else {
            const pour = () => {
              while (response.write("x".repeat(65_536)) && !response.destroyed);
            }
            response.on("drain", pour).on("error", () => {})
            pour()
          }
        }),
      )
      const slow = yield* askReal(`http://127.0.0.1:${port}`, { timeout: Duration.millis(300) }, CREDS)
      assert.strictEqual(slow.reason?._tag, "OutcomeUnknown")
      const huge = yield* askReal(`http://127.0.0.1:${port}`, { timeout: Duration.seconds(20) })
      assert.strictEqual(huge.reason?._tag, "Malformed")
      assert.include(huge.message, "8 MiB")
    }),
  )

  it.live("through a proxy name Vault in full to it", () =>
    Effect.gen(function* () {
      const asked: Array<string | undefined> = []
      const port = yield* listening(
        http.createServer((request, response) => {
          asked.push(request.url)
          vaultLike(request, response)
        }),
      )
      const proxied = yield* askReal("http://vault.test:8200", { proxy: `http://127.0.0.1:${port}` })
      assert.strictEqual(proxied.status, 200)
      assert.deepStrictEqual(asked, ["http://vault.test:8200/v1/auth/token/lookup-self"])
    }),
  )
})
