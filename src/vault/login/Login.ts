/**
 * Logs in to Vault by the configured method. Each login reads its secrets anew and ends in a token that is this
 * program's own; who needs one when, and what becomes of it, is VaultAuth's business.
 */
import { Context, Effect, Layer, Redacted } from "effect"
import { AppConfig } from "../../config/AppConfig.ts"
import type { SecretSource } from "../../config/VaultLogin.ts"
import { Vault } from "../Vault.ts"
import { mountParts } from "../VaultAddress.ts"
import type { VaultError } from "../VaultError.ts"
import type { TokenGrant, VaultToken } from "../VaultModel.ts"
import { makeIdentity } from "./AwsIdentity.ts"
import { type OwnLogin, refusalOf } from "./LoginRefusal.ts"
import { MetadataClient } from "./MetadataTransport.ts"
import { proofOf } from "./Proof.ts"
import { makeReadSecret, type SecretName } from "./Secrets.ts"
import { makeWatch } from "./Watch.ts"
import { makeWrappedToken } from "./WrappedToken.ts"
import { failed, makeOpener } from "./Wrapping.ts"

/** What is sent to a method: the path below its mount, the body, and the secrets in it. */
interface LoginRequest {
  readonly path: ReadonlyArray<string>
  readonly body: Readonly<Record<string, unknown>>
  readonly secrets: ReadonlyArray<VaultToken>
}

const SECRET_ID_VARIABLE = "VAULT_AWS_MCP_VAULT_AUTH_SECRET_ID"
const SECRET_ID: SecretName = { what: "secret id", setting: `${SECRET_ID_VARIABLE}_FILE` }
const WRAPPED_SECRET_ID: SecretName = { ...SECRET_ID, what: "wrapping token of a secret id" }
const JWT: SecretName = { what: "JSON web token", setting: "VAULT_AWS_MCP_VAULT_AUTH_JWT_FILE" }
const PASSWORD: SecretName = { what: "password", setting: "VAULT_AWS_MCP_VAULT_AUTH_PASSWORD_FILE" }

const roleOf = (role: string | undefined) => (role === undefined ? {} : { role })

/** Logs in to Vault by the configured method. */
export class Login extends Context.Service<
  Login,
  {
    /** A new token of our own at each call; absent when the operator hands in a token that is used as it is. */
    readonly logIn: Effect.Effect<TokenGrant, VaultError> | undefined
  }
>()("vault-aws-mcp/vault/login/Login") {
  static readonly layer = Layer.effect(
    Login,
    Effect.gen(function* () {
      const { login } = (yield* AppConfig).vault
      const vault = yield* Vault
      const watch = yield* makeWatch
      if (login.method === "token") {
        const unwrap = yield* makeWrappedToken(watch)
        return Login.of({ logIn: login.wrapped ? unwrap : undefined })
      }
      const read = yield* makeReadSecret(watch)
      const opener = yield* makeOpener(vault, watch)
      const identify = makeIdentity(yield* MetadataClient, read, watch)

      /** The secret id in the wrapping token that the source shows now; a new one is opened, a known one remembered. */
      const unwrapped = Effect.fnUntraced(function* (from: SecretSource) {
        const token = yield* read(WRAPPED_SECRET_ID, from)
        const source = from._tag === "file" ? from.path : SECRET_ID_VARIABLE
        const wrapping = { token, holds: "secret id" as const, source }
        const { secretId } = yield* opener.open(wrapping)
        return secretId ?? (yield* failed(wrapping, "unfit"))
      })

      const requestOf = Effect.fnUntraced(function* (one: OwnLogin): Effect.fn.Return<LoginRequest, VaultError> {
        switch (one.method) {
          case "approle": {
            const { roleId, secretId: from, wrapped } = one
            if (from === undefined) return { path: ["login"], body: { role_id: roleId }, secrets: [] }
            const secretId = yield* wrapped ? unwrapped(from) : read(SECRET_ID, from)
            const body = { role_id: roleId, secret_id: Redacted.value(secretId) }
            return { path: ["login"], body, secrets: [secretId] }
          }
          case "kubernetes":
          case "jwt": {
            const jwt = yield* read(JWT, one.jwt)
            return { path: ["login"], body: { ...roleOf(one.role), jwt: Redacted.value(jwt) }, secrets: [jwt] }
          }
          case "cert":
            return { path: ["login"], body: one.role === undefined ? {} : { name: one.role }, secrets: [] }
          case "userpass":
          case "ldap": {
            const password = yield* read(PASSWORD, one.password)
            const body = { password: Redacted.value(password) }
            return { path: ["login", one.username], body, secrets: [password] }
          }
          case "aws": {
            const keys = yield* identify(one)
            const secrets = [keys.secretAccessKey, ...(keys.sessionToken ? [keys.sessionToken] : [])]
            return { path: ["login"], body: { ...roleOf(one.role), ...(yield* proofOf(keys, one)) }, secrets }
          }
        }
      })

      const logIn = Effect.fn("Login.logIn")(function* () {
        yield* Effect.annotateCurrentSpan({ method: login.method, mount: login.mount })
        const { body, path, secrets } = yield* requestOf(login)
        const grant = yield* vault
          .logIn([...mountParts(login.mount), ...path], body)
          .pipe(Effect.mapError(refusalOf(login, secrets)))
        yield* watch(grant.token)
        return grant
      })

      return Login.of({ logIn: Effect.suspend(logIn) })
    }),
  )
}
