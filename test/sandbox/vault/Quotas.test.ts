import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, awsHalf } from "../../kit/VaultCalls.ts"

const limited = Effect.fnUntraced(function* (body: object) {
  const { half } = yield* awsHalf()
  yield* ask(half, "POST", "sys/quotas/rate-limit/q", { body })
  return half
})

describe("rate limits", () => {
  it.effect("so many requests pass in an interval, and again in the next", () =>
    Effect.gen(function* () {
      const half = yield* limited({ path: "aws/", rate: 2, interval: "10s" })
      const status = Effect.map(ask(half, "GET", "aws/roles/deploy"), (answer) => answer.status)
      assert.deepStrictEqual(yield* Effect.all([status, status, status]), [200, 200, 429])
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* status, 200)
    }),
  )

  it.effect("a limit on one path leaves the others alone, the longest path counts", () =>
    Effect.gen(function* () {
      const half = yield* limited({ path: "aws/roles", rate: 1 })
      yield* ask(half, "POST", "sys/quotas/rate-limit/all", { body: { path: "aws/", rate: 100 } })
      yield* ask(half, "GET", "aws/roles/deploy")
      assert.strictEqual((yield* ask(half, "GET", "aws/roles/deploy")).status, 429)
      assert.strictEqual((yield* ask(half, "GET", "aws/config/root")).status, 200)
      assert.deepStrictEqual((yield* ask(half, "LIST", "sys/quotas/rate-limit")).json.data.keys, ["all", "q"])
    }),
  )

  it.effect("headers are told when switched on, with the seconds to wait on a refusal", () =>
    Effect.gen(function* () {
      const half = yield* limited({ path: "aws/", rate: 1, interval: "10s" })
      const get = ask(half, "GET", "aws/roles/deploy")
      assert.notProperty((yield* get).headers, "x-ratelimit-limit")
      assert.notProperty((yield* get).headers, "retry-after")
      yield* ask(half, "POST", "sys/quotas/config", { body: { enable_rate_limit_response_headers: true } })
      yield* TestClock.adjust("4 seconds")
      const refused = yield* get
      assert.deepStrictEqual(
        [
          refused.headers["retry-after"],
          refused.headers["x-ratelimit-limit"],
          refused.headers["x-ratelimit-remaining"],
        ],
        ["6", "1", "0"],
      )
      assert.isTrue((yield* ask(half, "GET", "sys/quotas/config")).json.data.enable_rate_limit_response_headers)
    }),
  )

  it.effect("a quota needs a rate, is shown, and ends when deleted", () =>
    Effect.gen(function* () {
      const half = yield* limited({ path: "aws/", rate: 1, interval: 60 })
      assert.strictEqual((yield* ask(half, "POST", "sys/quotas/rate-limit/x", { body: {} })).status, 400)
      assert.strictEqual((yield* ask(half, "GET", "sys/quotas/rate-limit/q")).json.data.interval, 60)
      yield* ask(half, "GET", "aws/roles/deploy")
      yield* ask(half, "DELETE", "sys/quotas/rate-limit/q")
      assert.strictEqual((yield* ask(half, "GET", "aws/roles/deploy")).status, 200)
    }),
  )
})
