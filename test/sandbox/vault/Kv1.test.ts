import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, newHalf, tokenWith } from "../../kit/VaultCalls.ts"

describe("KV version 1 and the cubbyhole", () => {
  it.effect("a secret is written, read with a time to look again, listed and deleted", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      yield* ask(half, "POST", "sys/mounts/kv", { body: { type: "kv" } })
      yield* ask(half, "PUT", "kv/team/a", { body: { user: "ana" } })
      yield* ask(half, "PUT", "kv/b", { body: { user: "eva", ttl: "30m" } })
      const read = yield* ask(half, "GET", "kv/team/a")
      assert.deepStrictEqual(
        [read.json.data, read.json.lease_id, read.json.lease_duration],
        [{ user: "ana" }, "", 2_764_800],
      )
      assert.strictEqual((yield* ask(half, "GET", "kv/b")).json.lease_duration, 1800)
      assert.deepStrictEqual((yield* ask(half, "LIST", "kv")).json.data.keys, ["b", "team/"])
      yield* ask(half, "DELETE", "kv/b")
      assert.strictEqual((yield* ask(half, "GET", "kv/b")).status, 404)
      assert.strictEqual((yield* ask(half, "PUT", "kv/b", { body: {} })).status, 400)
    }),
  )

  it.effect("a token's cubbyhole is its own", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const token = yield* tokenWith(half, 'path "x" { capabilities = ["read"] }')
      yield* ask(half, "PUT", "cubbyhole/a", { token, body: { mine: 1 } })
      assert.deepStrictEqual((yield* ask(half, "GET", "cubbyhole/a", { token })).json.data, { mine: 1 })
      assert.strictEqual((yield* ask(half, "GET", "cubbyhole/a")).status, 404)
    }),
  )
})
