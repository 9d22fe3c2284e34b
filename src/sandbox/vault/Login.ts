/**
 * What all login methods share: the `token_*` parameters of a role or user, and the token that a login gives. A token
 * from a login has no parent.
 */
import { randomUUID } from "node:crypto"
import { Effect, Result } from "effect"
import type { Call } from "./Backend.ts"
import type { Fields, Params } from "./Fields.ts"
import { bad, type Json, type JsonRecord, type Refusal, type Reply } from "./Protocol.ts"
import { SYSTEM_TTL, type VaultState } from "./State.ts"
import { addToken, authBlock } from "./Tokens.ts"
import { grantTtl } from "./Ttl.ts"

/** The parameters that shape a login's token. `policies` and `period` are old names that all methods still take. */
export const TOKEN_FIELDS: Fields = {
  token_policies: "list",
  policies: "list",
  token_ttl: "duration",
  token_max_ttl: "duration",
  token_explicit_max_ttl: "duration",
  token_period: "duration",
  period: "duration",
  token_num_uses: "int",
  token_no_default_policy: "flag",
  token_type: "text",
  token_bound_cidrs: "list",
}

/** Further old names, which most methods take. */
export const OLD_TOKEN_FIELDS: Fields = { ttl: "duration", max_ttl: "duration", num_uses: "int" }

/** How the tokens of a role or user are made. Lengths in seconds, 0: not set. */
export interface TokenSettings {
  readonly policies: ReadonlyArray<string>
  readonly ttl: number
  readonly maxTtl: number
  readonly explicitMaxTtl: number
  readonly period: number
  readonly uses: number
  readonly noDefaultPolicy: boolean
  readonly type: string
}

const UNSET: TokenSettings = {
  policies: [],
  ttl: 0,
  maxTtl: 0,
  explicitMaxTtl: 0,
  period: 0,
  uses: 0,
  noDefaultPolicy: false,
  type: "default",
}

/** The settings after a write: what it names changes, the rest stays. */
export const tokenSettings = (params: Params, before: TokenSettings = UNSET): TokenSettings => ({
  policies: params.list("token_policies") ?? params.list("policies") ?? before.policies,
  ttl: params.number("token_ttl", params.number("ttl", before.ttl)),
  maxTtl: params.number("token_max_ttl", params.number("max_ttl", before.maxTtl)),
  explicitMaxTtl: params.number("token_explicit_max_ttl", before.explicitMaxTtl),
  period: params.number("token_period", params.number("period", before.period)),
  uses: params.number("token_num_uses", params.number("num_uses", before.uses)),
  noDefaultPolicy: params.flag("token_no_default_policy", before.noDefaultPolicy),
  type: params.text("token_type", before.type),
})

/** The settings as reading a role or user shows them. */
export const shownSettings = (settings: TokenSettings): JsonRecord => ({
  token_bound_cidrs: [],
  token_explicit_max_ttl: settings.explicitMaxTtl,
  token_max_ttl: settings.maxTtl,
  token_no_default_policy: settings.noDefaultPolicy,
  token_num_uses: settings.uses,
  token_period: settings.period,
  token_policies: settings.policies,
  token_ttl: settings.ttl,
  token_type: settings.type,
})

/** Who logged in. */
export interface Identity {
  /** Shown behind the name of the mount; may be empty. */
  readonly displayName: string
  readonly meta: Readonly<Record<string, string>>
  /** Names the entity: the same alias is the same entity at every login. */
  readonly alias: string
}

/** Gives a token to whoever a login method has recognised. `entities` remembers aliases of one mount. */
export const loggedIn = Effect.fnUntraced(function* (
  state: VaultState,
  call: Call,
  settings: TokenSettings,
  identity: Identity,
  entities: Map<string, string>,
): Effect.fn.Return<Reply, Refusal> {
  const granted = grantTtl({
    systemMax: call.mount.maxTtl || SYSTEM_TTL,
    systemDefault: call.mount.defaultTtl || SYSTEM_TTL,
    ttl: settings.ttl,
    maxTtl: settings.maxTtl,
    explicitMaxTtl: settings.explicitMaxTtl,
    period: settings.period,
  })
  if (Result.isFailure(granted)) return yield* bad(granted.failure)
  const entityId = entities.get(identity.alias) ?? randomUUID()
  entities.set(identity.alias, entityId)
  const batch = settings.type === "batch"
  const mount = call.mount.path.slice("auth/".length).replaceAll("/", "-")
  const token = addToken(
    state,
    {
      policies: settings.noDefaultPolicy ? settings.policies : [...settings.policies, "default"],
      type: batch ? "batch" : "service",
      displayName: `${mount}${identity.displayName}`.replace(/-$/, ""),
      meta: identity.meta,
      path: call.path,
      entityId,
      renewable: !batch,
      ttl: granted.success.seconds,
      maxTtl: settings.maxTtl,
      explicitMaxTtl: settings.explicitMaxTtl,
      period: settings.period,
      uses: settings.uses,
    },
    call.now,
  )
  const auth: Json = authBlock(token, call.now)
  return { auth, warnings: granted.success.warnings }
})
