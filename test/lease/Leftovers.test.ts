import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Redacted } from "effect"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { LeaseId } from "../../src/core/Ids.ts"
import { Journal, type Left } from "../../src/journal/Journal.ts"
import type { JournalFile, LeaseRecord } from "../../src/journal/JournalModel.ts"
import { cleanUp } from "../../src/lease/Leftovers.ts"
import { PermissionMissing } from "../../src/vault/TokenReason.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { InvalidRequest, LeaseGone } from "../../src/vault/VaultReason.ts"
import { config } from "../kit/FakeVault.ts"

const forbidden = new VaultError({
  reason: new PermissionMissing({ path: "sys/leases/revoke", capability: "update", parameters: [] }),
})
const noUser = new VaultError({ reason: new InvalidRequest({ text: "NoSuchEntity" }) })
const gone = new VaultError({ reason: new LeaseGone({ lease: "x" }) })

const lease = (name: string, kind: LeaseRecord["kind"], more: Partial<LeaseRecord> = {}): LeaseRecord => ({
  id: LeaseId.make(name),
  accessor: "acc-1",
  mount: "aws",
  role: "agent",
  kind,
  ends_at: DateTime.makeUnsafe(3_600_000),
  ...more,
})

const left = (leases: ReadonlyArray<LeaseRecord>, more: Partial<Left> = {}, vault = config.vault.address): Left => ({
  path: "/state/leases/1.json",
  life: "dead",
  content: {
    version: 1,
    owner: { host: "h", pid: 77 },
    vault: { address: vault },
    tokens: [{ accessor: "acc-1", principal: "mcp" }],
    leases,
  },
  ...more,
})

/** What a clean-up asks of Vault, and what it leaves in the journal. */
const clean = (
  found: Left,
  vault: { readonly accessor?: VaultError; readonly sync?: VaultError; readonly lookup?: VaultError },
) =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const kept: Array<JournalFile> = []
    const answer = (line: string, error: VaultError | undefined) =>
      Effect.suspend(() => {
        asked.push(line)
        return error === undefined ? Effect.void : Effect.fail(error)
      })
    const layer = Layer.mergeAll(
      Layer.mock(Vault, {
        revokeAccessor: (_token, accessor) => answer(`accessor ${accessor}`, vault.accessor),
        revokeLease: (_token, id, { sync }) =>
          Effect.as(
            answer(`revoke ${id} ${sync ? "sync" : "async"}`, sync ? vault.sync : undefined),
            sync ? ("confirmed" as const) : ("queued" as const),
          ),
        lookupLease: (_token, id) =>
          Effect.andThen(answer(`lookup ${id}`, vault.lookup), Effect.die(new Error("only refusals here"))),
      }),
      Layer.mock(Journal, {
        others: Effect.succeed({ left: [found], unread: [] }),
        settle: (_left, content) => Effect.sync(() => void kept.push(content)),
      }),
      Layer.succeed(AppConfig, config),
    )
    yield* Effect.provide(cleanUp(Redacted.make("hvs.ours")), layer)
    return { asked, kept: kept[0], leases: kept[0]?.leases.map(({ id, state }) => [id, state ?? "open"]) }
  })

describe("what a dead process left", () => {
  it.effect("is ended by its token's accessor: sessions are closed, users are queued for deletion", () =>
    Effect.gen(function* () {
      const { asked, kept, leases } = yield* clean(left([lease("a", "sts"), lease("b", "iam_user")]), {})
      assert.deepStrictEqual(asked, ["accessor acc-1"])
      assert.deepStrictEqual(kept?.tokens, [])
      assert.deepStrictEqual(leases, [
        ["a", "closed"],
        ["b", "queued"],
      ])
    }),
  )

  it.effect("is closed lease by lease where ending tokens is not allowed", () =>
    Effect.gen(function* () {
      const { asked, kept, leases } = yield* clean(left([lease("a", "sts"), lease("b", "iam_user")]), {
        accessor: forbidden,
      })
      assert.deepStrictEqual(asked, ["accessor acc-1", "revoke a sync", "revoke b sync"])
      assert.strictEqual(kept?.tokens.length, 1, "the token ends by itself")
      assert.deepStrictEqual(leases, [["a", "closed"]])
    }),
  )

  it.effect("stays known where nothing is allowed, and a user that AWS does not know yet is left to Vault", () =>
    Effect.gen(function* () {
      const nothing = yield* clean(left([lease("a", "sts")]), { accessor: forbidden, sync: forbidden })
      assert.deepStrictEqual(nothing.leases, [["a", "open"]])
      const young = yield* clean(left([lease("b", "iam_user")]), { accessor: forbidden, sync: noUser })
      assert.deepStrictEqual(young.asked.slice(1), ["revoke b sync", "revoke b async"])
      assert.deepStrictEqual(young.leases, [["b", "queued"]])
    }),
  )

  it.effect("that was promised to be closed is only looked at", () =>
    Effect.gen(function* () {
      const promised = lease("b", "iam_user", { state: "queued" })
      const done = yield* clean(left([promised]), { accessor: forbidden, lookup: gone })
      assert.deepStrictEqual(done.asked.slice(1), ["lookup b"])
      assert.deepStrictEqual(done.leases, [])
      const unseen = yield* clean(left([promised]), { accessor: forbidden, lookup: forbidden })
      assert.deepStrictEqual(unseen.leases, [["b", "queued"]])
    }),
  )

  it.effect("is not touched while its process lives, cannot be looked at, or leased from another Vault", () =>
    Effect.gen(function* () {
      const some = [lease("a", "sts")]
      for (const found of [
        left(some, { life: "alive" }),
        left(some, { life: "unknown" }),
        left(some, {}, "https://other.example"),
      ]) {
        const { asked, kept } = yield* clean(found, {})
        assert.deepStrictEqual(asked, [])
        assert.isUndefined(kept)
      }
    }),
  )
})
