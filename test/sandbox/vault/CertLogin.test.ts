import { assert, beforeEach, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { request } from "node:https"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { serveLoopback } from "../../../src/sandbox/Loopback.ts"
import { readCertificates } from "../../../src/sandbox/vault/Certificates.ts"
import { ask, newHalf } from "../../kit/VaultCalls.ts"
import { file, hasOpenssl } from "../../kit/Certificates.ts"

const pem = (name: string) => readFileSync(file(`${name}.pem`), "utf8")
const shows = (name: string) => ({ certificate: readCertificates(pem(name))[0]?.raw ?? new Uint8Array() })

const start = Effect.fnUntraced(function* (trusted: object = {}) {
  const { half } = yield* newHalf()
  yield* ask(half, "POST", "sys/auth/cert", { body: { type: "cert" } })
  const entry = { certificate: pem("ca"), token_policies: "agent", token_ttl: "5m", ...trusted }
  yield* ask(half, "POST", "auth/cert/certs/Machines", { body: entry })
  const login = (tls?: { readonly certificate?: Uint8Array }, body: object = {}) =>
    ask(half, "POST", "auth/cert/login", { token: null, body, ...(tls === undefined ? {} : { tls }) })
  const refusal = (tls?: { readonly certificate?: Uint8Array }, body?: object) =>
    Effect.map(login(tls, body), ({ json, status }) => `${status} ${json.errors?.[0]}`)
  return { half, login, refusal }
})

/** The certificates of the tests are of today. */
const today = Effect.flatMap(
  Effect.sync(() => readCertificates(pem("client"))[0]?.validFromDate.getTime() ?? 0),
  (from) => TestClock.setTime(from + 60_000),
)

describe("the certificate login", () => {
  beforeEach((ctx) => {
    if (!hasOpenssl) ctx.skip("openssl is not here")
  })

  it.live("over TLS: a client whose certificate a configured authority signed gets the entry's token", () =>
    Effect.gen(function* () {
      const { half } = yield* start()
      const tls = { cert: pem("good"), key: readFileSync(file("good.key"), "utf8") }
      const url = yield* serveLoopback(half.handler, 0, { tls })
      const login = (own: object) =>
        Effect.callback<{ readonly status: number | undefined; readonly text: string }>((resume) => {
          const options = { method: "POST", agent: false, ca: pem("ca"), ...own }
          const sent = request(`${url}/v1/auth/cert/login`, options, (response) => {
            let text = ""
            response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
            response.on("end", () => resume(Effect.succeed({ status: response.statusCode, text })))
          })
          sent.on("error", (error) => resume(Effect.die(error)))
          sent.end()
        })
      const answer = yield* login({ cert: pem("client"), key: readFileSync(file("client.key"), "utf8") })
      const { auth } = JSON.parse(answer.text)
      assert.deepStrictEqual([auth.policies, auth.lease_duration], [["agent", "default"], 300])
      assert.deepStrictEqual([auth.metadata.cert_name, auth.metadata.common_name], ["machines", "client"])
      assert.match(auth.metadata.serial_number, /^\d+$/)
      const without = yield* login({})
      assert.deepStrictEqual(without.status, 400)
      assert.include(without.text, "client certificate must be supplied")
    }),
  )

  it.effect("without TLS, without a certificate and with an untrusted one nobody gets in", () =>
    Effect.gen(function* () {
      yield* today
      const { refusal } = yield* start({ certificate: pem("good") })
      assert.strictEqual(yield* refusal(), "400 tls connection required")
      assert.strictEqual(yield* refusal({}), "400 client certificate must be supplied")
      const untrusted = "400 invalid certificate or no client certificate supplied"
      assert.strictEqual(yield* refusal(shows("client")), untrusted)
      assert.strictEqual(yield* refusal({ certificate: new Uint8Array([1]) }), untrusted)
      assert.include(yield* refusal(shows("good")), "200")
    }),
  )

  it.effect("names must fit, time must not be over, and the entry may be named", () =>
    Effect.gen(function* () {
      yield* today
      const { half, refusal } = yield* start({ allowed_common_names: "other,mach-*" })
      assert.strictEqual(
        yield* refusal(shows("client")),
        "400 no chain matching all constraints could be found for this login certificate",
      )
      yield* ask(half, "POST", "auth/cert/certs/clients", { body: { certificate: pem("ca"), display_name: "cl" } })
      assert.include(yield* refusal(shows("client")), "200")
      assert.include(yield* refusal(shows("client"), { name: "clients" }), "200")
      assert.include(yield* refusal(shows("client"), { name: "machines" }), "400")
      assert.include(yield* refusal(shows("client"), { name: "none" }), "400 invalid certificate")
      assert.strictEqual(
        yield* refusal(shows("expired")),
        "500 failed to verify client's certificate: x509: certificate has expired or is not yet valid",
      )
      yield* TestClock.setTime((yield* Clock.currentTimeMillis) + 3 * 86_400_000)
      assert.include(yield* refusal(shows("client")), "400 invalid certificate")
    }),
  )

  it.effect("an entry needs a certificate, and what a write does not name stays", () =>
    Effect.gen(function* () {
      yield* today
      const { half, login } = yield* start({ allowed_common_names: "client" })
      const empty = yield* ask(half, "POST", "auth/cert/certs/x", { body: { certificate: "none" } })
      assert.deepStrictEqual(empty.json.errors, ["failed to parse certificate"])
      yield* ask(half, "POST", "auth/cert/certs/machines", { body: { display_name: "box" } })
      const shown = (yield* ask(half, "GET", "auth/cert/certs/machines")).json.data
      assert.deepStrictEqual([shown.display_name, shown.allowed_common_names], ["box", ["client"]])
      const token = (yield* login(shows("client"))).json.auth.client_token
      const self = yield* ask(half, "GET", "auth/token/lookup-self", { token })
      assert.strictEqual(self.json.data.display_name, "cert-box")
      assert.deepStrictEqual((yield* ask(half, "LIST", "auth/cert/certs")).json.data.keys, ["machines"])
    }),
  )
})
