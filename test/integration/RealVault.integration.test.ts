/** The product on a real Vault whose engine points at the sandbox's AWS. Skipped by name where there is no `vault`. */
import { assert, beforeEach, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { operator } from "../../src/sandbox/Operate.ts"
import { seedVault } from "../../src/sandbox/VaultSeed.ts"
import { hasVault, remoteVault, startDevVault } from "../kit/DevVault.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

const there = hasVault()

/** A world on a real Vault, set up as an operator would; the AWS side is the sandbox's. */
const realWorld = Effect.gen(function* () {
  const vault = yield* startDevVault
  const world = yield* makeToolWorld(
    { empty: false },
    { vault: { address: vault.address, token: Redacted.make(vault.token) } },
  )
  const { awsUrl, rootKey } = world.sandbox
  yield* seedVault(operator(remoteVault(vault.address), vault.token), {
    url: awsUrl,
    accessKeyId: rootKey.accessKeyId,
    secretKey: Redacted.value(rootKey.secretKey),
  })
  return world
})

describe("a real Vault", () => {
  beforeEach((context) => {
    if (!there) context.skip("there is no `vault` on the PATH")
  })

  it.live(
    "leases, refreshes and takes back what tools work with",
    () =>
      Effect.gen(function* () {
        const world = yield* realWorld
        const { buckets } = yield* world.good<{ buckets: ReadonlyArray<{ name: string }> }>("s3_list_buckets")
        assert.include(
          buckets.map(({ name }) => name),
          "acme-config",
        )
        const refreshed = yield* world.good<{ lease_duration_seconds: number }>("vault_refresh_credentials", {
          ttl: "20m",
        })
        assert.approximately(refreshed.lease_duration_seconds, 1200, 3)
        const revoked = yield* world.good<{ message: string }>("vault_revoke_credentials")
        assert.match(revoked.message, /AWS cannot cancel an issued session/)
        const status = yield* world.good<{ leases: ReadonlyArray<unknown>; vault: { state: string } }>(
          "vault_credential_status",
        )
        assert.deepInclude(status, { leases: [] })
        assert.strictEqual(status.vault.state, "active")
      }),
    60_000,
  )
})
