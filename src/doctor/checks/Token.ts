/** The check of the token: is there one, does it live, and is it of a kind that leases can hang on. Pure. */
import { Duration } from "effect"
import type { VaultLogin } from "../../config/VaultLogin.ts"
import { showSpan } from "../../core/Span.ts"
import { CHILD_TTL } from "../../vault/Child.ts"
import type { VaultError } from "../../vault/VaultError.ts"
import type { TokenInfo } from "../../vault/VaultModel.ts"
import { type Check, fail, ok, warn } from "../Check.ts"
import { told } from "./Told.ts"

const WRAPPED = "VAULT_AWS_MCP_VAULT_AUTH_WRAPPED=true"

/** Nobody gave a token. */
export const noToken = (tokenFile: string): Check =>
  fail(
    "token",
    "no_token",
    `there is no Vault token: no variable names one, and ${tokenFile} holds none`,
    "run `vault login`, or set VAULT_AWS_MCP_VAULT_TOKEN or VAULT_TOKEN where this program is started (an MCP client may strip them: use the file then)",
  )

/** What became of a login that gave no token. */
export const loginFailed = (login: VaultLogin, error: VaultError): Check => {
  const check = told("token", error)
  return { ...check, detail: `the login by ${login.method} gave no token: ${check.detail}` }
}

/** Vault knows nothing of the token. */
export const deadToken = (): Check =>
  fail(
    "token",
    "dead_token",
    "Vault does not accept the token: it expired, was revoked or was never valid",
    `log in again: run \`vault login\`, or give a new one in VAULT_AWS_MCP_VAULT_TOKEN or VAULT_TOKEN; for a wrapping token set ${WRAPPED}`,
  )

/** Vault has no tokens there: every namespace that exists has them. */
export const noNamespace = (namespace: string | undefined): Check =>
  fail(
    "token",
    "wrong_namespace",
    namespace === undefined
      ? "Vault has nothing that looks after tokens at this address"
      : `Vault has no namespace "${namespace}", or this token is not of it`,
    "set VAULT_AWS_MCP_VAULT_NAMESPACE to the namespace of the engine and of the token, or unset it; VAULT_ADDR may have a path too many",
  )

/** It was good for one question, and that was ours: what a wrapping token does, and one with a single use left. */
export const usedUpToken = (): Check =>
  fail(
    "token",
    "used_up_token",
    "the token was good for one request, and looking at it was that one: it is a wrapping token, or had one use left",
    `give a new one: a token without num_uses, or a wrapping token together with ${WRAPPED}`,
  )

const describe = (token: TokenInfo): string => {
  const life = Duration.isFinite(token.ttl) ? `${showSpan(token.ttl)} left` : "does not expire"
  const kind = token.isRoot ? "root token" : `${token.type} token of ${token.displayName}`
  return `${kind}, ${life}, policies ${token.policies.join(", ")}`
}

/** A living token. `ours`: this program logged in for it and keeps it alive. */
export const tokenCheck = (token: TokenInfo, ours: boolean): Check => {
  const is = describe(token)
  // Vault counts the question of what is left as well, and has values below nought for the last use.
  if (token.numUses !== 0) {
    const left = `its uses are counted (${Math.max(0, token.numUses)} left), and Vault revokes what such a token leases`
    return fail(
      "token",
      "num_uses_token",
      `${is}; ${left}`,
      "give a token without num_uses: vault token create, or vault login",
    )
  }
  if (token.isRoot) {
    const fix =
      "give a token with this program's policy only: vault token create -policy=vault-aws-mcp -period=24h (the README has the policy)"
    return warn("token", "root_token", `${is}; it may do everything`, fix)
  }
  if (token.type === "batch") {
    const what = `${is}; it cannot be revoked or have children, so leases end with it and not before`
    return warn("token", "batch_token", what, "give a service token: vault token create -type=service")
  }
  if (!ours && Duration.isLessThan(token.ttl, CHILD_TTL)) {
    const fix = token.renewable ? "renew it (vault token renew), or log in again" : "log in again: it cannot be renewed"
    return warn("token", "token_ending", `${is}; everything that is leased ends with it`, fix)
  }
  return ok("token", is)
}

/** It lives, and its policies do not even let it look at itself. */
export const unseenToken = (): Check => ok("token", "alive; it may not look itself up")
