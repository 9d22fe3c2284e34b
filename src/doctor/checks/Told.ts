/** What an error means that no link knows more about: its stable code tells the cause, its message the rest. Pure. */
import type { Cause } from "../Cause.ts"
import { type Check, fail, type Link } from "../Check.ts"

/** An error of Vault's, of a lease, or of AWS: all of them tell their code and say the same to people. */
export interface Failure {
  readonly code: string
  readonly message: string
}

const LOG_IN = "run `vault login`, or set VAULT_AWS_MCP_VAULT_TOKEN or VAULT_TOKEN where this program is started"
const LOGIN_SETTINGS = "correct the settings that the words above name (VAULT_AWS_MCP_VAULT_AUTH_…)"

/** The causes by code. Codes of rooms that are still being built are known already: a code is only text here. */
const BY_CODE: Readonly<Record<string, readonly [cause: Cause, fix: string]>> = {
  vault_unreachable: ["no_answer", "see that Vault is up and reachable from here, then run doctor again"],
  vault_held_back: ["throttled", "raise VAULT_RATE_LIMIT, or wait until it lets the request go"],
  vault_tls_failed: ["tls_failed", "mend the TLS of that connection as the words above say"],
  vault_sealed: ["sealed", "have an operator unseal it: vault operator unseal"],
  vault_uninitialised: ["uninitialised", "have an operator initialise it: vault operator init"],
  vault_standby: ["standby_no_active_node", "give the active node's address in VAULT_ADDR, or wait for an election"],
  vault_token_missing: ["no_token", LOG_IN],
  vault_token_dead: ["dead_token", `log in again: ${LOG_IN}`],
  vault_token_unsuitable: ["num_uses_token", "give a token without num_uses"],
  vault_permission_missing: ["policy_missing", "add what the words above name to a policy of the token"],
  vault_rate_limited: ["throttled", "wait, then run doctor again; vault read sys/quotas/rate-limit/… shows the quota"],
  vault_malformed: ["not_vault", "give the address of Vault itself in VAULT_ADDR, without a login page before it"],
  vault_outcome_unknown: ["no_answer", "look at Vault's log, and whether Vault reaches AWS; then run doctor again"],
  vault_server_error: ["vault_failed", "look at Vault's log for what failed"],
  vault_login_refused: ["login_refused", LOGIN_SETTINGS],
  vault_login_secret_unavailable: ["login_secret_missing", "put the secret where the words above say"],
  vault_login_identity_unavailable: ["login_identity_missing", LOGIN_SETTINGS],
  vault_mfa_unsupported: ["login_mfa", "log in by a method or role without login MFA, or give a token"],
  vault_wrapping_failed: [
    "wrapping_failed",
    "give a new wrapping token; if nobody of yours opened the old one, have what it held revoked",
  ],
}

/** The link as broken by an error. */
export const told = (link: Link, { code, message }: Failure): Check => {
  const [cause, fix] = BY_CODE[code] ?? ["unexpected", `look at the words above; the code is ${code}`]
  return fail(link, cause, message, fix)
}
