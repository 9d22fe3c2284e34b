import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, newHalf } from "../../kit/VaultCalls.ts"

const make = (half: Parameters<typeof ask>[0], body: object) =>
  Effect.map(ask(half, "POST", "auth/token/create", { body }), (answer) => answer.json.auth)

describe("auth/token", () => {
  it.effect("a token is looked up by itself, by its id and, without the id, by its accessor", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const auth = yield* make(half, { policies: ["default"], ttl: "1h" })
      const self = yield* ask(half, "GET", "auth/token/lookup-self", { token: auth.client_token })
      const other = yield* ask(half, "POST", "auth/token/lookup", { body: { token: auth.client_token } })
      const hidden = yield* ask(half, "POST", "auth/token/lookup-accessor", { body: { accessor: auth.accessor } })
      assert.deepStrictEqual(self.json.data, other.json.data)
      assert.deepStrictEqual([hidden.json.data.id, hidden.json.data.ttl], ["", 3600])
      assert.strictEqual((yield* ask(half, "POST", "auth/token/lookup", { body: { token: "x" } })).status, 403)
    }),
  )

  it.effect("renewing moves the end, and a token that is not renewed ends", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const kept = yield* make(half, { policies: ["default"], ttl: "10m" })
      const left = yield* make(half, { policies: ["default"], ttl: "10m" })
      yield* TestClock.adjust("6 minutes")
      yield* ask(half, "POST", "auth/token/renew-accessor", { body: { accessor: kept.accessor } })
      yield* TestClock.adjust("6 minutes")
      const status = (token: string) =>
        Effect.map(ask(half, "GET", "auth/token/lookup-self", { token }), (answer) => answer.status)
      assert.deepStrictEqual([yield* status(kept.client_token), yield* status(left.client_token)], [200, 403])
    }),
  )

  it.effect("an explicit maximum ends a token however often it is renewed", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const auth = yield* make(half, { policies: ["default"], ttl: "5m", explicit_max_ttl: "6m" })
      const renew = ask(half, "POST", "auth/token/renew-self", { token: auth.client_token, body: { increment: "1h" } })
      yield* TestClock.adjust("4 minutes")
      assert.strictEqual((yield* renew).json.auth.lease_duration, 120)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* renew).status, 403)
    }),
  )

  it.effect("what cannot be renewed or revoked says why", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const fixed = yield* make(half, { policies: ["default"], ttl: "5m", renewable: false })
      const batch = yield* make(half, { policies: ["default"], ttl: "5m", type: "batch" })
      const errors = (path: string, token: string) =>
        Effect.map(ask(half, "POST", `auth/token/${path}`, { token }), (answer) => answer.json.errors)
      assert.deepStrictEqual(yield* errors("renew-self", fixed.client_token), ["lease is not renewable"])
      assert.deepStrictEqual(yield* errors("renew-self", batch.client_token), ["batch tokens cannot be renewed"])
      assert.deepStrictEqual(yield* errors("revoke-self", batch.client_token), ["batch tokens cannot be revoked"])
    }),
  )

  it.effect("revoke-orphan spares the children, and revoking a gone token is fine", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const parent = yield* make(half, { ttl: "1h" })
      const child = (yield* ask(half, "POST", "auth/token/create", { token: parent.client_token, body: {} })).json.auth
      const body = { token: parent.client_token }
      assert.strictEqual((yield* ask(half, "POST", "auth/token/revoke-orphan", { body })).status, 204)
      const alive = yield* ask(half, "GET", "auth/token/lookup-self", { token: child.client_token })
      assert.isTrue(alive.json.data.orphan)
      assert.strictEqual((yield* ask(half, "POST", "auth/token/revoke", { body })).status, 204)
      const accessors = yield* ask(half, "LIST", "auth/token/accessors")
      assert.include(accessors.json.data.keys, child.accessor)
    }),
  )
})
