/** What the doctor hears of servers of the test's own, on real sockets. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import { Outside } from "../../src/doctor/Outside.ts"
import { file, hasOpenssl } from "../kit/Certificates.ts"
import { listening, vaultLike } from "../kit/RealVault.ts"

const knock = (port: number, scheme = "http") =>
  Outside.use((outside) => outside.knock(new URL(`${scheme}://127.0.0.1:${port}`))).pipe(Effect.provide(Outside.layer))
const ask = (url: string) => Outside.use((outside) => outside.ask(new URL(url))).pipe(Effect.provide(Outside.layer))

const secure = (options: https.ServerOptions = {}) =>
  listening(
    https.createServer(
      { key: readFileSync(file("good.key")), cert: readFileSync(file("good.pem")), ...options },
      vaultLike,
    ),
  )

describe("a knock", () => {
  it.live("hears nobody on a closed port", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(listening(net.createServer()))
      assert.strictEqual(yield* knock(port), "nobody")
    }),
  )

  it.live("hears that somebody listens without TLS, also when he never says a word", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* knock(yield* listening(http.createServer(vaultLike)), "https"), "listens")
      const sockets: Array<net.Socket> = []
      const mute = net.createServer((socket) => void sockets.push(socket))
      const port = yield* listening(mute)
      yield* Effect.addFinalizer(() => Effect.sync(() => sockets.forEach((socket) => socket.destroy())))
      assert.strictEqual(yield* knock(port), "listens")
    }),
  )

  it.live.runIf(hasOpenssl)("hears TLS whatever the certificate is worth, and sends nothing over it", () =>
    Effect.gen(function* () {
      let heard = 0
      const port = yield* secure()
      const counting = https.createServer(
        { key: readFileSync(file("expired.key")), cert: readFileSync(file("expired.pem")) },
        () => void heard++,
      )
      assert.strictEqual(yield* knock(port), "tls")
      assert.strictEqual(yield* knock(yield* listening(counting)), "tls")
      assert.strictEqual(heard, 0)
    }),
  )

  it.live.runIf(hasOpenssl)("hears a server hang up that wants a certificate", () =>
    Effect.gen(function* () {
      const port = yield* secure({ requestCert: true, rejectUnauthorized: true, ca: readFileSync(file("ca.pem")) })
      assert.strictEqual(yield* knock(port, "https"), "tls-closes")
    }),
  )
})

describe("a question without credentials", () => {
  it.live("is answered by any status, and tells how far the clock there is ahead", () =>
    Effect.gen(function* () {
      const later = new Date(Date.now() + 600_000).toUTCString()
      const seen: Array<string> = []
      const port = yield* listening(
        http.createServer((request, response) => {
          seen.push(`${request.method} ${request.headers.authorization ?? "nothing"}`)
          response.writeHead(302, { location: "http://elsewhere.test/", date: later }).end()
        }),
      )
      const heard = yield* ask(`http://127.0.0.1:${port}`)
      assert.strictEqual(heard._tag, "answered")
      assert.closeTo((heard._tag === "answered" ? heard.ahead : undefined) ?? 0, 600_000, 5000)
      assert.deepStrictEqual(seen, ["HEAD nothing"])
    }),
  )

  it.live("is answered without a time where none is told", () =>
    Effect.gen(function* () {
      const bare = http.createServer((_, response) => {
        response.sendDate = false
        response.end()
      })
      assert.deepStrictEqual(yield* ask(`http://127.0.0.1:${yield* listening(bare)}`), {
        _tag: "answered",
        status: 200,
        ahead: undefined,
      })
    }),
  )

  it.live("to nobody says by which code", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(listening(net.createServer()))
      assert.deepStrictEqual(yield* ask(`http://127.0.0.1:${port}`), { _tag: "silent", code: "ECONNREFUSED" })
    }),
  )
})
