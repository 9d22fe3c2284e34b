/** Behaviours 36 and 41 of the Vault client: answers that are not Vault's, and answers that only look odd. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import * as http from "node:http"
import { inspect } from "node:util"
import { LeaseId } from "../../src/core/Ids.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { sts, target, withManager } from "../kit/FakeVault.ts"
import { listening, realHttp } from "../kit/RealVault.ts"
import { type Answer, askVault, callVault, envelope, token } from "../kit/VaultOverHttp.ts"

const LEASE = "aws/creds/dev/AbCdEfGhIjKlMnOpQrStUvWx"
const DATA =
  '"data":{"access_key":"ASIAIOSFODNN7EXAMPLE","secret_key":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY","security_token":"session-canary"}'
const ID = `"lease_id":"${LEASE}"`
const JSON_TYPE = { "content-type": "application/json" }
const sent = (page: string, headers: Record<string, string> = JSON_TYPE): Answer => ({ status: 200, page, headers })
const BOM = "\ufeff"

/** Each answer to a request for credentials, and whether a lease can be made out in it. */
const broken: ReadonlyArray<readonly [name: string, answer: Answer, leased: boolean]> = [
  [
    "a login page",
    sent(`<html><title>Sign in</title>wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY</html>`, { "content-type": "text/html" }),
    false,
  ],
  ["no JSON", sent("credentials: wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY"), false],
  ["an empty body", sent(""), false],
  ["null", sent("null"), false],
  ["a list", sent(`[{${ID},${DATA}}]`), false],
  ["a truncated body", sent(`{${ID},"lease_duration":3600,"data":{"access_key":"ASIA","secret_key":"wJalrXUtn`), true],
  ["a body truncated in the id", sent(`{"lease_id":"aws/creds/dev/AbC`), false],
  ["another content type", sent(`{${ID},"lease_duration":3600,${DATA}}`, { "content-type": "text/plain" }), true],
  ["a byte order mark", sent(`${BOM}{${ID},"lease_duration":3600,${DATA}}`), true],
  ["a name twice", sent(`{${ID},"lease_duration":3600,"lease_duration":9,${DATA}}`), true],
  [
    "a secret twice",
    sent(
      `{${ID},"lease_duration":3600,"data":{"secret_key":"a","secret_key":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY"}}`,
    ),
    true,
  ],
  ["a duration as text", sent(`{${ID},"lease_duration":"3600",${DATA}}`), true],
  ["a duration with an exponent", sent(`{${ID},"lease_duration":1e3,${DATA}}`), true],
  ["a duration with a fraction", sent(`{${ID},"lease_duration":0.5,${DATA}}`), true],
  ["a negative duration", sent(`{${ID},"lease_duration":-1,${DATA}}`), true],
  ["a duration beyond 2^53", sent(`{${ID},"lease_duration":9007199254740993,${DATA}}`), true],
  ["a duration that is not a number", sent(`{${ID},"lease_duration":NaN,${DATA}}`), true],
  ["a duration without end", sent(`{${ID},"lease_duration":1e999,${DATA}}`), true],
  ["an STS ttl as text", sent(`{${ID},"lease_duration":1,"data":{"access_key":"A","secret_key":"b","ttl":"9"}}`), true],
  ["no data", sent(`{${ID},"lease_duration":3600}`), true],
  ["data that is null", sent(`{${ID},"lease_duration":3600,"data":null}`), true],
  ["no secret key", sent(`{${ID},"lease_duration":3600,"data":{"access_key":"ASIAIOSFODNN7EXAMPLE"}}`), true],
  ["an empty secret key", sent(`{${ID},"lease_duration":1,"data":{"access_key":"A","secret_key":""}}`), true],
  [
    "keys that are no texts",
    sent(`{${ID},"lease_duration":1,"data":{"access_key":1,"secret_key":["wJalrXUtnFEMI/K7MDENG/bPxRfiCYCANARYKEY"]}}`),
    true,
  ],
  ["a lease id that is no text", sent(`{"lease_id":7,"lease_duration":3600,${DATA}}`), false],
  ["a body above 8 MiB", sent(`{${ID},"pad":"${"x".repeat(8 * 1024 * 1024)}",${DATA}}`), true],
]

