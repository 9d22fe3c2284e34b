import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { keysBelow } from "../../../src/sandbox/vault/LeaseRoutes.ts"
import { ask, awsHalf } from "../../kit/VaultCalls.ts"

describe("sys/leases", () => {
  it.effect("a synchronous revoke whose user is lost says so and keeps the lease; force forgets it", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      const lease_id = String((yield* ask(half, "GET", "aws/creds/user")).json.lease_id)
      const user = [...aws.users.keys()][0] ?? ""
      aws.users.clear()
      const failed = yield* ask(half, "PUT", "sys/leases/revoke", { body: { lease_id } })
      assert.strictEqual(failed.status, 400)
      assert.deepStrictEqual(failed.json.errors, [
        `failed to revoke entry: resp: (*logical.Response)(nil) err: NoSuchEntity: The user with name ${user} cannot be found.\n\tstatus code: 404, request id: r1`,
      ])
      const told = yield* ask(half, "POST", "sys/leases/lookup", { body: { lease_id } })
      assert.deepStrictEqual([told.json.data.ttl, told.json.data.renewable], [3600, true])
      assert.strictEqual((yield* ask(half, "PUT", "sys/leases/revoke-force/aws/creds/user")).status, 204)
      assert.strictEqual(yield* half.liveLeases, 0)
    }),
  )

  it.effect("revoke-prefix ends the leases of one role, queued or at once, and no others", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      for (const role of ["user", "user", "deploy"]) yield* ask(half, "GET", `aws/creds/${role}`)
      const done = yield* ask(half, "PUT", "sys/leases/revoke-prefix/aws/creds/user", { body: { sync: false } })
      assert.deepStrictEqual([done.status, aws.users.size, yield* half.liveLeases], [202, 0, 1])
      assert.strictEqual((yield* ask(half, "PUT", "sys/leases/revoke-prefix/aws/")).status, 204)
      assert.strictEqual(yield* half.liveLeases, 0)
    }),
  )

  it.effect("leases are listed level by level", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      const lease = yield* ask(half, "GET", "aws/creds/deploy")
      const keys = (path: string) =>
        Effect.map(ask(half, "LIST", `sys/leases/lookup/${path}`), (answer) => answer.json.data?.keys)
      assert.deepStrictEqual(yield* keys("aws"), ["creds/"])
      assert.deepStrictEqual(yield* keys("aws/creds/"), ["deploy/"])
      assert.deepStrictEqual(yield* keys("aws/creds/deploy"), [String(lease.json.lease_id).split("/").at(-1)])
      assert.isUndefined(yield* keys("aws/sts"))
    }),
  )

  it.effect("the older paths without leases/ and the id in the path work too", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      const lease = yield* ask(half, "GET", "aws/creds/user")
      const renewed = yield* ask(half, "PUT", `sys/renew/${lease.json.lease_id}`, { body: { increment: 60 } })
      assert.strictEqual(renewed.json.lease_duration, 60)
      assert.strictEqual((yield* ask(half, "PUT", `sys/revoke/${lease.json.lease_id}`)).status, 204)
      assert.strictEqual(yield* half.liveLeases, 0)
    }),
  )

  it("keys below a folder are single, sorted, and end in a slash where there is more", () => {
    assert.deepStrictEqual(keysBelow(["a/c", "a/b/1", "a/b/2", "x"], "a/"), ["b/", "c"])
  })
})
