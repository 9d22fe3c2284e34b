/** Nodes that are not the active one, compared with what a real one was recorded to say (Vault 1.14.9). */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fault } from "../../../src/sandbox/Faults.ts"
import { noLeader, seal, standby } from "../../../src/sandbox/faults/VaultState.ts"
import { startSandbox } from "../../../src/sandbox/Sandbox.ts"
import { hearVault, jsonOf } from "../../kit/Hearing.ts"

const CREDS = "aws/creds/mcp-agent-role"

describe("seal", () => {
  it.live("503 for all but the status, which says sealed; well again when it is lifted", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(seal))
      for (const path of [CREDS, "auth/token/lookup-self", "sys/leader"]) {
        const refused = yield* hearVault(sandbox, path)
        assert.strictEqual(refused.status, 503)
        assert.deepStrictEqual(jsonOf(refused), { errors: ["Vault is sealed"] })
      }
      const health = yield* hearVault(sandbox, "sys/health")
      assert.strictEqual(health.status, 503)
      const { server_time_utc: time, ...rest } = jsonOf(health)
      assert.isNumber(time)
      assert.deepStrictEqual(rest, {
        initialized: true,
        sealed: true,
        standby: true,
        performance_standby: false,
        replication_performance_mode: "unknown",
        replication_dr_mode: "unknown",
        version: "1.14.9",
      })
      assert.strictEqual((yield* hearVault(sandbox, "sys/health?sealedcode=299")).status, 299)
      const status = jsonOf(yield* hearVault(sandbox, "sys/seal-status"))
      assert.deepInclude(status, { sealed: true, initialized: true, t: 1 })
      assert.notProperty(status, "cluster_name")
      assert.deepStrictEqual(jsonOf(yield* hearVault(sandbox, "sys/init")), { initialized: true })
      yield* sandbox.faults.set()
      assert.strictEqual((yield* hearVault(sandbox, CREDS)).status, 200)
      assert.strictEqual(jsonOf(yield* hearVault(sandbox, "sys/health")).sealed, false)
    }),
  )
})

describe("standby", () => {
  it.live("redirects with path and query to the active node, and its health is a standby's", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: false })
      yield* sandbox.faults.add(fault(standby("http://10.0.0.7:8200")))
      const sent = yield* hearVault(sandbox, `${CREDS}?ttl=900s`, { body: {} })
      assert.strictEqual(sent.status, 307)
      assert.strictEqual(sent.headers.location, `http://10.0.0.7:8200/v1/${CREDS}?ttl=900s`)
      assert.strictEqual(sent.size, 0)
      assert.isUndefined(sent.headers["content-type"])
      const health = yield* hearVault(sandbox, "sys/health")
      assert.strictEqual(health.status, 429)
      assert.deepInclude(jsonOf(health), { sealed: false, standby: true })
      assert.strictEqual((yield* hearVault(sandbox, "sys/health?standbyok=true")).status, 200)
      assert.strictEqual((yield* hearVault(sandbox, "sys/health?standbycode=298")).status, 298)
      const leader = jsonOf(yield* hearVault(sandbox, "sys/leader"))
      assert.deepInclude(leader, { ha_enabled: true, is_self: false, leader_address: "http://10.0.0.7:8200" })
      assert.strictEqual(jsonOf(yield* hearVault(sandbox, "sys/seal-status")).sealed, false)
    }),
  )

  it.live("without an address it sends clients to a port where nobody listens", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: true })
      yield* sandbox.faults.add(fault(standby(), { times: 1 }))
      const { headers } = yield* hearVault(sandbox, "auth/token/lookup-self")
      const followed = yield* Effect.exit(Effect.tryPromise(() => fetch(headers.location ?? "")))
      assert.strictEqual(followed._tag, "Failure")
      assert.strictEqual((yield* hearVault(sandbox, "auth/token/lookup-self")).status, 200)
    }),
  )
})

describe("no-leader", () => {
  it.live("503 while nobody is the active node", () =>
    Effect.gen(function* () {
      const sandbox = yield* startSandbox({ empty: true })
      yield* sandbox.faults.add(fault(noLeader))
      const refused = yield* hearVault(sandbox, "auth/token/lookup-self")
      assert.strictEqual(refused.status, 503)
      assert.deepStrictEqual(jsonOf(refused), { errors: ["no active Vault instance found"] })
      assert.strictEqual((yield* hearVault(sandbox, "sys/health")).status, 429)
      assert.strictEqual(jsonOf(yield* hearVault(sandbox, "sys/leader")).leader_address, "")
    }),
  )
})
