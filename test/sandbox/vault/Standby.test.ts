import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Dialect } from "../../../src/sandbox/Dialect.ts"
import { makeVaultHalf } from "../../../src/sandbox/vault/Server.ts"
import { makeStandby } from "../../../src/sandbox/vault/Standby.ts"
import { ask, fakeAws, ROOT } from "../../kit/VaultCalls.ts"

const ACTIVE = "http://127.0.0.1:8200"

const pair = Effect.fnUntraced(function* (dialect: Dialect = "1.14") {
  const half = yield* makeVaultHalf({ rootToken: ROOT, upstream: fakeAws().upstream, dialect, initialised: true })
  const standby = yield* makeStandby(half, ACTIVE)
  return { half, standby, node: { ...half, handler: standby.handler } }
})

const NO_FORWARDING = { "x-vault-no-request-forwarding": "true" }

describe("a standby", () => {
  it.effect("shows itself as one in health, whose code can be chosen or waived", () =>
    Effect.gen(function* () {
      const { half, node } = yield* pair()
      const health = yield* ask(node, "GET", "sys/health", { token: null })
      assert.deepStrictEqual([health.status, health.json.standby, health.json.performance_standby], [429, true, false])
      const status = (query: string) => Effect.map(ask(node, "GET", `sys/health?${query}`), (answer) => answer.status)
      assert.deepStrictEqual(
        [yield* status("standbyok=true"), yield* status("standbycode=298"), yield* status("perfstandbyok=true")],
        [200, 298, 429],
      )
      assert.strictEqual((yield* ask(half, "GET", "sys/health")).json.standby, false)
    }),
  )

  it.effect("names the leader, who names itself", () =>
    Effect.gen(function* () {
      const { half, node } = yield* pair()
      const leader = (yield* ask(node, "GET", "sys/leader", { token: null })).json
      assert.include(leader, { ha_enabled: true, is_self: false, leader_address: ACTIVE })
      assert.strictEqual(leader.leader_cluster_address, "https://127.0.0.1:8201")
      assert.include((yield* ask(half, "GET", "sys/leader")).json, { ha_enabled: true, is_self: true })
      assert.strictEqual((yield* ask(node, "GET", "sys/seal-status")).json.storage_type, "raft")
    }),
  )

  it.effect("forwards in silence, and what was written through it is there", () =>
    Effect.gen(function* () {
      const { half, node } = yield* pair()
      yield* ask(node, "PUT", "sys/policies/acl/p", { body: { policy: 'path "x" { capabilities = ["read"] }' } })
      assert.strictEqual((yield* ask(half, "GET", "sys/policies/acl/p")).status, 200)
      assert.strictEqual((yield* ask(node, "GET", "sys/mounts", { token: "hvs.none" })).status, 403)
    }),
  )

  it.effect("sends on who forbids forwarding: same method, path and query, nothing done", () =>
    Effect.gen(function* () {
      const { half, node } = yield* pair()
      const read = yield* ask(node, "GET", "auth/token/lookup-self?a=b", { headers: NO_FORWARDING })
      assert.deepStrictEqual([read.status, read.headers["location"]], [307, `${ACTIVE}/v1/auth/token/lookup-self?a=b`])
      const write = yield* ask(node, "POST", "auth/token/create", { headers: NO_FORWARDING, body: { ttl: "5m" } })
      assert.deepStrictEqual([write.status, write.json, yield* half.liveTokens], [307, "", 0])
    }),
  )

  it.effect("goes on naming a dead active node until it is elected, then answers as the active one", () =>
    Effect.gen(function* () {
      const { node, standby } = yield* pair()
      yield* ask(node, "POST", "auth/token/create", { body: { policies: ["default"], ttl: "1h" } })
      yield* standby.endActive
      const lost = yield* ask(node, "GET", "auth/token/lookup-self")
      assert.deepStrictEqual([lost.status, lost.headers["location"]], [307, `${ACTIVE}/v1/auth/token/lookup-self`])
      assert.strictEqual((yield* ask(node, "GET", "sys/health")).status, 429)
      assert.strictEqual((yield* ask(node, "GET", "sys/leader")).json.leader_address, ACTIVE)
      yield* standby.elect("http://127.0.0.1:8300")
      const found = yield* ask(node, "GET", "auth/token/lookup-self", { headers: NO_FORWARDING })
      assert.strictEqual(found.status, 200)
      assert.strictEqual((yield* ask(node, "GET", "sys/health")).status, 200)
      assert.include((yield* ask(node, "GET", "sys/leader")).json, {
        is_self: true,
        leader_address: "http://127.0.0.1:8300",
      })
      assert.strictEqual(yield* node.liveTokens, 1)
    }),
  )

  it.effect("a sealed one says so before anything else", () =>
    Effect.gen(function* () {
      const { node } = yield* pair()
      yield* ask(node, "PUT", "sys/seal")
      assert.strictEqual((yield* ask(node, "GET", "sys/health")).status, 503)
      assert.deepStrictEqual((yield* ask(node, "GET", "sys/mounts")).json.errors, ["Vault is sealed"])
    }),
  )

  it.effect("of 1.21 it is a performance standby, with a code of its own", () =>
    Effect.gen(function* () {
      const { node } = yield* pair("1.21")
      const health = yield* ask(node, "GET", "sys/health", { token: null })
      assert.deepStrictEqual(
        [health.status, health.json.performance_standby, health.json.last_wal],
        [473, true, undefined],
      )
      assert.strictEqual((yield* ask(node, "GET", "sys/health?perfstandbyok=true")).status, 200)
      assert.strictEqual((yield* ask(node, "GET", "sys/leader")).json.performance_standby, true)
    }),
  )

  it.effect("a Vault that an operator initialised has no engines, and a root token without a lease", () =>
    Effect.gen(function* () {
      const { half } = yield* pair()
      const self = (yield* ask(half, "GET", "auth/token/lookup-self")).json.data
      assert.deepStrictEqual([self.display_name, self.path], ["root", "auth/token/root"])
      assert.notProperty(self, "renewable")
      assert.notProperty(self, "issue_time")
      assert.strictEqual((yield* ask(half, "GET", "secret/data/x")).status, 404)
    }),
  )
})
