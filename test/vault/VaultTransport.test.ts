import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import * as net from "node:net"
import type { VaultTls } from "../../src/config/AppConfig.ts"
import { VaultHttp } from "../../src/vault/VaultHttp.ts"
import { file, hasOpenssl } from "../kit/Certificates.ts"
import { askReal, CREDS, listening, LOOKUP, realHttp, vaultLike } from "../kit/RealVault.ts"
import { token } from "../kit/VaultOverHttp.ts"

const secure = (name: string, options: https.ServerOptions = {}, listener = vaultLike) =>
  listening(
    https.createServer(
      { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)), ...options },
      listener,
    ),
  ).pipe(Effect.map((port) => `https://127.0.0.1:${port}`))
const tls = (settings: Partial<VaultTls>) => ({ tls: { skipVerify: false, ...settings } })
describe.runIf(hasOpenssl)("TLS (needs openssl)", () => {
  it.live("trusts the authority given by file, by several in a file, by text or by directory", () =>
    Effect.gen(function* () {
      const address = yield* secure("good")
      for (const given of [
        { caCert: file("ca.pem") },
        { caCert: file("several.pem") },
        { caCertBytes: readFileSync(file("ca.pem"), "utf8") },
        { caPath: file("authorities") },
      ]) {
        assert.strictEqual((yield* askReal(address, tls(given))).status, 200, Object.keys(given).join())
      }
    }),
  )

  it.live("tells an unknown authority, an expired certificate and a wrong host apart, and sends nothing", () =>
    Effect.gen(function* () {
      let heard = 0
      const count: http.RequestListener = (request, response) => {
        heard++
        vaultLike(request, response)
      }
      const ca = tls({ caCert: file("ca.pem") })
      const cases = [
        [yield* secure("good", {}, count), {}, "unknown-ca", "VAULT_CACERT"],
        [yield* secure("expired", {}, count), ca, "expired", "clock"],
        [yield* secure("named", {}, count), ca, "wrong-host", "VAULT_TLS_SERVER_NAME"],
      ] as const
      for (const [address, settings, problem, hint] of cases) {
        const { message, reason } = yield* askReal(address, settings, CREDS)
        assert.strictEqual(reason?._tag === "TlsFailed" ? reason.problem : reason?._tag, problem)
        assert.include(message, hint)
      }
      assert.strictEqual(heard, 0)
    }),
  )

  it.live("takes the name to expect from the settings", () =>
    Effect.gen(function* () {
      const address = yield* secure("named")
      const { status } = yield* askReal(address, tls({ caCert: file("ca.pem"), serverName: "vault.internal" }))
      assert.strictEqual(status, 200)
    }),
  )

  it.live("goes without verification only when that is asked for", () =>
    Effect.gen(function* () {
      const address = yield* secure("expired")
      assert.strictEqual((yield* askReal(address, tls({ skipVerify: true }))).status, 200)
      assert.strictEqual((yield* askReal(address, tls({ skipVerify: false }))).reason?._tag, "TlsFailed")
    }),
  )

  it.live("shows a client certificate, and says so when the server wants one", () =>
    Effect.gen(function* () {
      const demand = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(file("ca.pem")) }
      const address = yield* secure("good", demand)
      const ca = { caCert: file("ca.pem") }
      const shown = yield* askReal(
        address,
        tls({ ...ca, clientCert: file("client.pem"), clientKey: file("client.key") }),
      )
      assert.strictEqual(shown.status, 200)
      const modern = yield* askReal(address, tls(ca))
      const older = yield* askReal(yield* secure("good", { ...demand, maxVersion: "TLSv1.2" }), tls(ca))
      assert.strictEqual(older.reason?._tag, "TlsFailed")
      for (const { message } of [modern, older]) assert.include(message, "VAULT_CLIENT_CERT")
    }),
  )

  it.live("refuses versions before 1.2", () =>
    Effect.gen(function* () {
      const address = yield* secure("good", {
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      })
      assert.strictEqual((yield* askReal(address, tls({ caCert: file("ca.pem") }))).reason?._tag, "TlsFailed")
    }),
  )

  it.live("names the wrong scheme, either way round", () =>
    Effect.gen(function* () {
      // Vault's own listener, which is Go's, answers in plain words.
      const goes = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
      const spoken = yield* listening(net.createServer((socket) => socket.once("data", () => socket.end(goes))))
      const plain = yield* askReal(`http://127.0.0.1:${spoken}`)
      assert.strictEqual(plain.reason?._tag === "TlsFailed" ? plain.reason.problem : plain.message, "plain-to-tls")
      const silent = yield* askReal((yield* secure("good")).replace("https", "http"))
      for (const { message } of [plain, silent]) assert.include(message, "https://")
      const port = yield* listening(http.createServer(vaultLike))
      const reverse = yield* askReal(`https://127.0.0.1:${port}`)
      assert.strictEqual(
        reverse.reason?._tag === "TlsFailed" ? reverse.reason.problem : reverse.message,
        "tls-to-plain",
      )
    }),
  )

  it.live("tells settings that cannot be used, and hears when they were mended", () =>
    Effect.gen(function* () {
      const address = yield* secure("good")
      const garbage = file("later.pem")
      writeFileSync(garbage, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
      for (const settings of [
        { caCert: file("absent.pem") },
        { caCert: garbage },
        { caCert: file("ca.pem"), clientCert: file("client.pem"), clientKey: file("good.key") },
      ]) {
        const { message, reason } = yield* askReal(address, tls(settings))
        assert.strictEqual(reason?._tag === "TlsFailed" ? reason.problem : message, "settings")
      }
      const tried = VaultHttp.use((it) => Effect.exit(it.request(token, LOOKUP)))
      const both = yield* Effect.gen(function* () {
        const before = yield* tried
        writeFileSync(garbage, readFileSync(file("ca.pem")))
        return [before._tag, (yield* tried)._tag]
      }).pipe(Effect.provide(realHttp({ address, ...tls({ caCert: garbage }) })))
      assert.deepStrictEqual(both, ["Failure", "Success"])
    }),
  )
})
