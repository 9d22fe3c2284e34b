import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import * as http from "node:http"
import * as net from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { withEnv } from "../kit/PoisonedEnv.ts"
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

  it.live("through a proxy name Vault in full to it, with what the proxy itself wants to see", () =>
    Effect.gen(function* () {
      const asked: Array<ReadonlyArray<unknown>> = []
      const port = yield* listening(
        http.createServer((request, response) => {
          asked.push([request.url, request.headers["proxy-authorization"], request.headers["x-team"]])
          vaultLike(request, response)
        }),
      )
      const headers = { "proxy-authorization": Redacted.make("Basic abcd"), "x-team": Redacted.make("ops") }
      const proxied = yield* askReal("http://vault.test:8200", { proxy: `http://127.0.0.1:${port}`, headers })
      assert.strictEqual(proxied.status, 200)
      assert.deepStrictEqual(asked, [["http://vault.test:8200/v1/auth/token/lookup-self", "Basic abcd", "ops"]])
    }),
  )

  it.live("leave the proxy out for the hosts of NO_PROXY as it is set, whatever the environment says", () =>
    Effect.gen(function* () {
      yield* withEnv({ NO_PROXY: "*", no_proxy: "*" })
      const proxy = yield* listening(http.createServer((_, response) => response.writeHead(418).end()))
      const vault = yield* listening(http.createServer(vaultLike))
      const ask = (noProxy: string | undefined) =>
        askReal(`http://127.0.0.1:${vault}`, { proxy: `http://127.0.0.1:${proxy}`, noProxy })
      assert.strictEqual((yield* ask("other.test,127.0.0.0/8")).status, 200)
      assert.strictEqual((yield* ask(undefined)).reason?._tag, "Malformed")
      assert.strictEqual((yield* ask("other.test")).reason?._tag, "Malformed")
    }),
  )

  it.live("through a proxy that is away, or is no proxy's address, say so and show no password", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(listening(net.createServer()))
      const away = yield* askReal("http://vault.test", { proxy: `http://me:hunter2@127.0.0.1:${port}` }, CREDS)
      assert.include(away.message, `http://vault.test through the proxy http://127.0.0.1:${port} cannot be reached`)
      const wrong = yield* askReal("http://vault.test", { proxy: "me:hunter2@proxy" }, CREDS)
      assert.include(wrong.message, "VAULT_PROXY_ADDR")
      for (const { message, reason } of [away, wrong]) {
        assert.strictEqual(reason?._tag, "Unreachable")
        assert.notInclude(message, "hunter2")
      }
    }),
  )

  it.live("carry the operator's headers, which no error quotes and no inspection shows", () =>
    Effect.gen(function* () {
      const heard: Array<http.IncomingHttpHeaders> = []
      const port = yield* listening(
        http.createServer((request, response) => {
          heard.push(request.headers)
          response.writeHead(400).end(`<h1>unknown ${String(request.headers["cf-access"])}</h1>`)
        }),
      )
      const headers = { "cf-access": Redacted.make("hunter2"), authorization: Redacted.make("Basic abcd") }
      const { message, reason } = yield* askReal(`http://127.0.0.1:${port}`, { headers })
      assert.strictEqual(reason?._tag, "Malformed")
      assert.notInclude(message + inspect(reason, { depth: 9 }), "hunter2")
      const [sent] = heard
      assert.strictEqual(sent?.["cf-access"], "hunter2")
      assert.strictEqual(sent?.["authorization"], "Basic abcd")
      assert.strictEqual(sent?.["x-vault-token"], CANARY)
    }),
  )

  it.live("go over a unix socket, straight even where a proxy is set, and name it when nobody listens there", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "vault-socket-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true })),
      )
      const path = join(folder, "vault.sock")
      const address = `unix://${path}`
      const before = yield* askReal(address)
      assert.include(before.message, `Vault at ${address} cannot be reached: there is no such socket`)
      yield* Effect.acquireRelease(
        Effect.callback<http.Server>((resume) => {
          const server = http.createServer(vaultLike)
          server.listen(path, () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.callback<void>((resume) => void server.close(() => resume(Effect.void))),
      )
      assert.strictEqual((yield* askReal(address, { proxy: "http://proxy.invalid:3128" })).status, 200)
    }),
  )
})
