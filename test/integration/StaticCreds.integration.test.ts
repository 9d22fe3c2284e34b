/** A static role: the key of an IAM user that Vault rotates. It has no lease, is read anew, and nothing more is claimed. */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Redacted } from "effect"
import { addUser } from "../../src/sandbox/aws/Identity.ts"
import { fault } from "../../src/sandbox/Faults.ts"
import { observe } from "../../src/sandbox/faults/Custom.ts"
import { operator } from "../../src/sandbox/Operate.ts"
import { startSandbox } from "../../src/sandbox/Sandbox.ts"
import { makeToolWorld } from "../kit/ToolWorld.ts"

const WHO = "aws_get_caller_identity"

/** A sandbox with a static role, whose key Vault has taken over, and the product on it. */
const start = Effect.gen(function* () {
  const sandbox = yield* startSandbox({ empty: false })
  const now = yield* Clock.currentTimeMillis
  const user = addUser(sandbox.identity, { account: "123456789012", path: "/", name: "legacy", now })
  const operate = operator(sandbox.vault.handler, Redacted.value(sandbox.vaultToken))
  const made = yield* operate("aws/static-roles/legacy", { username: "legacy", rotation_period: "1h" })
  assert.isTrue("status" in made && made.status < 300)
  const world = yield* makeToolWorld(
    { empty: true },
    {
      vault: {
        address: sandbox.vaultAddr,
        token: sandbox.vaultToken,
        role: "legacy",
        credentials: "static-creds",
      },
      awsEndpoint: sandbox.awsUrl,
    },
  )
  const read = { times: 0 }
  yield* sandbox.faults.add(
    fault(
      observe(() => void read.times++),
      { half: "vault", about: "/static-creds/" },
    ),
  )
  return { sandbox, user, world, operate, read }
})

describe("a static role", () => {
  it.live("signs with the user's key, has no lease, and says what revoking would not do", () =>
    Effect.gen(function* () {
      const { read, sandbox, world } = yield* start
      const { arn } = yield* world.good<{ arn: string }>(WHO)
      assert.strictEqual(arn, "arn:aws:iam::123456789012:user/legacy")
      yield* world.good(WHO)
      assert.strictEqual(read.times, 1)
      assert.strictEqual(yield* sandbox.vault.liveLeases, 0)
      const { leases } = yield* world.good<{ leases: ReadonlyArray<Record<string, unknown>> }>(
        "vault_credential_status",
      )
      assert.deepInclude(leases[0], { type: "static", revocable: false, aws_access_ends: "unknown" })
      assert.notProperty(leases[0], "lease_id")
      const told = yield* world.good<{ message: string; revocable: boolean; aws_access_ends: string }>(
        "vault_revoke_credentials",
      )
      assert.deepInclude(told, { revocable: false, aws_access_ends: "unknown" })
      assert.include(told.message, "goes on working until Vault rotates it")
      assert.include(
        (yield* world.good<{ message: string }>("vault_refresh_credentials", { ttl: "30m" })).message,
        "no TTL",
      )
    }),
  )

  it.live("is read anew when AWS does not know the key any more, and once a call", () =>
    Effect.gen(function* () {
      const { operate, read, sandbox, user, world } = yield* start
      yield* world.good(WHO)
      // Vault gives the user another key behind the product's back.
      yield* sandbox.vault.handler({
        method: "DELETE",
        path: "/v1/aws/static-roles/legacy",
        query: "",
        headers: { "x-vault-token": Redacted.value(sandbox.vaultToken) },
        body: new Uint8Array(),
      })
      yield* operate("aws/static-roles/legacy", { username: "legacy", rotation_period: "1h" })
      yield* world.good(WHO)
      assert.strictEqual(read.times, 2)
      // And now it has none that works.
      for (const [id, key] of sandbox.identity.keys) if (key.user === user) sandbox.identity.keys.delete(id)
      assert.match(yield* world.bad(WHO), /code=\w+/)
      assert.strictEqual(read.times, 3, "one look at what Vault has now, and no loop")
    }),
  )
})
