import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, newHalf, tokenWith } from "../../kit/VaultCalls.ts"

describe("the system backend", () => {
  it.effect("a key-value engine is of version 1 unless asked otherwise", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const mount = (path: string, body: object) => ask(half, "POST", `sys/mounts/${path}`, { body })
      yield* mount("one", { type: "kv" })
      yield* mount("two", { type: "kv", options: { version: "2" } })
      yield* mount("three", { type: "kv-v2" })
      const created = (path: string) =>
        Effect.map(ask(half, "POST", `${path}/data/x`, { body: { data: { a: 1 } } }), (answer) => answer.status)
      assert.deepStrictEqual([yield* created("one"), yield* created("two"), yield* created("three")], [204, 200, 200])
      const third = (yield* ask(half, "GET", "sys/mounts/three")).json.data
      assert.deepStrictEqual([third.type, third.options], ["kv", { version: "2" }])
    }),
  )

  it.effect("login methods need sudo beside update to be enabled", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const enable = (token: string) =>
        Effect.map(
          ask(half, "POST", "sys/auth/approle", { token, body: { type: "approle" } }),
          (answer) => answer.status,
        )
      const weak = yield* tokenWith(half, 'path "sys/auth/*" { capabilities = ["update"] }')
      assert.strictEqual(yield* enable(weak), 403)
      const strong = yield* tokenWith(half, 'path "sys/auth/*" { capabilities = ["update", "sudo"] }')
      assert.strictEqual(yield* enable(strong), 204)
    }),
  )

  it.effect("the default policy lets a token renew its lease and not revoke it", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const token = yield* tokenWith(half, 'path "x" { capabilities = ["read"] }')
      const body = { paths: ["sys/leases/renew", "sys/leases/revoke"] }
      const can = yield* ask(half, "POST", "sys/capabilities-self", { token, body })
      assert.deepStrictEqual(can.json.data, { "sys/leases/renew": ["update"], "sys/leases/revoke": ["deny"] })
    }),
  )
})
