import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, newHalf } from "../../kit/VaultCalls.ts"

describe("health and seal", () => {
  it.effect("health tells the server's time in seconds without a token", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      yield* TestClock.adjust("90 seconds")
      const health = yield* ask(half, "GET", "sys/health", { token: null })
      assert.deepStrictEqual([health.status, health.json.server_time_utc, health.json.version], [200, 90, "1.14.9"])
      assert.strictEqual((yield* ask(half, "GET", "sys/health?activecode=298", { token: null })).status, 298)
    }),
  )

  it.effect("a sealed Vault answers its state and refuses everything else, and keeps what it had", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      yield* ask(half, "POST", "secret/data/a", { body: { data: { a: 1 } } })
      assert.strictEqual((yield* ask(half, "PUT", "sys/seal")).status, 204)
      const health = yield* ask(half, "GET", "sys/health", { token: null })
      assert.deepStrictEqual([health.status, health.json.standby, health.json.cluster_id], [503, true, undefined])
      assert.strictEqual((yield* ask(half, "GET", "sys/health?sealedcode=299")).status, 299)
      assert.deepStrictEqual((yield* ask(half, "GET", "secret/data/a")).json.errors, ["Vault is sealed"])
      const key = (text: string) => ask(half, "PUT", "sys/unseal", { token: null, body: { key: text } })
      assert.deepStrictEqual((yield* key("AAAA")).json.errors, ["invalid key: key is shorter than minimum 16 bytes"])
      assert.strictEqual((yield* key("A".repeat(44))).status, 400)
      assert.isFalse((yield* key(half.unsealKey)).json.sealed)
      assert.strictEqual((yield* ask(half, "GET", "secret/data/a")).status, 200)
    }),
  )

  it.effect("sealing needs a token, seeing the state and asking for a new start do not", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      assert.strictEqual((yield* ask(half, "PUT", "sys/seal", { token: null })).status, 403)
      assert.isFalse((yield* ask(half, "GET", "sys/seal-status", { token: null })).json.sealed)
      assert.isFalse((yield* ask(half, "GET", "sys/leader", { token: null })).json.ha_enabled)
      assert.strictEqual((yield* ask(half, "PUT", "sys/init", { token: null, body: {} })).status, 400)
    }),
  )
})
