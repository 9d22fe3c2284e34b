import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, newHalf } from "../../kit/VaultCalls.ts"

const wrap = (half: Parameters<typeof ask>[0], ttl: string) =>
  Effect.map(
    ask(half, "POST", "sys/wrapping/wrap", { body: { secret: "s" }, headers: { "x-vault-wrap-ttl": ttl } }),
    (answer) => answer.json.wrap_info,
  )

describe("response wrapping", () => {
  it.effect("a wrapped answer is told once, by the wrapping token as caller or in the body", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const first = yield* wrap(half, "60s")
      const unwrap = ask(half, "POST", "sys/wrapping/unwrap", { token: first.token })
      assert.deepStrictEqual((yield* unwrap).json.data, { secret: "s" })
      assert.deepStrictEqual((yield* unwrap).json.errors, ["wrapping token is not valid or does not exist"])
      const second = yield* wrap(half, "60s")
      const byBody = yield* ask(half, "POST", "sys/wrapping/unwrap", { body: { token: second.token } })
      assert.deepStrictEqual(byBody.json.data, { secret: "s" })
    }),
  )

  it.effect("looking at a wrapping token does not use it, and it ends by itself", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const info = yield* wrap(half, "2m")
      const look = ask(half, "POST", "sys/wrapping/lookup", { token: null, body: { token: info.token } })
      assert.deepStrictEqual((yield* look).json.data, {
        creation_path: "sys/wrapping/wrap",
        creation_time: "1970-01-01T00:00:00.000Z",
        creation_ttl: 120,
      })
      assert.strictEqual((yield* look).status, 200)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* look).status, 400)
    }),
  )

  it.effect("a wrapped login tells the accessor of the token inside", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const headers = { "x-vault-wrap-ttl": "60" }
      const made = yield* ask(half, "POST", "auth/token/create", { body: { ttl: "1h" }, headers })
      const inside = yield* ask(half, "POST", "sys/wrapping/unwrap", { token: made.json.wrap_info.token })
      assert.strictEqual(made.json.wrap_info.wrapped_accessor, inside.json.auth.accessor)
      assert.isNull(made.json.auth)
    }),
  )
})