describe("an answer that is not Vault's", () => {
  for (const [name, answer, leased] of broken) {
    it.effect(
      `36 with ${name} is a typed error that quotes no secret${leased ? ", and the lease is given back" : ""}`,
      () =>
        Effect.gen(function* () {
          const { error, seen, value } = yield* callVault(
            (vault) => vault.credentials(token, { endpoint: "creds", mount: "aws", role: "dev" }),
            (call) => (call.path.includes("/creds/") ? answer : { status: 202 }),
          )
          assert.strictEqual(value, undefined)
          assert.strictEqual(error?.reason._tag, "Malformed")
          const message = error?.message ?? ""
          assert.include(message, "aws/creds/dev")
          assert.isBelow(message.length, 500)
          const said = message + JSON.stringify(error) + inspect(error, { depth: 9 })
          for (const secret of ["wJalrXUtn", "session-canary", LEASE.slice(-12)]) assert.notInclude(said, secret)
          assert.deepStrictEqual(
            seen.map(({ body, method, path }) => ({ method, path, body })),
            [
              { method: "GET", path: "/v1/aws/creds/dev", body: undefined },
              ...(leased
                ? [{ method: "POST", path: "/v1/sys/leases/revoke", body: { lease_id: LEASE, sync: false } }]
                : []),
            ],
          )
        }),
    )
  }

  it.live("36 that breaks off with the connection gives its lease back, too", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const port = yield* listening(
        http.createServer((request, response) => {
          asked.push(request.url ?? "")
          if (!request.url?.includes("creds")) return void response.writeHead(202).end()
          response.writeHead(200, { ...JSON_TYPE, "content-length": "900" })
          response.write(`{${ID},"lease_duration":3600,"data":{"secret_key":"wJalrXUtn`, () =>
            request.socket.destroySoon(),
          )
        }),
      )
      const layer = Vault.layer.pipe(Layer.provide(realHttp({ address: `http://127.0.0.1:${port}` })))
      const error = yield* Vault.use((vault) =>
        vault.credentials(token, { endpoint: "creds", mount: "aws", role: "dev" }),
      ).pipe(Effect.flip, Effect.provide(layer))
      assert.strictEqual(error.reason._tag, "Malformed")
      assert.notInclude(error.message, "wJalrXUtn")
      assert.deepStrictEqual(asked, ["/v1/aws/creds/dev", "/v1/sys/leases/revoke"])
    }),
  )

  it.effect("36 to a revocation is no confirmation", () =>
    Effect.gen(function* () {
      for (const answer of [sent("<title>Sign in</title>"), sent('{"a":1,"a":2}'), sent(BOM)]) {
        const { error } = yield* callVault(
          (vault) => vault.revokeLease(token, LeaseId.make(LEASE), { sync: true }),
          () => answer,
        )
        assert.strictEqual(error?.reason._tag, "Malformed")
      }
    }),
  )

  it.effect("36 quotes a foreign page by a few words, without long ones that may be secrets", () =>
    Effect.gen(function* () {
      const page = `<title>Denied ${"word ".repeat(500)} AKIAIOSFODNN7EXAMPLEKEY</title>`
      const { message } = yield* askVault({ method: "GET", path: ["sys", "health"], sent: "once" }, () => sent(page))
      assert.include(message, "Denied word")
      assert.isBelow(message.length, 400)
      assert.notInclude(message, "AKIAIOSFODNN7")
    }),
  )
})

describe("an answer that only looks odd", () => {
  const warned = { warnings: ['TTL of "2h" exceeded the effective max_ttl of "1h"; TTL value is capped accordingly'] }

  it.effect("41 with warnings hands them on, up to the lease that a tool shows", () =>
    Effect.gen(function* () {
      const data = { access_key: "ASIAIOSFODNN7EXAMPLE", secret_key: "s", security_token: "t", ttl: 3600 }
      const { value: leased } = yield* callVault(
        (vault) => vault.credentials(token, { endpoint: "creds", mount: "aws", role: "dev" }),
        () => envelope({ lease_id: LEASE, lease_duration: 3600, data, ...warned }),
      )
      assert.deepStrictEqual(leased?.warnings, warned.warnings)
      const auth = { client_token: "hvs.child", lease_duration: 900, renewable: true }
      const { value: child } = yield* callVault(
        (vault) => vault.createToken(token, { ttl: Duration.minutes(15), displayName: "x", meta: {} }),
        () => envelope({ auth, ...warned }),
      )
      assert.deepStrictEqual(child?.warnings, warned.warnings)
      const { value: renewed } = yield* callVault(
        (vault) => vault.renewLease(token, LeaseId.make(LEASE)),
        () => envelope({ lease_id: LEASE, lease_duration: 60, renewable: true, ...warned }),
      )
      assert.deepStrictEqual(renewed?.warnings, warned.warnings)
      const { value: shown } = yield* withManager(
        { credentials: (n) => Effect.succeed({ ...sts(n), ...warned }) },
        (manager) => Effect.andThen(manager.lease(target), manager.status),
      )
      assert.deepStrictEqual(shown[0]?.lease.warnings, warned.warnings)
    }),
  )

  it.effect("41 with warnings instead of nothing, or with nothing at all, is a success", () =>
    Effect.gen(function* () {
      for (const answer of [{ status: 204 }, { status: 200 }, sent(" \n"), envelope(warned)] as const) {
        const { error } = yield* callVault(
          (vault) => vault.revokeSelf(token),
          () => answer,
        )
        assert.strictEqual(error, undefined)
        const { value } = yield* callVault(
          (vault) => vault.revokeLease(token, LeaseId.make(LEASE), { sync: true }),
          () => answer,
        )
        assert.strictEqual(value, "confirmed")
      }
      const { value } = yield* callVault(
        (vault) => vault.revokeLease(token, LeaseId.make(LEASE), { sync: true }),
        () => envelope(warned, 202),
      )
      assert.strictEqual(value, "queued")
    }),
  )

  it.effect("41 of 404 with data, as KV v2 gives for a deleted version, is an answer; one without is not", () =>
    Effect.gen(function* () {
      const call = { method: "GET", path: ["secret", "data", "x"], sent: "repeatable" } as const
      const data = { data: null, metadata: { version: 3, deletion_time: "2026-01-01T00:00:00Z", destroyed: false } }
      const deleted = yield* askVault(call, () => envelope({ data }, 404))
      assert.strictEqual(deleted.reply?.status, 404)
      assert.deepInclude(deleted.reply?.body, { data })
      for (const answer of [envelope({ errors: [] }, 404), envelope(warned, 404), { status: 404 }] as const) {
        const { reply } = yield* askVault(call, () => answer)
        assert.strictEqual(reply, undefined)
      }
    }),
  )
})
