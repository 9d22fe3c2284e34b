import { assert, beforeEach, describe, it } from "@effect/vitest"
import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { request } from "node:https"
import { Effect } from "effect"
import { serveLoopback } from "../../src/sandbox/Loopback.ts"
import type { WireRequest } from "../../src/sandbox/Wire.ts"
import { file, hasOpenssl } from "../kit/Certificates.ts"

const pem = (name: string) => readFileSync(file(name), "utf8")

/** What the handler saw of a request, made with a client certificate or without. */
const seenBy = Effect.fnUntraced(function* (method: string, client?: string) {
  const seen: Array<WireRequest> = []
  const url = yield* serveLoopback(
    (one) => Effect.sync(() => (seen.push(one), { status: 200, headers: {}, body: "yes" })),
    0,
    { tls: { cert: pem("good.pem"), key: pem("good.key") } },
  )
  const own = client === undefined ? {} : { cert: pem(`${client}.pem`), key: pem(`${client}.key`) }
  yield* Effect.callback<void>((resume) => {
    const sent = request(`${url}/x`, { method, agent: false, ca: pem("ca.pem"), ...own }, (response) => {
      response.resume().on("end", () => resume(Effect.void))
    })
    sent.on("error", (error) => resume(Effect.die(error)))
    sent.end()
  })
  return { url, tls: seen[0]?.tls }
})

describe("a loopback server over TLS", () => {
  beforeEach((ctx) => {
    if (!hasOpenssl) ctx.skip("openssl is not here")
  })

  it.live("hands over the certificate that a client shows, of whatever authority, for Vault's LIST as well", () =>
    Effect.gen(function* () {
      for (const method of ["GET", "LIST"]) {
        const { tls, url } = yield* seenBy(method, "client")
        assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
        const shown = tls?.certificate ?? assert.fail("no certificate")
        assert.strictEqual(new X509Certificate(Buffer.from(shown)).subject, "CN=client")
      }
    }),
  )

  it.live("a client that shows none is served too; without TLS there is nothing to hand over", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* seenBy("GET")).tls, {})
      const seen: Array<WireRequest> = []
      const url = yield* serveLoopback((one) =>
        Effect.sync(() => (seen.push(one), { status: 200, headers: {}, body: "" })),
      )
      yield* Effect.promise(() => fetch(url))
      assert.isUndefined(seen[0]?.tls)
    }),
  )
})
