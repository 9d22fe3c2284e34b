/**
 * Behaviour 42: a wrapped secret id is opened once, and a second opening is told as a possible interception; a service
 * account's token is read anew at each login; a second factor is not supported and said so. Against the sandbox's Vault
 * over real sockets as far as it knows the method.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { TokenSource } from "../../src/config/TokenSource.ts"
import type { VaultLogin } from "../../src/config/VaultLogin.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { startSandbox } from "../../src/sandbox/Sandbox.ts"
import { Login } from "../../src/vault/login/Login.ts"
import { MetadataClient } from "../../src/vault/login/MetadataTransport.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { folder, granted, logIn, loginOver } from "../kit/LoginOver.ts"
import { realHttp } from "../kit/RealVault.ts"
import { ask, type Sent } from "../kit/VaultCalls.ts"
import { configLayer, type Seen } from "../kit/VaultOverHttp.ts"

const WRAP = { headers: { "x-vault-wrap-ttl": "60s" }, body: {} }

/** A Vault with AppRole; `operate` is its operator, `programOf` a run of the program with a login. */
const world = Effect.gen(function* () {
  const sandbox = yield* startSandbox({ empty: true })
  const operate = (method: string, path: string, sent: Sent = {}) =>
    Effect.map(
      ask(sandbox.vault, method, path, { token: Redacted.value(sandbox.vaultToken), ...sent }),
      ({ json }) => json,
    )
  yield* operate("POST", "sys/auth/approle", { body: { type: "approle" } })
  yield* operate("POST", "auth/approle/role/agent", { body: { token_policies: "agent", token_ttl: "15m" } })
  const { role_id } = (yield* operate("GET", "auth/approle/role/agent/role-id")).data
  const programOf = (login: VaultLogin, given?: string) => {
    const settings = { address: sandbox.vaultAddr, login }
    const token = Effect.succeed(given === undefined ? undefined : Redacted.make(given))
    return Login.layer.pipe(
      Layer.provideMerge(Vault.layer.pipe(Layer.provide(realHttp(settings)))),
      Layer.provide([
        configLayer(settings),
        Layer.succeed(TokenSource, { token }),
        MetadataClient.layer,
        Redactor.layer,
        NodeFileSystem.layer,
      ]),
    )
  }
  const approle = (path: string): VaultLogin => ({
    method: "approle",
    mount: "approle",
    roleId: String(role_id),
    secretId: { _tag: "file", path },
    wrapped: true,
  })
  /** A secret id as an operator hands it over: in a wrapping token. */
  const wrappedSecretId = Effect.map(operate("POST", "auth/approle/role/agent/secret-id", WRAP), (it) =>
    String(it.wrap_info.token),
  )
  return { approle, operate, programOf, wrappedSecretId }
})

/** Whom Vault sees behind the token of a login. */
const whoAmI = Effect.gen(function* () {
  const { token } = yield* logIn
  const vault = yield* Vault
  return (yield* vault.lookupSelf(token)).displayName
})

describe("the logins", () => {
  it.live("42 a wrapped secret id is opened once, and serves this login and the next", () =>
    Effect.gen(function* () {
      const { approle, operate, programOf, wrappedSecretId } = yield* world
      const wrapping = yield* wrappedSecretId
      const path = yield* (yield* folder).write("secret-id", `${wrapping}\n`)
      const seen = yield* Effect.all([whoAmI, whoAmI]).pipe(Effect.provide(programOf(approle(path))))
      assert.deepStrictEqual(seen, ["approle", "approle"])
      const again = yield* operate("POST", "sys/wrapping/unwrap", { token: wrapping, body: {} })
      assert.deepStrictEqual(again.errors, ["wrapping token is not valid or does not exist"])
    }),
  )

  it.live("42 a new wrapping token in the file is opened at the next login", () =>
    Effect.gen(function* () {
      const { approle, programOf, wrappedSecretId } = yield* world
      const { write } = yield* folder
      const path = yield* write("secret-id", yield* wrappedSecretId)
      const seen = yield* Effect.gen(function* () {
        const first = yield* whoAmI
        yield* write("secret-id", yield* wrappedSecretId)
        return [first, yield* whoAmI]
      }).pipe(Effect.provide(programOf(approle(path))))
      assert.deepStrictEqual(seen, ["approle", "approle"])
    }),
  )

  it.live("42 a wrapped secret id that somebody else opened is told as a possible interception", () =>
    Effect.gen(function* () {
      const { approle, operate, programOf, wrappedSecretId } = yield* world
      const wrapping = yield* wrappedSecretId
      const path = yield* (yield* folder).write("secret-id", wrapping)
      const stolen = yield* operate("POST", "sys/wrapping/unwrap", { token: wrapping, body: {} })
      const error = yield* Effect.flip(logIn).pipe(Effect.provide(programOf(approle(path))))
      assert.strictEqual(error.code, "vault_wrapping_failed")
      assert.include(error.message, "Possible interception")
      assert.include(error.message, "audit log")
      assert.notInclude(error.message, wrapping)
      assert.notInclude(error.message, String(stolen.data.secret_id))
    }),
  )

  it.live("42 a wrapped token is opened once; the same again is told to be spent, in another run as intercepted", () =>
    Effect.gen(function* () {
      const { operate, programOf } = yield* world
      const made = yield* operate("POST", "auth/token/create", { ...WRAP, body: { policies: ["agent"], ttl: "15m" } })
      const wrapping = String(made.wrap_info.token)
      const program = programOf({ method: "token", wrapped: true }, wrapping)
      const again = yield* Effect.gen(function* () {
        assert.strictEqual(yield* whoAmI, "token")
        return yield* Effect.flip(logIn)
      }).pipe(Effect.provide(Layer.fresh(program)))
      assert.include(again.message, "was opened by this program")
      const later = yield* Effect.flip(logIn).pipe(Effect.provide(Layer.fresh(program)))
      assert.include(later.message, "Possible interception")
      assert.include(later.message, "an earlier run of this program opened it")
    }),
  )

  it.effect("42 the token file of a service account is read anew at each login", () =>
    Effect.gen(function* () {
      const { write } = yield* folder
      const jwt = { _tag: "file", path: yield* write("token", "first") } as const
      for (const method of ["kubernetes", "jwt"] as const) {
        yield* write("token", "first")
        const { layer, seen } = loginOver({ method, mount: method, role: "agent", jwt })
        yield* Effect.gen(function* () {
          yield* logIn
          yield* write("token", "second")
          yield* logIn
        }).pipe(Effect.provide(layer))
        const sent = (it: Seen) => [it.path, it.body]
        assert.deepStrictEqual(seen.map(sent), [
          [`/v1/auth/${method}/login`, { role: "agent", jwt: "first" }],
          [`/v1/auth/${method}/login`, { role: "agent", jwt: "second" }],
        ])
      }
    }),
  )

  it.effect("42 a login that waits for a second factor says plainly that this is not supported", () =>
    Effect.gen(function* () {
      const password = { _tag: "value", value: Redacted.make("correct horse") } as const
      const { layer } = loginOver(
        { method: "userpass", mount: "userpass", username: "ana", password },
        { vault: () => granted({ client_token: "", mfa_requirement: { mfa_request_id: "1", mfa_constraints: {} } }) },
      )
      const error = yield* Effect.flip(logIn).pipe(Effect.provide(layer))
      assert.strictEqual(error.code, "vault_mfa_unsupported")
      assert.include(error.message, "mfa_requirement")
      assert.include(error.message, "not supported")
    }),
  )
})
