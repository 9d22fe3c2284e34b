import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Redacted } from "effect"
import { inspect } from "node:util"
import type { SecretSource, VaultLogin } from "../../../src/config/VaultLogin.ts"
import { Redactor } from "../../../src/guard/Redactor.ts"
import { Login } from "../../../src/vault/login/Login.ts"
import { folder, granted, LOGGED_IN, logIn, loginOver } from "../../kit/LoginOver.ts"
import { type Answer, DEAD, DENIED, inTime, refusal } from "../../kit/VaultOverHttp.ts"

const CANARY = "canary-of-a-login-never-to-be-shown"
const secret: SecretSource = { _tag: "value", value: Redacted.make(CANARY) }
const JWT = `eyJhbGciOiJSUzI1NiJ9.${"canary".repeat(200)}.sig`

const userpass = { method: "userpass", mount: "userpass", username: "ana", password: secret } as const
const approle = { method: "approle", mount: "approle", roleId: "role-1", secretId: secret, wrapped: false } as const
const jwt = { method: "jwt", mount: "jwt", role: "agent", jwt: secret } as const

/** Each method with a secret that is given, the path it is sent to and its body. */
const METHODS: ReadonlyArray<readonly [login: VaultLogin, path: string, body: object]> = [
  [approle, "approle/login", { role_id: "role-1", secret_id: CANARY }],
  [{ ...approle, mount: "team-a/roles" }, "team-a/roles/login", { role_id: "role-1", secret_id: CANARY }],
  [{ ...approle, secretId: undefined }, "approle/login", { role_id: "role-1" }],
  [{ ...jwt, method: "kubernetes", mount: "k8s" }, "k8s/login", { role: "agent", jwt: CANARY }],
  [jwt, "jwt/login", { role: "agent", jwt: CANARY }],
  [{ ...jwt, role: undefined }, "jwt/login", { jwt: CANARY }],
  [{ method: "cert", mount: "cert", role: undefined }, "cert/login", {}],
  [{ method: "cert", mount: "cert", role: "web" }, "cert/login", { name: "web" }],
  [userpass, "userpass/login/ana", { password: CANARY }],
  [{ ...userpass, method: "ldap", mount: "ldap", username: "ana@corp" }, "ldap/login/ana%40corp", { password: CANARY }],
]

