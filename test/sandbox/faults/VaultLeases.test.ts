import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { fault } from "../../../src/sandbox/Faults.ts"
import { noLease, shortLease } from "../../../src/sandbox/faults/VaultLeases.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { hearAws, hearVault, jsonOf, WHO } from "../../kit/Hearing.ts"

const STS = "aws/creds/mcp-agent-role"
const USER = "aws/creds/s3-reader-user"

const OFTEN = Schedule.spaced("20 millis")

describe("no-lease", () => {
  it.live("STS credentials that work and have no lease, in the answer and in Vault; IAM users keep theirs", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(noLease))
      const { data, ...rest } = jsonOf(yield* hearVault(sandbox, STS))
      assert.deepInclude(rest, { lease_id: "", lease_duration: 0, renewable: false })
      assert.isAtLeast(data.ttl, 3595)
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      const key = { accessKeyId: data.access_key, secretKey: data.secret_key, sessionToken: data.security_token }
      assert.strictEqual((yield* hearAws(sandbox, key, WHO)).status, 200)
      assert.match(jsonOf(yield* hearVault(sandbox, USER)).lease_id, /^aws\/creds\/s3-reader-user\//)
      assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
    }),
  )
})

describe("short-lease", () => {
  it.live("a lease that ends in Vault when it was told to, while the credentials last", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(shortLease(1)))
      const { data, lease_duration, lease_id } = jsonOf(yield* hearVault(sandbox, STS))
      assert.strictEqual(lease_duration, 1)
      assert.isAtLeast(data.ttl, 3595)
      assert.strictEqual(yield* sandbox.vault.liveLeases, 1)
      const lookup = hearVault(sandbox, "sys/leases/lookup", { body: { lease_id } })
      yield* lookup.pipe(
        Effect.repeat({ until: ({ status }) => status === 400, schedule: OFTEN }),
        Effect.timeout("5 seconds"),
      )
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
    }),
  )

  it.live("a renewable lease is short in Vault as well, and no renewal makes it longer", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(shortLease(30)))
      const { lease_duration, lease_id, renewable } = jsonOf(yield* hearVault(sandbox, USER))
      assert.deepStrictEqual({ lease_duration, renewable }, { lease_duration: 30, renewable: true })
      const ttl = Effect.map(
        hearVault(sandbox, "sys/leases/lookup", { body: { lease_id } }),
        (heard): number => jsonOf(heard).data.ttl,
      )
      assert.approximately(yield* ttl, 30, 1)
      const renewed = jsonOf(yield* hearVault(sandbox, "sys/leases/renew", { body: { lease_id, increment: 3600 } }))
      assert.strictEqual(renewed.lease_duration, 30)
      assert.approximately(yield* ttl, 30, 1)
    }),
  )
})
