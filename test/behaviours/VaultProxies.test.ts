/** Behaviour 43 of the Vault client, on real sockets: proxies, the listener of a Vault Agent, and OpenBao's variables. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { file, hasOpenssl } from "../kit/Certificates.ts"
import { vaultFrom } from "../kit/FromEnv.ts"
import { withEnv } from "../kit/PoisonedEnv.ts"
import { askReal, CREDS, listening, LOOKUP, vaultLike } from "../kit/RealVault.ts"

/** A proxy that forwards plain requests as the Vault it is asked for, and opens tunnels to this machine. */
const proxy = Effect.gen(function* () {
  const asked: Array<string> = []
  const server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    vaultLike(request, response)
  })
  server.on("connect", (request: http.IncomingMessage, socket: net.Socket) => {
    asked.push(`CONNECT ${request.url}`)
    const [, port] = request.url?.split(":") ?? []
    const inner = net.connect(Number(port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n")
      inner.pipe(socket).pipe(inner)
    })
    inner.on("error", () => socket.destroy())
    socket.on("error", () => inner.destroy()).on("close", () => inner.destroy())
  })
  return { address: `http://127.0.0.1:${yield* listening(server)}`, asked }
})

const askFrom = (env: Readonly<Record<string, string>>, call = LOOKUP) =>
  Effect.flatMap(vaultFrom(env), (vault) => askReal(vault.address, vault, call))

describe("a proxy", () => {
  it.live("43 is VAULT_PROXY_ADDR before VAULT_HTTP_PROXY, and neither is anybody else's HTTP_PROXY", () =>
    Effect.gen(function* () {
      const first = yield* proxy
      const second = yield* proxy
      const env = { VAULT_ADDR: "http://vault.test:8200", VAULT_HTTP_PROXY: second.address }
      assert.strictEqual((yield* askFrom({ ...env, VAULT_PROXY_ADDR: first.address })).status, 200)
      assert.strictEqual((yield* askFrom(env)).status, 200)
      const url = "GET http://vault.test:8200/v1/auth/token/lookup-self"
      assert.deepStrictEqual([first.asked, second.asked], [[url], [url]])
      yield* withEnv({ HTTP_PROXY: first.address, http_proxy: first.address, HTTPS_PROXY: first.address })
      const direct = yield* listening(http.createServer(vaultLike))
      assert.strictEqual((yield* askFrom({ VAULT_ADDR: `http://127.0.0.1:${direct}` })).status, 200)
      assert.strictEqual(first.asked.length, 1)
    }),
  )

  it.live("43 is left out for the hosts of NO_PROXY, in either spelling", () =>
    Effect.gen(function* () {
      const { address, asked } = yield* proxy
      const vault = `http://127.0.0.1:${yield* listening(http.createServer(vaultLike))}`
      const env = { VAULT_ADDR: vault, VAULT_PROXY_ADDR: address }
      for (const out of [
        { NO_PROXY: "127.0.0.1" },
        { NO_PROXY: "other.test, 127.0.0.0/8" },
        { no_proxy: new URL(vault).host },
        { NO_PROXY: "*" },
      ]) {
        assert.strictEqual((yield* askFrom({ ...env, ...out })).status, 200)
      }
      assert.deepStrictEqual(asked, [])
      yield* askFrom({ ...env, NO_PROXY: "127.0.0.1:1,other.test,10.0.0.0/8" })
      assert.strictEqual(asked.length, 1)
    }),
  )

  it.live.skipIf(!hasOpenssl)(
    "43 of an https address carries a tunnel, and certificates are checked at its far end",
    () =>
      Effect.gen(function* () {
        const { address, asked } = yield* proxy
        const key = { key: readFileSync(file("good.key")), cert: readFileSync(file("good.pem")) }
        const port = yield* listening(https.createServer(key, vaultLike))
        const env = { VAULT_ADDR: `https://127.0.0.1:${port}`, VAULT_PROXY_ADDR: address }
        assert.strictEqual((yield* askFrom({ ...env, VAULT_CACERT: file("ca.pem") })).status, 200)
        assert.deepStrictEqual(asked, [`CONNECT 127.0.0.1:${port}`])
        const mistrusted = yield* askFrom(env)
        assert.strictEqual(mistrusted.reason?._tag, "TlsFailed")
      }),
  )

  it.live("43 that wants a password, refuses, or is away is told as the proxy's doing: Vault heard nothing", () =>
    Effect.gen(function* () {
      const refusing = http.createServer((_, response) => void response.writeHead(407).end())
      refusing.on("connect", (_, socket: net.Socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"))
      const wanting = `http://127.0.0.1:${yield* listening(refusing)}`
      const away = `http://127.0.0.1:${yield* Effect.scoped(listening(net.createServer()))}`
      for (const [vault, through, words] of [
        ["http://vault.test", wanting, "Proxy Authentication Required"],
        ["https://vault.test", wanting, "Proxy response (403)"],
        ["http://vault.test", away, `through the proxy ${away}`],
      ] as const) {
        const { message, reason } = yield* askFrom({ VAULT_ADDR: vault, VAULT_PROXY_ADDR: through }, CREDS)
        assert.strictEqual(reason?._tag, "Unreachable", message)
        assert.include(message, words)
      }
    }),
  )
})

describe("the listener of a Vault Agent", () => {
  it.live("43 that insists on X-Vault-Request is satisfied by every request", () =>
    Effect.gen(function* () {
      const agent = http.createServer((request, response) =>
        request.headers["x-vault-request"] === "true"
          ? vaultLike(request, response)
          : response.writeHead(412).end('{"errors":["missing required \\"X-Vault-Request\\" header"]}'),
      )
      const env = { VAULT_AGENT_ADDR: `http://127.0.0.1:${yield* listening(agent)}`, VAULT_ADDR: "http://vault.test" }
      for (const call of [
        LOOKUP,
        CREDS,
        { method: "POST", path: ["sys", "leases", "revoke"], body: { lease_id: "x" }, sent: "repeatable" },
      ] as const) {
        assert.strictEqual((yield* askFrom(env, call)).status, 200)
      }
    }),
  )
})

describe("OpenBao's variables", () => {
  it.live("43 are taken before Vault's, each by itself", () =>
    Effect.gen(function* () {
      const { address, asked } = yield* proxy
      const bao = yield* askFrom({
        BAO_ADDR: "http://bao.test:8200",
        VAULT_ADDR: "http://vault.test:8200",
        BAO_HTTP_PROXY: address,
        VAULT_HTTP_PROXY: "http://127.0.0.1:1",
        VAULT_MAX_RETRIES: "0",
      })
      assert.strictEqual(bao.status, 200)
      assert.deepStrictEqual(asked, ["GET http://bao.test:8200/v1/auth/token/lookup-self"])
    }),
  )

  it.effect("43 hide Vault's even when they are empty", () =>
    Effect.gen(function* () {
      const vault = yield* vaultFrom({
        BAO_NAMESPACE: "",
        VAULT_NAMESPACE: "team-a",
        BAO_HEADERS: "",
        VAULT_HEADERS: "{}",
      })
      assert.strictEqual(vault.namespace, undefined)
      const both = yield* vaultFrom({ BAO_NAMESPACE: "team-b", VAULT_NAMESPACE: "team-a", VAULT_MAX_RETRIES: "7" })
      assert.deepStrictEqual([both.namespace, both.maxRetries], ["team-b", 7])
    }),
  )
})
