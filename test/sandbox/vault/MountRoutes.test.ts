import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ask, awsHalf, newHalf, tokenWith } from "../../kit/VaultCalls.ts"

describe("mounts over HTTP", () => {
  it.effect("paths must be free, and types known", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const mount = (path: string, type: string) =>
        Effect.map(ask(half, "POST", `sys/mounts/${path}`, { body: { type } }), (answer) => answer.json?.errors ?? [])
      assert.deepStrictEqual(yield* mount("team/aws", "aws"), [])
      assert.deepStrictEqual(yield* mount("team", "kv"), ["path is already in use at team/aws/"])
      assert.deepStrictEqual(yield* mount("secret", "kv"), ["path is already in use at secret/"])
      assert.deepStrictEqual(yield* mount("x", "nonsense"), ["plugin not found in the catalog: nonsense"])
    }),
  )

  it.effect("the command line's configuration is taken at the start and by tuning", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const config = { default_lease_ttl: "", max_lease_ttl: "10m", force_no_cache: false, options: null }
      yield* ask(half, "POST", "sys/mounts/aws", { body: { type: "aws", description: "d", config, options: null } })
      yield* ask(half, "POST", "sys/mounts/aws/tune", {
        body: { default_lease_ttl: "5m", listing_visibility: "unauth" },
      })
      const shown = (yield* ask(half, "GET", "sys/mounts/aws")).json.data
      assert.deepStrictEqual(
        [shown.description, shown.config.max_lease_ttl, shown.config.default_lease_ttl],
        ["d", 600, 300],
      )
      const tuned = yield* ask(half, "GET", "sys/mounts/aws/tune")
      assert.deepStrictEqual([tuned.json.max_lease_ttl, tuned.json.data.listing_visibility], [600, "unauth"])
      const open = yield* ask(half, "GET", "sys/internal/ui/mounts", { token: null })
      assert.deepStrictEqual(Object.keys(open.json.data.secret), ["aws/"])
    }),
  )

  it.effect("a token sees the mounts it has rights in", () =>
    Effect.gen(function* () {
      const { half } = yield* awsHalf()
      const token = yield* tokenWith(half, 'path "aws/creds/x" { capabilities = ["read"] }')
      const all = yield* ask(half, "GET", "sys/internal/ui/mounts", { token })
      assert.deepStrictEqual(Object.keys(all.json.data.secret), ["aws/", "cubbyhole/", "sys/"])
      const deep = yield* ask(half, "GET", "sys/internal/ui/mounts/aws/creds/x", { token })
      assert.deepStrictEqual([deep.json.data.path, deep.json.data.type], ["aws/", "aws"])
      const other = yield* ask(half, "GET", "sys/internal/ui/mounts/secret/x", { token })
      assert.include(other.json.errors[0], 'access to path "secret/x/"')
    }),
  )

  it.effect("unmounting ends the leases, and the built-in mounts stay", () =>
    Effect.gen(function* () {
      const { aws, half } = yield* awsHalf()
      yield* ask(half, "GET", "aws/creds/user")
      assert.strictEqual((yield* ask(half, "DELETE", "sys/mounts/aws")).status, 204)
      assert.deepStrictEqual([aws.users.size, yield* half.liveLeases], [0, 0])
      assert.strictEqual((yield* ask(half, "GET", "aws/creds/user")).status, 404)
      assert.strictEqual((yield* ask(half, "DELETE", "sys/mounts/sys")).status, 400)
    }),
  )

  it.effect("disabling a login method ends its tokens", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      yield* ask(half, "POST", "sys/auth/up", { body: { type: "userpass" } })
      yield* ask(half, "POST", "auth/up/users/ana", { body: { password: "p" } })
      yield* ask(half, "POST", "auth/up/login/ana", { token: null, body: { password: "p" } })
      assert.strictEqual(yield* half.liveTokens, 1)
      yield* ask(half, "DELETE", "sys/auth/up")
      assert.strictEqual(yield* half.liveTokens, 0)
      assert.deepStrictEqual(Object.keys((yield* ask(half, "GET", "sys/auth")).json.data), ["token/"])
    }),
  )
})
