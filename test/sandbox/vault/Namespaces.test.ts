import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { Dialect } from "../../../src/sandbox/Dialect.ts"
import type { VaultHalf } from "../../../src/sandbox/vault/Server.ts"
import { ask, awsHalf, newHalf, type Sent } from "../../kit/VaultCalls.ts"

const TEAM = { "x-vault-namespace": "team" }

/** A request in a namespace. */
const inside = (half: VaultHalf, method: string, path: string, sent: Sent = {}, namespace = "team") =>
  ask(half, method, path, { ...sent, headers: { ...sent.headers, "x-vault-namespace": namespace } })

const start = Effect.fnUntraced(function* (dialect: Dialect = "openbao") {
  const { half } = yield* awsHalf(dialect)
  const made = yield* ask(half, "POST", "sys/namespaces/team", { body: { custom_metadata: { owner: "ana" } } })
  const post = (path: string, body: object) => inside(half, "POST", path, { body })
  yield* post("sys/mounts/aws", { type: "aws" })
  yield* post("aws/config/root", { access_key: "AKIATEAM", secret_key: "s" })
  const role = { credential_type: "assumed_role", role_arns: "arn:aws:iam::123456789012:role/Team" }
  yield* post("aws/roles/team", role)
  yield* post("sys/policies/acl/lease", {
    policy: 'path "aws/creds/*" { capabilities = ["read"] } path "sys/leases/revoke" { capabilities = ["update"] }',
  })
  const token = String((yield* post("auth/token/create", { policies: ["lease"], ttl: "1h" })).json.auth.client_token)
  return { half, made, post, token }
})

