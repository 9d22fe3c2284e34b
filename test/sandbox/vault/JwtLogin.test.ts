import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { ask, newHalf } from "../../kit/VaultCalls.ts"
import { hs256, PUBLIC_KEY, rs256 } from "../../kit/Tokens.ts"

const CLAIMS = { iss: "https://issuer.test", sub: "ci-job", aud: "vault", project: "blue", nbf: 1, exp: 600 }

const ROLE = {
  role_type: "jwt",
  user_claim: "sub",
  bound_audiences: ["vault"],
  bound_claims: { project: ["blue", "green"] },
  claim_mappings: { project: "project" },
  token_policies: ["agent"],
  token_ttl: "15m",
}

const start = Effect.fnUntraced(function* (role: object = {}, config: object = {}) {
  const { half } = yield* newHalf()
  const post = (path: string, body: object) => ask(half, "POST", path, { body })
  yield* post("sys/auth/jwt", { type: "jwt" })
  yield* post("auth/jwt/config", { jwt_validation_pubkeys: [PUBLIC_KEY, "shared secret"], ...config })
  yield* post("auth/jwt/role/ci", { ...ROLE, ...role })
  const login = (jwt: string, body: object = { role: "ci" }) =>
    ask(half, "POST", "auth/jwt/login", { token: null, body: { jwt, ...body } })
  const refusal = (jwt: string, body?: object) =>
    Effect.map(login(jwt, body), ({ json, status }) => `${status} ${json.errors?.[0]}`)
  return { half, login, post, refusal }
})

describe("the JWT login", () => {
  it.effect("a signed token that fits the role gives a token with the role's settings and the mapped claims", () =>
    Effect.gen(function* () {
      const { half, login } = yield* start()
      for (const token of [rs256(CLAIMS), hs256(CLAIMS, "shared secret")]) {
        const { auth } = (yield* login(token)).json
        assert.deepStrictEqual([auth.policies, auth.lease_duration], [["agent", "default"], 900])
        assert.deepStrictEqual(auth.metadata, { project: "blue", role: "ci" })
        const self = yield* ask(half, "GET", "auth/token/lookup-self", { token: auth.client_token })
        assert.strictEqual(self.json.data.display_name, "jwt-ci-job")
      }
    }),
  )

  it.effect("what is wrong with a token is said in Vault's words", () =>
    Effect.gen(function* () {
      const { refusal } = yield* start({}, { bound_issuer: "https://issuer.test" })
      const wrong: ReadonlyArray<readonly [object, string]> = [
        [{ ...CLAIMS, iss: "other" }, "error validating token: invalid issuer (iss) claim"],
        [{ ...CLAIMS, aud: "other" }, "error validating claims: aud claim does not match any bound audience"],
        [{ ...CLAIMS, project: "red" }, 'claim "project" does not match any associated bound claim values'],
        [{ ...CLAIMS, project: undefined }, 'error validating claims: claim "project" is missing'],
        [{ ...CLAIMS, sub: 5 }, 'claim "sub" could not be converted to string'],
        [{ ...CLAIMS, sub: undefined }, 'claim "sub" not found in token'],
      ]
      for (const [claims, text] of wrong) assert.include(yield* refusal(rs256(claims)), text)
      assert.strictEqual(
        yield* refusal(hs256(CLAIMS, "guessed")),
        "400 error validating token: error verifying token signature: no known key successfully validated the token signature",
      )
      yield* TestClock.adjust("661 seconds")
      assert.include(yield* refusal(rs256(CLAIMS)), "token is expired")
    }),
  )

  it.effect("role and token must be there; a role for browsers logs nobody in", () =>
    Effect.gen(function* () {
      const { post, refusal } = yield* start()
      yield* post("auth/jwt/role/web", { user_claim: "sub" })
      const token = rs256(CLAIMS)
      assert.strictEqual(yield* refusal(token, {}), "400 missing role")
      assert.strictEqual(yield* refusal("", { role: "ci" }), "400 missing token")
      assert.strictEqual(yield* refusal(token, { role: "none" }), '400 role "none" could not be found')
      assert.strictEqual(yield* refusal(token, { role: "web" }), "400 role with oidc role_type is not allowed")
      yield* post("auth/jwt/config", { jwt_validation_pubkeys: PUBLIC_KEY, default_role: "ci" })
      assert.include(yield* refusal(token, {}), "200")
    }),
  )

  it.effect("a token with an audience needs a role with one; patterns count where the role says so", () =>
    Effect.gen(function* () {
      const bare = yield* start({ bound_audiences: [], bound_subject: "ci-job" })
      assert.include(yield* bare.refusal(rs256(CLAIMS)), "no audiences bound to the role")
      const { aud: _, ...free } = CLAIMS
      assert.include(yield* bare.refusal(rs256({ ...free, sub: "x" })), "sub claim does not match bound subject")
      assert.include(yield* bare.refusal(rs256(free)), "200")
      const globbed = yield* start({ bound_claims: { project: "bl*" }, bound_claims_type: "glob" })
      assert.include(yield* globbed.refusal(rs256(CLAIMS)), "200")
      assert.include(yield* globbed.refusal(rs256({ ...CLAIMS, project: "red" })), "400")
    }),
  )

  it.effect("roles and configuration are checked as they are written, and secrets are not shown", () =>
    Effect.gen(function* () {
      const { half, post } = yield* start()
      const complaint = (path: string, body: object) => Effect.map(post(path, body), ({ json }) => json.errors?.[0])
      assert.include(
        yield* complaint("auth/jwt/role/x", { role_type: "jwt", user_claim: "sub" }),
        "one bound constraint",
      )
      assert.include(yield* complaint("auth/jwt/role/x", { role_type: "jwt" }), "a user claim must be defined")
      assert.include(yield* complaint("auth/jwt/role/x", { role_type: "y" }), "invalid 'role_type'")
      assert.include(yield* complaint("auth/jwt/config", {}), "exactly one of")
      assert.include(yield* complaint("auth/jwt/config", { jwks_url: "https://x" }), "fetches no keys")
      const broken = { jwt_validation_pubkeys: ["-----BEGIN PUBLIC KEY-----x"] }
      assert.include(yield* complaint("auth/jwt/config", broken), "error parsing public key")
      const config = (yield* ask(half, "GET", "auth/jwt/config")).json.data
      assert.deepStrictEqual(config.jwt_validation_pubkeys, [PUBLIC_KEY])
      assert.strictEqual((yield* ask(half, "GET", "auth/jwt/role/CI")).json.data.user_claim, "sub")
      assert.deepStrictEqual((yield* ask(half, "LIST", "auth/jwt/role")).json.data.keys, ["ci"])
      yield* ask(half, "DELETE", "auth/jwt/role/ci")
      assert.strictEqual((yield* ask(half, "GET", "auth/jwt/role/ci")).status, 404)
    }),
  )

  it.effect("without a configuration nobody gets in", () =>
    Effect.gen(function* () {
      const { half } = yield* newHalf()
      yield* ask(half, "POST", "sys/auth/jwt", { body: { type: "jwt" } })
      const answer = yield* ask(half, "POST", "auth/jwt/login", { token: null, body: { role: "ci", jwt: "x" } })
      assert.deepStrictEqual([answer.status, answer.json.errors], [400, ["could not load configuration"]])
      assert.strictEqual((yield* ask(half, "GET", "auth/jwt/config")).status, 404)
    }),
  )
})
