/**
 * The token table: making tokens, finding live ones, and cutting a token together with everything it made.
 * Leases are not touched here; Leases.ts ends those of the tokens that were cut.
 */
import { type AuthBlock } from "./Protocol.ts"
import { isWithin, marked, randomText, type Token, type VaultState } from "./State.ts"

/** What a new token is to be. Lengths in seconds; 0 means "none". */
export interface Grant {
  readonly policies: ReadonlyArray<string>
  readonly type: "service" | "batch"
  readonly parent?: string
  readonly displayName: string
  readonly meta: Readonly<Record<string, string>> | null
  readonly path: string
  readonly entityId?: string
  readonly renewable: boolean
  /** 0: never ends. */
  readonly ttl: number
  readonly explicitMaxTtl?: number
  readonly maxTtl?: number
  readonly period?: number
  readonly uses?: number
  /** A chosen id (root tokens of a development server); random otherwise. */
  readonly id?: string
}

/** Puts a new token into the table. */
export const addToken = (state: VaultState, grant: Grant, now: number): Token => {
  const batch = grant.type === "batch"
  const prefix = state.server.edition.tokenPrefix[grant.type]
  const token: Token = {
    id: grant.id ?? marked(state, `${prefix}${randomText(batch ? 138 : 91)}`),
    accessor: batch ? "" : marked(state, randomText(24)),
    home: state,
    policies: [...new Set(grant.policies)].sort(),
    type: grant.type,
    parent: grant.parent,
    orphan: grant.parent === undefined,
    displayName: grant.displayName,
    meta: grant.meta,
    path: grant.path,
    entityId: grant.entityId ?? "",
    renewable: grant.renewable,
    issuedAt: now,
    creationTtl: grant.ttl,
    explicitMaxTtl: grant.explicitMaxTtl ?? 0,
    maxTtl: grant.maxTtl ?? 0,
    period: grant.period ?? 0,
    expiresAt: grant.ttl > 0 ? now + grant.ttl * 1000 : undefined,
    renewedAt: undefined,
    usesLeft: grant.uses ?? 0,
  }
  state.tokens.set(token.id, token)
  return token
}

/** The token by its id, unless it has ended; of whatever namespace. */
export const liveToken = (state: VaultState, id: string, now: number): Token | undefined => {
  const token = state.tokens.get(id)
  return token === undefined || (token.expiresAt !== undefined && token.expiresAt <= now) ? undefined : token
}

/** The live token of this namespace or one below it. */
export const tokenWithin = (state: VaultState, id: string, now: number): Token | undefined => {
  const token = liveToken(state, id, now)
  return token !== undefined && isWithin(token.home, state) ? token : undefined
}

/** The service token by its accessor, of this namespace or one below it. */
export const tokenByAccessor = (state: VaultState, accessor: string): Token | undefined =>
  accessor === ""
    ? undefined
    : [...state.tokens.values()].find((token) => token.accessor === accessor && isWithin(token.home, state))

/** Whole seconds until a token ends; 0 for one that never does. */
export const secondsLeft = (token: Token, now: number): number =>
  token.expiresAt === undefined ? 0 : Math.max(0, Math.round((token.expiresAt - now) / 1000))

/** Takes a token and all its descendants out of the table; gives their ids, children first. */
export const cutTokens = (state: VaultState, id: string): ReadonlyArray<string> => {
  if (!state.tokens.has(id)) return []
  const children = [...state.tokens.values()].filter((token) => token.parent === id)
  const cut = children.flatMap((child) => cutTokens(state, child.id))
  state.tokens.delete(id)
  return [...cut, id]
}

/** Makes the children of a token stand alone, as before it is revoked by `revoke-orphan`. */
export const orphanChildren = (state: VaultState, id: string): void => {
  for (const token of state.tokens.values()) {
    if (token.parent !== id) continue
    token.parent = undefined
    token.orphan = true
  }
}

/** The `auth` member of an answer that hands out or renews a token. */
export const authBlock = (token: Token, now: number): AuthBlock => ({
  client_token: token.id,
  accessor: token.accessor,
  policies: token.policies,
  token_policies: token.policies,
  metadata: token.meta,
  lease_duration: secondsLeft(token, now),
  renewable: token.renewable && token.expiresAt !== undefined,
  entity_id: token.entityId,
  token_type: token.type,
  orphan: token.orphan,
  mfa_requirement: null,
  num_uses: token.usesLeft,
})
