import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, awsHalf, refusal, tokenWith } from "../../kit/VaultCalls.ts"

const POLICY = 'path "aws/creds/*" { capabilities = ["read"] }'

const lookup = (half: Parameters<typeof ask>[0], lease_id: string) =>
  ask(half, "POST", "sys/leases/lookup", { body: { lease_id } })

describe("leases", () => {
  it.effect("an IAM user is deleted when its lease ends, though nobody asks", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      yield* ask(half, "GET", "aws/creds/user")
      assert.strictEqual(aws.users.size, 1)
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(aws.users.size, 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(aws.users.size, 0)
      assert.strictEqual(yield* half.liveLeases, 0)
    }),
  )

  it.effect("a lease dies with its token, and a grandchild's with the parent", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const policy = `${POLICY}\npath "auth/token/create" { capabilities = ["update"] }`
      const parent = yield* tokenWith(half, policy, { ttl: "2m" })
      const made = yield* ask(half, "POST", "auth/token/create", { token: parent, body: { ttl: "1h" } })
      yield* ask(half, "GET", "aws/creds/user", { token: made.json.auth.client_token })
      yield* ask(half, "GET", "aws/creds/deploy", { token: parent })
      assert.deepStrictEqual([aws.users.size, yield* half.liveLeases, yield* half.liveTokens], [1, 2, 2])
      yield* TestClock.adjust("2 minutes")
      assert.deepStrictEqual([aws.users.size, yield* half.liveLeases, yield* half.liveTokens], [0, 0, 0])
    }),
  )

  it.effect("renewing counts from now, is cut at the engine's maximum, and moves the end", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const lease = yield* ask(half, "GET", "aws/creds/user")
      const renew = (increment: number) =>
        ask(half, "PUT", "sys/leases/renew", { body: { lease_id: lease.json.lease_id, increment } })
      assert.strictEqual((yield* renew(600)).json.lease_duration, 600)
      yield* TestClock.adjust("9 minutes")
      assert.strictEqual((yield* renew(99_999_999)).json.lease_duration, 24 * 3600 - 540)
      yield* TestClock.adjust("23 hours")
      assert.strictEqual(aws.users.size, 1)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(aws.users.size, 0)
      assert.deepStrictEqual((yield* renew(60)).json.errors, ["lease not found"])
    }),
  )

  it.effect("a queued end that AWS refuses is tried six times and then given up", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const lease_id = String((yield* ask(half, "GET", "aws/creds/user")).json.lease_id)
      aws.refusals.set("ListGroupsForUser", refusal(403, "AccessDenied", "no"))
      const queued = yield* ask(half, "PUT", "sys/leases/revoke", { body: { lease_id, sync: false } })
      assert.strictEqual(queued.status, 202)
      const told = yield* lookup(half, lease_id)
      assert.deepStrictEqual([told.json.data.ttl, told.json.data.renewable], [-1, false])
      const renew = ask(half, "PUT", "sys/leases/renew", { body: { lease_id } })
      assert.deepStrictEqual((yield* renew).json.errors, ["lease expired"])
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(aws.calls.filter((call) => call.action === "ListGroupsForUser").length, 6)
      assert.deepStrictEqual((yield* renew).json.errors, [
        "lease is expired and has failed previous revocation attempts",
      ])
      assert.strictEqual(yield* half.liveLeases, 1)
    }),
  )

  it.effect("a queued end succeeds once AWS gives way", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const lease_id = String((yield* ask(half, "GET", "aws/creds/user")).json.lease_id)
      aws.refusals.set("DeleteUser", refusal(503, "ServiceUnavailable", "later"))
      yield* ask(half, "PUT", "sys/leases/revoke", { body: { lease_id, sync: false } })
      aws.refusals.clear()
      assert.strictEqual((yield* lookup(half, lease_id)).status, 200)
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual((yield* lookup(half, lease_id)).status, 400)
    }),
  )

  it.effect("a batch token cuts the lease to its own life, a service token does not", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      const batch = yield* tokenWith(half, POLICY, { type: "batch", ttl: "10m" })
      const service = yield* tokenWith(half, POLICY, { ttl: "10m" })
      const cut = yield* ask(half, "GET", "aws/creds/deploy", { token: batch })
      const whole = yield* ask(half, "GET", "aws/creds/deploy", { token: service })
      assert.deepStrictEqual([cut.json.lease_duration, whole.json.lease_duration], [600, 3600])
    }),
  )

  it.effect("a mount's maximum cuts a lease below the credentials' own length, with a warning", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      yield* ask(half, "POST", "sys/mounts/aws/tune", { body: { max_lease_ttl: "10m" } })
      const lease = yield* ask(half, "GET", "aws/creds/deploy")
      // The role has no maximum of its own: the mount's also shortens what AWS is asked for, below what AWS grants.
      assert.deepStrictEqual(lease.status, 400)
      yield* ask(half, "POST", "aws/roles/deploy", { body: { max_sts_ttl: "4h" } })
      const longer = yield* ask(half, "GET", "aws/creds/deploy")
      assert.deepStrictEqual([longer.json.lease_duration, longer.json.data.ttl], [600, 3600])
      assert.deepStrictEqual(longer.json.warnings, [
        'TTL of "1h" exceeded the effective max_ttl of "10m"; TTL value is capped accordingly',
      ])
    }),
  )
})
