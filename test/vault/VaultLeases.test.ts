import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { LeaseId } from "../../src/core/Ids.ts"
import { callVault, envelope, refusal, token } from "../kit/VaultOverHttp.ts"

const LEASE = LeaseId.make("aws/creds/dev/AbCdEfGhIjKlMnOpQrStUvWx")

describe("leases", () => {
  it.effect("revoking always says whether to wait, and tells done from promised", () =>
    Effect.gen(function* () {
      for (const [sync, status, outcome] of [
        [true, 204, "confirmed"],
        [true, 200, "confirmed"],
        [false, 202, "queued"],
      ] as const) {
        const { seen, value } = yield* callVault(
          (vault) => vault.revokeLease(token, LEASE, { sync }),
          () => ({ status }),
        )
        assert.strictEqual(value, outcome)
        assert.deepStrictEqual(seen[0]?.body, { lease_id: LEASE, sync })
      }
    }),
  )

  it.effect("a renewal gives the length granted and Vault's warning", () =>
    Effect.gen(function* () {
      const { seen, value } = yield* callVault(
        (vault) => vault.renewLease(token, LEASE, Duration.hours(48)),
        () =>
          envelope({ lease_id: LEASE, renewable: true, lease_duration: 86_400, warnings: ['TTL of "48h" exceeded'] }),
      )
      assert.deepStrictEqual(seen[0]?.body, { lease_id: LEASE, increment: 172_800 })
      assert.strictEqual(Duration.toHours(value?.leaseDuration ?? 0), 24)
      assert.deepStrictEqual(value?.warnings, ['TTL of "48h" exceeded'])
    }),
  )

  it.effect("gone and not renewable are different things; neither shows the whole id", () =>
    Effect.gen(function* () {
      const texts = {
        "lease not found": "LeaseGone",
        "lease expired": "LeaseGone",
        "invalid lease": "LeaseGone",
        "lease is expired and has failed previous revocation attempts": "LeaseGone",
        "lease is not renewable": "LeaseNotRenewable",
        "past the max TTL, cannot renew": "LeaseNotRenewable",
        "failed to revoke entry: NoSuchEntity: gone\n\tstatus code: 404, request id: x": "InvalidRequest",
      }
      for (const [text, tag] of Object.entries(texts)) {
        const { error } = yield* callVault(
          (vault) => vault.renewLease(token, LEASE),
          () => refusal(400, text),
        )
        assert.strictEqual(error?.reason._tag, tag)
        assert.notInclude(JSON.stringify(error), LEASE)
      }
    }),
  )

  it.effect("a lease whose revocation failed has no time left and says so", () =>
    Effect.gen(function* () {
      const data = {
        id: LEASE,
        issue_time: "2026-01-02T03:04:05.123456789Z",
        expire_time: "2026-01-02T04:04:05Z",
        last_renewal: null,
        renewable: false,
      }
      const failed = yield* callVault(
        (vault) => vault.lookupLease(token, LEASE),
        () => envelope({ data: { ...data, ttl: -1 } }),
      )
      assert.isTrue(failed.value?.revocationFailed)
      assert.isTrue(Duration.isZero(failed.value?.ttl ?? Duration.infinity))
      const alive = yield* callVault(
        (vault) => vault.lookupLease(token, LEASE),
        () => envelope({ data: { ...data, ttl: 1800 } }),
      )
      assert.isFalse(alive.value?.revocationFailed)
      assert.strictEqual(alive.value?.expireTime?.epochMilliseconds, 1_767_326_645_000)
    }),
  )
})
