/** Behaviour 38 of the Vault client, on real TLS: what is trusted, and how each kind of mistrust is told. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { readFileSync } from "node:fs"
import * as https from "node:https"
import { file, hasOpenssl } from "../kit/Certificates.ts"
import { vaultFrom } from "../kit/FromEnv.ts"
import { askReal, CREDS, listening, vaultLike } from "../kit/RealVault.ts"
import { socketsOf } from "../kit/Sockets.ts"

/** A TLS server with that certificate: its address, how often it was connected to, and the requests it heard. */
const secure = Effect.fnUntraced(function* (name: string, options: https.ServerOptions = {}) {
  const heard: Array<string | undefined> = []
  const key = { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)) }
  const server = https.createServer({ ...key, ...options }, (request, response) => {
    heard.push(request.url)
    vaultLike(request, response)
  })
  const sockets = socketsOf(server)
  return { address: `https://127.0.0.1:${yield* listening(server)}`, sockets, heard }
})

/** A request with the settings that these variables make. */
const askFrom = (env: Readonly<Record<string, string>>) =>
  Effect.flatMap(vaultFrom({ VAULT_MAX_RETRIES: "5", ...env }), (vault) => askReal(vault.address, vault, CREDS))

const CA = { VAULT_CACERT: file("ca.pem") }
const CLIENT = { VAULT_CLIENT_CERT: file("client.pem"), VAULT_CLIENT_KEY: file("client.key") }
const demand = { requestCert: true, rejectUnauthorized: true }

describe.runIf(hasOpenssl)("TLS (needs openssl)", () => {
  it.live("38 is trusted by VAULT_CACERT with one or several certificates, by CACERT_BYTES, and by CAPATH", () =>
    Effect.gen(function* () {
      const { address } = yield* secure("good")
      for (const env of [
        CA,
        { VAULT_CACERT: file("several.pem") },
        { VAULT_CACERT_BYTES: readFileSync(file("ca.pem"), "utf8") },
        { VAULT_CACERT_BYTES: readFileSync(file("ca.pem"), "utf8"), VAULT_CACERT: file("absent.pem") },
        { VAULT_CAPATH: file("authorities") },
        { BAO_CACERT: file("ca.pem"), VAULT_CACERT: file("absent.pem") },
      ]) {
        assert.strictEqual((yield* askFrom({ VAULT_ADDR: address, ...env })).status, 200, Object.keys(env).join())
      }
      const alone = yield* secure("alone")
      const named = yield* secure("named")
      for (const env of [
        { VAULT_ADDR: alone.address, VAULT_CACERT: file("alone.pem") },
        { VAULT_ADDR: named.address, ...CA, VAULT_TLS_SERVER_NAME: "vault.internal" },
      ]) {
        assert.strictEqual((yield* askFrom(env)).status, 200)
      }
    }),
  )

  it.live(
    "38 that cannot be trusted is told in words of its own for each cause, is tried once, and hears nothing",
    () =>
      Effect.gen(function* () {
        const good = yield* secure("good")
        const cases = [
          ["unknown-ca", yield* secure("good"), {}, /VAULT_CACERT/],
          ["unknown-ca", yield* secure("good"), { VAULT_CACERT: file("alone.pem") }, /VAULT_CACERT/],
          ["self-signed", yield* secure("alone"), CA, /nobody but itself.*VAULT_CACERT/],
          ["expired", yield* secure("expired"), CA, /expired.*clock/],
          ["wrong-host", yield* secure("named"), CA, /VAULT_TLS_SERVER_NAME/],
          ["wrong-host", good, { ...CA, VAULT_TLS_SERVER_NAME: "other.internal" }, /VAULT_TLS_SERVER_NAME/],
          [
            "client-certificate",
            yield* secure("good", { ...demand, ca: readFileSync(file("ca.pem")) }),
            CA,
            /VAULT_CLIENT_CERT/,
          ],
          ["settings", yield* secure("good"), { VAULT_CACERT: file("absent.pem") }, /VAULT_CACERT/],
        ] as const
        const words = new Map<string, string>()
        for (const [problem, { address, heard, sockets }, env, hint] of cases) {
          const { message, reason } = yield* askFrom({ VAULT_ADDR: address, ...env })
          assert.strictEqual(reason?._tag === "TlsFailed" ? reason.problem : message, problem)
          assert.match(message, hint)
          assert.isAtMost(sockets.length, 1)
          assert.deepStrictEqual(heard, [])
          words.set(problem, message.replace(address, "").replace(/\(.*/, ""))
        }
        assert.strictEqual(new Set(words.values()).size, words.size)
      }),
  )

  it.live("38 with a client certificate goes where one is wanted; without, the variables are named", () =>
    Effect.gen(function* () {
      const ca = { ca: readFileSync(file("ca.pem")) }
      const modern = yield* secure("good", { ...demand, ...ca })
      const older = yield* secure("good", { ...demand, ...ca, maxVersion: "TLSv1.2" })
      for (const { address } of [modern, older]) {
        assert.strictEqual((yield* askFrom({ VAULT_ADDR: address, ...CA, ...CLIENT })).status, 200)
        const { message } = yield* askFrom({ VAULT_ADDR: address, ...CA })
        assert.include(message, "VAULT_CLIENT_CERT")
      }
      for (const { heard } of [modern, older]) assert.strictEqual(heard.length, 1)
    }),
  )

  it.live("38 is checked when VAULT_SKIP_VERIFY is false or 0, and not when it is true, which warns", () =>
    Effect.gen(function* () {
      const { address } = yield* secure("expired")
      const said: Array<string> = []
      const listen = Logger.layer([
        Logger.make(({ logLevel, message }) => void said.push(`${logLevel}: ${String(message)}`)),
      ])
      for (const off of ["false", "0", "no"]) {
        const { reason } = yield* askFrom({ VAULT_ADDR: address, VAULT_SKIP_VERIFY: off }).pipe(Effect.provide(listen))
        assert.strictEqual(reason?._tag, "TlsFailed", off)
      }
      assert.deepStrictEqual(said, [])
      for (const on of ["true", "1"]) {
        const { status } = yield* askFrom({ VAULT_ADDR: address, VAULT_SKIP_VERIFY: on }).pipe(Effect.provide(listen))
        assert.strictEqual(status, 200, on)
        assert.strictEqual(said.length, 1)
        assert.match(said.pop() ?? "", /^Warn: .*VAULT_SKIP_VERIFY/)
      }
    }),
  )
})