describe("namespaces", () => {
  it.effect("ids given in one end in its id: token, accessor, lease", () =>
    Effect.gen(function* () {
      for (const [dialect, length] of [
        ["1.21", 5],
        ["openbao", 6],
      ] as const) {
        const { half, made, token } = yield* start(dialect)
        const id = String(made.json.data.id)
        assert.match(id, new RegExp(`^[A-Za-z0-9]{${length}}$`))
        assert.strictEqual(made.json.data.path, "team/")
        const self = (yield* inside(half, "GET", "auth/token/lookup-self", { token })).json.data
        const lease = (yield* inside(half, "GET", "aws/creds/team", { token })).json.lease_id
        for (const given of [token, self.accessor, lease]) assert.isTrue(String(given).endsWith(`.${id}`), given)
        assert.match(lease, /^aws\/creds\/team\//)
        assert.strictEqual(self.namespace_path, "team/")
      }
    }),
  )

  it.effect("a token acts where it was made and below, and nowhere else", () =>
    Effect.gen(function* () {
      const { half, token } = yield* start()
      yield* ask(half, "POST", "sys/namespaces/other")
      const status = (namespace: string) =>
        Effect.map(inside(half, "GET", "aws/creds/team", { token }, namespace), (answer) => answer.status)
      assert.deepStrictEqual([yield* status("team"), yield* status("/team/"), yield* status("other")], [200, 200, 403])
      assert.strictEqual((yield* ask(half, "GET", "aws/creds/deploy", { token })).status, 403)
      // Root comes from above and may act anywhere.
      assert.strictEqual((yield* inside(half, "GET", "aws/creds/team")).status, 200)
    }),
  )

  it.effect("a policy of an outer namespace speaks of paths in the inner ones", () =>
    Effect.gen(function* () {
      const { half } = yield* start()
      const policy =
        'path "team/aws/creds/*" { capabilities = ["read"] } path "+/sys/mounts" { capabilities = ["read"] }'
      yield* ask(half, "PUT", "sys/policies/acl/outer", { body: { policy } })
      const made = yield* ask(half, "POST", "auth/token/create", { body: { policies: ["outer"] } })
      const token = String(made.json.auth.client_token)
      assert.strictEqual((yield* inside(half, "GET", "aws/creds/team", { token })).status, 200)
      assert.strictEqual((yield* inside(half, "GET", "sys/mounts", { token })).status, 200)
      assert.strictEqual((yield* inside(half, "GET", "sys/policies/acl/lease", { token })).status, 403)
      const can = yield* inside(half, "POST", "sys/capabilities-self", { body: { paths: ["aws/creds/team"] } })
      assert.deepStrictEqual(can.json.data.capabilities, ["root"])
    }),
  )

  it.effect("the namespace may stand in the path, and a header that names none is refused", () =>
    Effect.gen(function* () {
      const { half, token } = yield* start()
      assert.strictEqual((yield* ask(half, "GET", "team/aws/creds/team", { token })).status, 200)
      yield* inside(half, "POST", "sys/namespaces/sub")
      assert.strictEqual((yield* inside(half, "GET", "sub/sys/mounts")).status, 200)
      assert.strictEqual((yield* inside(half, "GET", "sys/mounts", {}, "team/sub")).status, 200)
      const unknown = yield* inside(half, "GET", "sys/mounts", {}, "tea")
      assert.deepStrictEqual([unknown.status, unknown.json.errors], [404, ["namespace not found"]])
    }),
  )

  it.effect("a token asks about itself without naming its namespace", () =>
    Effect.gen(function* () {
      const { half, token } = yield* start()
      const self = yield* ask(half, "GET", "auth/token/lookup-self", { token })
      assert.strictEqual(self.json.data.namespace_path, "team/")
      assert.strictEqual((yield* ask(half, "POST", "auth/token/renew-self", { token, body: {} })).status, 200)
      assert.strictEqual((yield* ask(half, "POST", "auth/token/revoke-self", { token })).status, 204)
      assert.strictEqual((yield* inside(half, "GET", "aws/creds/team", { token })).status, 403)
    }),
  )

  it.effect("a lease is seen from its namespace and from above, not from beside", () =>
    Effect.gen(function* () {
      const { half, token } = yield* start()
      yield* ask(half, "POST", "sys/namespaces/other")
      const lease_id = String((yield* inside(half, "GET", "aws/creds/team", { token })).json.lease_id)
      const look = (namespace: string) =>
        Effect.map(inside(half, "POST", "sys/leases/lookup", { body: { lease_id } }, namespace), ({ status }) => status)
      assert.deepStrictEqual([yield* look("team"), yield* look("other"), yield* look("")], [200, 400, 200])
      assert.deepStrictEqual((yield* inside(half, "LIST", "sys/leases/lookup/aws/creds/team")).json.data.keys, [
        lease_id.split("/")[3],
      ])
      assert.strictEqual((yield* ask(half, "LIST", "sys/leases/lookup/aws/creds/team")).status, 404)
      yield* inside(half, "POST", "sys/leases/revoke", { body: { lease_id, sync: true } }, "other")
      assert.strictEqual(yield* half.liveLeases, 1)
      yield* inside(half, "POST", "sys/leases/revoke", { token, body: { lease_id, sync: true } })
      assert.strictEqual(yield* half.liveLeases, 0)
    }),
  )

  it.effect("a token made from outside gets only what was asked, and never root", () =>
    Effect.gen(function* () {
      const { half, post } = yield* start()
      const bare = (yield* post("auth/token/create", {})).json.auth
      assert.deepStrictEqual([bare.policies, bare.orphan], [["default"], false])
      const root = yield* post("auth/token/create", { policies: ["root"] })
      assert.deepStrictEqual(root.json.errors, ["root tokens may not be created from a parent namespace"])
      const chosen = yield* post("auth/token/create", { id: "mine" })
      assert.include(chosen.json.errors[0], "only be manually specified in the root namespace")
      const policy = 'path "team/auth/token/create" { capabilities = ["update"] }'
      yield* ask(half, "PUT", "sys/policies/acl/maker", { body: { policy } })
      const made = yield* ask(half, "POST", "auth/token/create", { body: { policies: ["maker"] } })
      const refused = yield* inside(half, "POST", "auth/token/create", { token: made.json.auth.client_token, body: {} })
      assert.include(refused.json.errors[0], "root or sudo privileges required")
    }),
  )

  it.effect("a parent's end reaches its children in other namespaces, and their leases", () =>
    Effect.gen(function* () {
      const { half, post } = yield* start()
      const parent = String(
        (yield* ask(half, "POST", "auth/token/create", { body: { policies: ["root"], ttl: "1m" } })).json.auth
          .client_token,
      )
      const made = yield* inside(half, "POST", "auth/token/create", { token: parent, body: { policies: ["lease"] } })
      const token = String(made.json.auth.client_token)
      assert.strictEqual((yield* inside(half, "GET", "aws/creds/team", { token })).status, 200)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* inside(half, "GET", "aws/creds/team", { token })).status, 403)
      assert.strictEqual(yield* half.liveLeases, 0)
      assert.strictEqual((yield* post("auth/token/lookup", { token })).status, 403)
    }),
  )

  it.effect("they are listed, read and deleted with everything in them", () =>
    Effect.gen(function* () {
      const { half, token } = yield* start()
      const list = (yield* ask(half, "LIST", "sys/namespaces")).json.data
      assert.deepStrictEqual([list.keys, list.key_info["team/"].custom_metadata], [["team/"], { owner: "ana" }])
      assert.include((yield* ask(half, "GET", "sys/namespaces/team")).json.data, { locked: false, tainted: false })
      assert.strictEqual((yield* ask(half, "GET", "sys/namespaces/none")).status, 404)
      yield* inside(half, "GET", "aws/creds/team", { token })
      yield* inside(half, "POST", "sys/namespaces/sub")
      const full = yield* ask(half, "DELETE", "sys/namespaces/team")
      assert.include(full.json.errors[0], "containing child namespaces")
      yield* inside(half, "DELETE", "sys/namespaces/sub")
      assert.strictEqual((yield* ask(half, "DELETE", "sys/namespaces/team")).status, 204)
      assert.deepStrictEqual([yield* half.liveLeases, yield* half.liveTokens], [0, 0])
      assert.strictEqual((yield* inside(half, "GET", "sys/mounts")).status, 404)
    }),
  )

  it.effect("names are one segment and free of mounts; what is the server's own is asked at the root", () =>
    Effect.gen(function* () {
      const { half } = yield* start()
      const refusal = (path: string) => Effect.map(ask(half, "POST", path), ({ json }) => json.errors?.[0])
      assert.strictEqual(yield* refusal("sys/namespaces/a/b"), "name must not contain /")
      assert.include(yield* refusal("sys/namespaces/aws"), "conflicts with existing mount")
      assert.strictEqual(
        (yield* inside(half, "PUT", "sys/seal")).json.errors[0],
        "operation only available in root namespace",
      )
      assert.strictEqual((yield* inside(half, "GET", "sys/health")).status, 200)
    }),
  )

  it.effect("where there are none the header is ignored, and nobody can make one", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      const answer = yield* ask(half, "GET", "sys/mounts", { headers: TEAM })
      assert.strictEqual(answer.status, 200)
      const made = yield* ask(half, "POST", "sys/namespaces/team")
      assert.deepStrictEqual([made.status, made.json.errors], [404, ["1 error occurred:\n\t* unsupported path\n\n"]])
    }),
  )

  it.effect("a wrapped answer of a namespace is unwrapped from anywhere, once", () =>
    Effect.gen(function* () {
      const { half } = yield* start()
      const headers = { "x-vault-wrap-ttl": "60s" }
      const wrapped = yield* inside(half, "GET", "aws/roles/team", { headers })
      const token = String(wrapped.json.wrap_info.token)
      assert.match(token, /^s\.[A-Za-z0-9]+\.[A-Za-z0-9]{6}$/)
      const unwrap = ask(half, "POST", "sys/wrapping/unwrap", { token })
      assert.strictEqual((yield* unwrap).json.data.credential_type, "assumed_role")
      assert.strictEqual((yield* unwrap).status, 400)
    }),
  )
})
