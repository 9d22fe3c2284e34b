/** The client for metadata services on real sockets. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import * as http from "node:http"
import { askMetadata } from "../../../src/vault/login/Metadata.ts"
import { MetadataClient } from "../../../src/vault/login/MetadataTransport.ts"
import { poison, withEnv } from "../../kit/PoisonedEnv.ts"
import { listening } from "../../kit/RealVault.ts"

const serve = (listener: http.RequestListener) =>
  Effect.map(listening(http.createServer(listener)), (port) => `http://127.0.0.1:${port}`)

/** A server that must not be asked, and how often it was. */
const stranger = Effect.gen(function* () {
  const heard = { times: 0 }
  const url = yield* serve((_, response) => {
    heard.times++
    response.end("from a stranger")
  })
  return { heard, url }
})

const ask = (url: string, method: "GET" | "PUT" = "GET") =>
  MetadataClient.use((client) => Effect.result(askMetadata(client, { method, url: new URL(url) }))).pipe(
    Effect.map((result) => (result._tag === "Success" ? Redacted.value(result.success) : result.failure.why)),
    Effect.provide(MetadataClient.layer),
  )

describe("a metadata service", () => {
  it.live("is asked straight, whatever proxies the environment names", () =>
    Effect.gen(function* () {
      const { heard, url: proxy } = yield* stranger
      yield* withEnv({ ...poison(proxy), http_proxy: proxy, all_proxy: proxy, NODE_USE_ENV_PROXY: "1" })
      const own = yield* serve((request, response) => response.end(`${request.method} ${request.url}`))
      assert.strictEqual(yield* ask(`${own}/latest/api/token`, "PUT"), "PUT /latest/api/token")
      assert.strictEqual(heard.times, 0)
    }),
  )

  it.live("is not followed to another place", () =>
    Effect.gen(function* () {
      const { heard, url } = yield* stranger
      const own = yield* serve((_, response) => response.writeHead(307, { location: url }).end())
      assert.include(yield* ask(`${own}/x`), "answered 307")
      assert.strictEqual(heard.times, 0)
    }),
  )

  it.live("is given up after two tries of two seconds when it drips, and at 64 KiB when it pours", () =>
    Effect.gen(function* () {
      let closed = 0
      const dripping = yield* serve((_, response) => {
        const drops = setInterval(() => response.write(" "), 50)
        response.on("close", () => {
          closed++
          clearInterval(drops)
        })
      })
      const [took, words] = yield* Effect.timed(ask(dripping))
      assert.include(words, "within 2 s")
      assert.isBelow(Duration.toMillis(took), 6000)
      assert.strictEqual(closed, 2)
      const pouring = yield* serve((_, response) => {
        const pour = () => {
          while (!response.destroyed && response.write("x".repeat(65_536)));
        }
        response.on("drain", pour)
        pour()
      })
      assert.strictEqual(yield* ask(pouring), "")
    }),
  )

  it.live("that is not there is told soon", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(listening(http.createServer()))
      const words = yield* ask(`http://127.0.0.1:${port}/`)
      assert.include(words, `cannot be reached at http://127.0.0.1:${port}: the connection was refused`)
    }),
  )
})
