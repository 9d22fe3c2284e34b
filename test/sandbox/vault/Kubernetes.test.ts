import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, newHalf } from "../../kit/VaultCalls.ts"
import { hs256, PUBLIC_KEY, rs256 } from "../../kit/Tokens.ts"

/** A projected service account token. */
const PROJECTED = {
  aud: ["vault"],
  exp: 600,
  iat: 0,
  "kubernetes.io": { namespace: "agents", serviceaccount: { name: "mcp", uid: "u-1" } },
  sub: "system:serviceaccount:agents:mcp",
}

/** One of the older ones, which never end. */
const OLDER = {
  "kubernetes.io/serviceaccount/namespace": "agents",
  "kubernetes.io/serviceaccount/service-account.name": "mcp",
  "kubernetes.io/serviceaccount/service-account.uid": "u-1",
}

const start = Effect.fnUntraced(function* (role: object = {}) {
  const { half } = yield* newHalf()
  const post = (path: string, body: object) => ask(half, "POST", path, { body })
  yield* post("sys/auth/kubernetes", { type: "kubernetes" })
  yield* post("auth/kubernetes/config", { kubernetes_host: "https://10.0.0.1", pem_keys: [PUBLIC_KEY] })
  yield* post("auth/kubernetes/role/Agent", {
    bound_service_account_names: "mcp,other-*",
    bound_service_account_namespaces: "agents",
    audience: "vault",
    policies: "agent",
    ttl: "20m",
    ...role,
  })
  const login = (jwt: string, role = "agent") =>
    ask(half, "POST", "auth/kubernetes/login", { token: null, body: { jwt, role } })
  const refusal = (jwt: string, role?: string) =>
    Effect.map(login(jwt, role), ({ json, status }) => `${status} ${json.errors?.[0]}`)
  return { half, login, post, refusal }
})

describe("the Kubernetes login", () => {
  it.effect("a service account's token gives a token that names the account", () =>
    Effect.gen(function* () {
      const { half, login } = yield* start()
      const { auth } = (yield* login(rs256(PROJECTED))).json
      assert.deepStrictEqual([auth.policies, auth.lease_duration], [["agent", "default"], 1200])
      assert.deepStrictEqual(auth.metadata, {
        role: "agent",
        service_account_name: "mcp",
        service_account_namespace: "agents",
        service_account_secret_name: "",
        service_account_uid: "u-1",
      })
      const self = yield* ask(half, "GET", "auth/token/lookup-self", { token: auth.client_token })
      assert.strictEqual(self.json.data.display_name, "kubernetes-agents-mcp")
    }),
  )

  it.effect("the older tokens without an end are taken as well", () =>
    Effect.gen(function* () {
      const { refusal } = yield* start({ audience: "" })
      yield* TestClock.adjust("10 days")
      assert.include(yield* refusal(rs256(OLDER)), "200")
      const { "kubernetes.io/serviceaccount/service-account.uid": _, ...anonymous } = OLDER
      assert.strictEqual(yield* refusal(rs256(anonymous)), "500 could not parse UID from claims")
    }),
  )

  it.effect("a foreign signature, an ended token and a foreign account are refused in Vault's words", () =>
    Effect.gen(function* () {
      const { refusal } = yield* start()
      assert.strictEqual(yield* refusal(hs256(PROJECTED, "x")), "403 permission denied")
      assert.strictEqual(yield* refusal("no token"), "403 permission denied")
      assert.include(yield* refusal(rs256({ ...PROJECTED, aud: "api" })), "403 invalid audience (aud) claim")
      const as = (namespace: string, name: string) =>
        rs256({ ...PROJECTED, "kubernetes.io": { namespace, serviceaccount: { name, uid: "u-2" } } })
      assert.strictEqual(yield* refusal(as("other", "mcp")), "403 namespace not authorized")
      assert.strictEqual(yield* refusal(as("agents", "x")), "403 service account name not authorized")
      assert.include(yield* refusal(as("agents", "other-1")), "200")
      yield* TestClock.adjust("12 minutes")
      assert.strictEqual(yield* refusal(rs256(PROJECTED)), "403 invalid expiration time (exp) claim: token is expired")
    }),
  )

  it.effect("an unknown role, missing parameters and a missing configuration are told apart", () =>
    Effect.gen(function* () {
      const { half, refusal } = yield* start()
      assert.strictEqual(yield* refusal(rs256(PROJECTED), "none"), '400 invalid role name "none"')
      assert.strictEqual(yield* refusal("", "agent"), "400 missing jwt")
      assert.strictEqual(yield* refusal("x", ""), "400 missing role")
      yield* ask(half, "POST", "sys/auth/bare", { body: { type: "kubernetes" } })
      const role = { bound_service_account_names: "*", bound_service_account_namespaces: "*" }
      yield* ask(half, "POST", "auth/bare/role/r", { body: role })
      const answer = yield* ask(half, "POST", "auth/bare/login", { token: null, body: { role: "r", jwt: "x" } })
      assert.deepStrictEqual([answer.status, answer.json.errors], [500, ["could not load backend configuration"]])
    }),
  )

  it.effect("a role binds names and namespaces, and the signing key must be known", () =>
    Effect.gen(function* () {
      const { half, post } = yield* start()
      const complaint = (path: string, body: object) => Effect.map(post(path, body), ({ json }) => json.errors?.[0])
      const role = "auth/kubernetes/role/x"
      assert.include(yield* complaint(role, {}), '"bound_service_account_names" can not be empty')
      assert.include(yield* complaint(role, { bound_service_account_names: "*,a" }), 'can not mix "*" with values')
      assert.strictEqual(yield* complaint("auth/kubernetes/config", {}), "no host provided")
      assert.include(yield* complaint("auth/kubernetes/config", { kubernetes_host: "h" }), "asks no Kubernetes")
      const shown = (yield* ask(half, "GET", "auth/kubernetes/role/agent")).json.data
      assert.deepStrictEqual([shown.audience, shown.token_ttl], ["vault", 1200])
    }),
  )
})