describe("a login", () => {
  for (const [login, path, body] of METHODS) {
    it.effect(`by ${login.method} is one POST to auth/${path} without a token: ${Object.keys(body).join()}`, () =>
      Effect.gen(function* () {
        const { layer, seen } = loginOver(login, { settings: { namespace: "team/a/" } })
        const grant = yield* logIn.pipe(Effect.provide(layer))
        assert.deepStrictEqual(
          seen.map((it) => [it.method, it.path, it.body]),
          [["POST", `/v1/auth/${path}`, body]],
        )
        assert.strictEqual(seen[0]?.headers["authorization"], undefined)
        assert.strictEqual(seen[0]?.headers["x-vault-token"], undefined)
        assert.strictEqual(seen[0]?.headers["x-vault-namespace"], "team/a/")
        assert.strictEqual(Redacted.value(grant.token), LOGGED_IN)
        assert.deepStrictEqual(
          [grant.accessor, grant.policies, Duration.toSeconds(grant.ttl), grant.renewable],
          ["acc", ["agent", "default"], 900, true],
        )
      }),
    )
  }

  it.effect("is none of ours when a token is handed in to be used as it is", () =>
    Effect.gen(function* () {
      const { layer, seen } = loginOver({ method: "token", wrapped: false }, { token: () => "hvs.operators" })
      assert.strictEqual(yield* Login.use((it) => Effect.succeed(it.logIn)).pipe(Effect.provide(layer)), undefined)
      assert.deepStrictEqual(seen, [])
    }),
  )

  it.effect("asks nobody anything before it is needed, and anew each time", () =>
    Effect.gen(function* () {
      const { layer, seen } = loginOver(approle)
      yield* Effect.gen(function* () {
        assert.strictEqual(seen.length, 0)
        yield* logIn
        yield* logIn
        assert.strictEqual(seen.length, 2)
      }).pipe(Effect.provide(layer))
    }),
  )

  it.effect("reads its file anew each time", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      const file = { _tag: "file", path: yield* write("secret", "") } as const
      const logins: ReadonlyArray<readonly [string, VaultLogin]> = [
        ["jwt", { ...jwt, jwt: file }],
        ["jwt", { ...jwt, method: "kubernetes", jwt: file }],
        ["secret_id", { ...approle, secretId: file }],
        ["password", { ...userpass, password: file }],
      ]
      for (const [member, login] of logins) {
        yield* write("secret", "first one\n")
        const { layer, seen } = loginOver(login)
        yield* Effect.gen(function* () {
          yield* logIn
          yield* write("secret", "  second one\r\n")
          yield* logIn
        }).pipe(Effect.provide(layer))
        assert.deepStrictEqual(
          seen.map(({ body }) => Reflect.get(body as object, member)),
          ["first one", "second one"],
        )
      }
    }),
  )

  it.effect("shows every secret it works with to the redactor, for as long as its layer lives", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      const path = yield* write("jwt", JWT)
      const { layer } = loginOver({ ...jwt, jwt: { _tag: "file", path } })
      const redactor = yield* logIn.pipe(
        Effect.andThen(Redactor),
        Effect.tap((it) =>
          Effect.sync(() => {
            assert.strictEqual(it.data(`${JWT} and ${LOGGED_IN}`), "[redacted] and [redacted]")
          }),
        ),
        Effect.provide(layer),
      )
      assert.strictEqual(redactor.data(JWT), JWT)
    }),
  )

  it.effect("without a secret to be had is told by its setting and asks Vault nothing", () =>
    Effect.gen(function* () {
      const { layer, seen } = loginOver({ ...jwt, jwt: { _tag: "file", path: "/nowhere/token" } })
      const error = yield* Effect.flip(logIn).pipe(Effect.provide(layer))
      assert.strictEqual(error.code, "vault_login_secret_unavailable")
      assert.include(error.message, "/nowhere/token does not exist")
      assert.include(error.message, "VAULT_AWS_MCP_VAULT_AUTH_JWT_FILE")
      assert.deepStrictEqual(seen, [])
    }),
  )

  it.effect("that wants a second factor is not supported, and says so", () =>
    Effect.gen(function* () {
      const mfa = { mfa_request_id: "1", mfa_constraints: { totp: { any: [{ type: "totp", id: "2" }] } } }
      for (const client_token of ["", null]) {
        const { layer } = loginOver(userpass, { vault: () => granted({ client_token, mfa_requirement: mfa }) })
        const error = yield* Effect.flip(logIn).pipe(Effect.provide(layer))
        assert.strictEqual(error.code, "vault_mfa_unsupported")
        assert.include(error.message, "auth/userpass/login/ana")
      }
    }),
  )

  it.effect("may carry a note on a second factor that was given already", () =>
    Effect.gen(function* () {
      const { layer } = loginOver(userpass, { vault: () => granted({ mfa_requirement: { mfa_request_id: "1" } }) })
      assert.strictEqual(Redacted.value((yield* logIn.pipe(Effect.provide(layer))).token), LOGGED_IN)
    }),
  )

  it.effect("whose answer is lost is not sent again, and what may be left of it is told", () =>
    Effect.gen(function* () {
      for (const lost of [{ code: "ECONNRESET" }, { status: 502, page: "bad gateway" }, "silence"] as const) {
        const { layer, seen } = loginOver(approle, { vault: () => lost })
        const error = yield* Effect.flip(logIn).pipe(inTime, Effect.provide(layer))
        assert.strictEqual(error.code, "vault_outcome_unknown")
        assert.include(error.message, "ends by its own time limit")
        assert.strictEqual(seen.length, 1)
      }
    }),
  )

  it.effect("waits for a Vault that is between two active nodes, as nothing was done", () =>
    Effect.gen(function* () {
      const { layer, seen } = loginOver(approle, {
        vault: (_, nth) => (nth === 1 ? refusal(503, "no active Vault instance found") : granted()),
      })
      yield* logIn.pipe(inTime, Effect.provide(layer))
      assert.strictEqual(seen.length, 2)
    }),
  )
})

