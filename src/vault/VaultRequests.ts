/** The requests Vault's service sends, as far as they are more than a path. Pure. */
import { Duration } from "effect"
import { vaultSpan } from "../core/Span.ts"
import type { VaultCall } from "./VaultCall.ts"
import type { CredentialRequest, TokenRequest } from "./VaultModel.ts"

/** Standby, DR secondary, performance standby, uninitialised, sealed: `sys/health` says its answer by status as well. */
export const HEALTH_CODES: ReadonlyArray<number> = [429, 472, 473, 501, 503]

export const get = (path: ReadonlyArray<string>): VaultCall => ({ method: "GET", path, sent: "repeatable" })

/** Every write here but those that make or open something (credentials, tokens, logins, wrappings) has the same effect when it is sent twice. */
export const post = (path: ReadonlyArray<string>, body: Readonly<Record<string, unknown>>): VaultCall => ({
  method: "POST",
  path,
  body,
  sent: "repeatable",
})

/** `ttl`, `role_arn` and `role_session_name`: only what was asked for, as a policy may forbid each. */
export const credentialQuery = (request: CredentialRequest): Record<string, string> => ({
  ...(request.ttl !== undefined && { ttl: vaultSpan(request.ttl) }),
  ...(request.roleArn !== undefined && { role_arn: request.roleArn }),
  ...(request.sessionName !== undefined && { role_session_name: request.sessionName }),
})

/** The body of `auth/token/create`; no policies means the parent's. */
export const childBody = (request: TokenRequest): Record<string, unknown> => ({
  ttl: vaultSpan(request.ttl),
  renewable: true,
  display_name: request.displayName,
  meta: request.meta,
  ...(request.policies !== undefined && { policies: request.policies }),
})

/** Whole seconds from now. */
export const incrementBody = (increment: Duration.Duration | undefined): Record<string, unknown> =>
  increment === undefined ? {} : { increment: Math.round(Duration.toSeconds(increment)) }
