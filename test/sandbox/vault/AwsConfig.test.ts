import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, awsHalf, newHalf, refusal } from "../../kit/VaultCalls.ts"

describe("the AWS engine's configuration", () => {
  it.effect("a write replaces the whole root configuration, and the secret is never shown", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      yield* ask(half, "POST", "aws/config/root", { body: { access_key: "AKIA2", sts_endpoint: "http://x" } })
      const shown = (yield* ask(half, "GET", "aws/config/root")).json.data
      assert.deepStrictEqual(
        [shown.access_key, shown.region, shown.sts_endpoint, shown.max_retries],
        ["AKIA2", "", "http://x", -1],
      )
      assert.notProperty(shown, "secret_key")
    }),
  )

  it.effect("the lease configuration needs both lengths and is absent before", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      yield* ask(half, "POST", "sys/mounts/aws", { body: { type: "aws" } })
      assert.strictEqual((yield* ask(half, "GET", "aws/config/lease")).status, 404)
      const half1 = yield* ask(half, "POST", "aws/config/lease", { body: { lease: "1h" } })
      assert.deepStrictEqual(half1.json.errors, ["'lease_max' is a required parameter"])
      yield* ask(half, "POST", "aws/config/lease", { body: { lease: "30m", lease_max: 7200 } })
      assert.deepStrictEqual((yield* ask(half, "GET", "aws/config/lease")).json.data, {
        lease: "30m0s",
        lease_max: "2h0m0s",
      })
    }),
  )

  it.effect("rotating the root key uses the new one afterwards and deletes the old one", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const rotated = yield* ask(half, "POST", "aws/config/rotate-root")
      assert.deepStrictEqual(rotated.json.data, { access_key: "AKIA1" })
      assert.deepStrictEqual(
        aws.calls.map((call) => [call.action, call.key.accessKeyId, call.params["AccessKeyId"]]),
        [
          ["GetUser", "AKIAROOT", undefined],
          ["CreateAccessKey", "AKIAROOT", undefined],
          ["DeleteAccessKey", "AKIA1", "AKIAROOT"],
        ],
      )
    }),
  )

  it.effect("a rotation that AWS refuses leaves the key as it was", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      aws.refusals.set("CreateAccessKey", refusal(409, "LimitExceeded", "two keys"))
      assert.strictEqual((yield* ask(half, "POST", "aws/config/rotate-root")).status, 400)
      assert.strictEqual((yield* ask(half, "GET", "aws/config/root")).json.data.access_key, "AKIAROOT")
      yield* ask(half, "POST", "aws/config/root", { body: {} })
      assert.include((yield* ask(half, "POST", "aws/config/rotate-root")).json.errors[0], "is empty")
    }),
  )
})