describe("a refused login", () => {
  const refused = (login: VaultLogin, answer: Answer) => {
    const { layer } = loginOver(login, { vault: () => answer })
    return Effect.flip(logIn).pipe(inTime, Effect.provide(layer))
  }

  it.effect("names the method, where it is, Vault's words and what to look at", () =>
    Effect.gen(function* () {
      const cases = [
        [approle, "invalid role or secret ID", "VAULT_AWS_MCP_VAULT_AUTH_ROLE_ID"],
        [jwt, "error validating token: audience claim does not match any bound audience", "audience"],
        [{ ...jwt, method: "kubernetes", mount: "k8s" }, "invalid role name", "service account"],
        [userpass, "invalid username or password", "VAULT_AWS_MCP_VAULT_AUTH_USERNAME"],
        [
          { method: "cert", mount: "cert", role: undefined },
          "client certificate must be supplied",
          "VAULT_CLIENT_CERT",
        ],
      ] as const
      for (const [login, words, look] of cases) {
        const error = yield* refused(login, refusal(400, words))
        assert.strictEqual(error.code, "vault_login_refused")
        assert.include(error.message, `by ${login.method} at auth/${login.mount}: ${words}`)
        assert.include(error.message, look)
      }
    }),
  )

  it.effect("by a 403 or a 404 names both causes: not believed, or not mounted", () =>
    Effect.gen(function* () {
      const answers = [DEAD, DENIED, refusal(403, "something else"), refusal(404, "no handler for route"), refusal(404)]
      for (const answer of [...answers, refusal(400, "missing client token")]) {
        const error = yield* refused(approle, answer)
        assert.strictEqual(error.code, "vault_login_refused")
        assert.include(error.message, "where no method is mounted")
        assert.include(error.message, "VAULT_AWS_MCP_VAULT_AUTH_MOUNT")
        assert.include(error.message, "VAULT_AWS_MCP_VAULT_AUTH_ROLE_ID")
      }
    }),
  )

  it.effect("is no refusal when it says nothing about the login", () =>
    Effect.gen(function* () {
      const cases = [
        [refusal(503, "Vault is sealed"), "vault_sealed"],
        [refusal(429, "request path: rate limit quota exceeded"), "vault_rate_limited"],
        [refusal(500, "failed to determine alias name from login request"), "vault_server_error"],
        [{ code: "ECONNREFUSED" }, "vault_unreachable"],
        [{ status: 200, page: "<title>Sign in</title>" }, "vault_malformed"],
        [granted({ lease_duration: -1 }), "vault_malformed"],
      ] as const
      for (const [answer, code] of cases) assert.strictEqual((yield* refused(approle, answer)).code, code)
    }),
  )

  it.effect("is not claimed for a login that was never sent", () =>
    Effect.gen(function* () {
      const { layer, seen } = loginOver({ ...userpass, username: ".." })
      const error = yield* Effect.flip(logIn).pipe(Effect.provide(layer))
      assert.strictEqual(error.code, "vault_invalid_request")
      assert.deepStrictEqual(seen, [])
    }),
  )

  it.effect("never shows what was sent, whole or in part, whatever Vault answers", () =>
    Effect.gen(function* () {
      const canaries = [CANARY, "pw-1", JWT]
      for (const canary of canaries) {
        const login = { ...userpass, password: { _tag: "value", value: Redacted.make(canary) } } as const
        const echo = `you sent ${"x".repeat(300)} ${canary}`
        const answers: ReadonlyArray<Answer> = [
          ...[400, 403, 404, 412, 429, 500, 503].map((status) => refusal(status, echo)),
          { status: 200, page: echo },
          { status: 418, page: `<title>${canary}</title>` },
          { status: 502, page: echo },
          { status: 429, page: echo },
          { status: 200, json: { auth: { client_token: 1, lease_duration: canary, policies: [canary, 1] } } },
        ]
        for (const answer of answers) {
          const error = yield* refused(login, answer)
          for (const text of [error.message, String(error), JSON.stringify(error), inspect(error, { depth: 20 })]) {
            assert.notInclude(text, canary.slice(0, 8))
            assert.notInclude(text, canary.slice(-8))
          }
        }
      }
    }),
  )
})
