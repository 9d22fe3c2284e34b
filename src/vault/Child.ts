/**
 * Whose token to lease with. Where the operator's token may make children, a short-lived child of ours is used: giving
 * it back, or dying without doing so, ends every lease under it. Otherwise it is the operator's own, never revoked. An
 * agent with policies of its own gets a child with these, or no token at all.
 */
import { randomBytes } from "node:crypto"
import { hostname } from "node:os"
import { pid } from "node:process"
import { Duration, Effect } from "effect"
import { settingsOf } from "../config/Agents.ts"
import { AppConfig } from "../config/AppConfig.ts"
import { TokenSource } from "../config/TokenSource.ts"
import { showSpan } from "../core/Span.ts"
import { ChildRefused, TokenMissing, TokenUnsuitable } from "./TokenReason.ts"
import { Vault } from "./Vault.ts"
import { VaultError } from "./VaultError.ts"
import type { TokenGrant, TokenInfo, VaultToken } from "./VaultModel.ts"
import type { Ended, VaultSession } from "./VaultSession.ts"

/** A token to begin a session with. `grant`: what keeps it alive when it is ours; the operator's own has none. */
export interface Made extends Omit<VaultSession, "ended"> {
  readonly grant: TokenGrant | undefined
  /** How the token that this one hangs on ends, when that is watched, too: both end together. */
  readonly under?: Effect.Effect<Ended>
}

/** Long enough to outlive a bad minute of Vault's, short enough that a killed process leaves little behind. */
export const CHILD_TTL = Duration.minutes(15)
/** Marks our requests in Vault's audit log and, as part of the session name, in CloudTrail. */
const DISPLAY_NAME = "vault-aws-mcp"
/** The policy that `setup vault` writes: what a child of a root token should have instead of everything. */
const OWN_POLICY = "vault-aws-mcp"
const CREATE = "auth/token/create"

/** How sessions are made, with what this process says of itself read once. */
export const makeChildren = Effect.gen(function* () {
  const { agents, vault: settings } = yield* AppConfig
  const tokens = yield* TokenSource
  const vault = yield* Vault
  const self = { host: hostname(), pid: String(pid), instance: randomBytes(4).toString("hex") }

  /** What the child may do. Inheriting root is the last resort. */
  const policiesUnder = Effect.fnUntraced(function* (parent: VaultToken, info: TokenInfo, principal: string) {
    const own = settingsOf(agents, principal).policies
    if (own !== undefined) return { policies: own, warnings: [] }
    if (settings.childPolicies !== undefined) return { policies: settings.childPolicies, warnings: [] }
    if (!info.isRoot) return { policies: undefined, warnings: [] }
    if (yield* vault.policyExists(parent, OWN_POLICY)) {
      return {
        policies: [OWN_POLICY],
        warnings: [`A root token was given; its child has only the policy ${OWN_POLICY}.`],
      }
    }
    return { policies: undefined, warnings: [ROOT_CHILD] }
  })

  const childOf = Effect.fnUntraced(function* (parent: VaultToken, info: TokenInfo, principal: string) {
    const { policies, warnings } = yield* policiesUnder(parent, info, principal)
    const grant = yield* vault.createToken(parent, {
      policies,
      ttl: CHILD_TTL,
      displayName: DISPLAY_NAME,
      meta: { ...self, principal },
    })
    const dying = Duration.isLessThan(info.ttl, CHILD_TTL) ? [parentEndsIn(info.ttl)] : []
    return {
      token: grant.token,
      owned: true,
      accessor: grant.accessor,
      warnings: [...warnings, ...dying, ...grant.warnings],
      grant,
    } satisfies Made
  })

  /** Whether the token may make children, as far as it may be told. */
  const mayCreate = (token: VaultToken) =>
    vault.capabilities(token, [CREATE]).pipe(
      Effect.map((found) => (found[CREATE] ?? []).some((right) => right === "update" || right === "root")),
      Effect.catchReason("VaultError", "PermissionMissing", () => Effect.succeed(false)),
    )

  /** Where no child can be made: the token itself, unless the principal is held to policies of its own. */
  const itself = (token: VaultToken, accessor: string | undefined, why: string, principal: string) => {
    const { policies } = settingsOf(agents, principal)
    return policies === undefined
      ? Effect.succeed(operators(token, accessor, `${USED_ITSELF}: ${why}`))
      : Effect.fail(new VaultError({ reason: new ChildRefused({ principal, policies, why }) }))
  }

  /** The token of a principal under a parent. */
  const under = Effect.fn("Child.under")(function* (token: VaultToken, principal: string) {
    const info = yield* vault
      .lookupSelf(token)
      .pipe(Effect.catchReason("VaultError", "PermissionMissing", () => Effect.void))
    if (info === undefined) return yield* itself(token, undefined, NO_LOOKUP, principal)
    if (info.numUses > 0) return yield* new VaultError({ reason: new TokenUnsuitable({ numUses: info.numUses }) })
    if (info.type === "batch") return yield* itself(token, info.accessor, BATCH, principal)
    if (!(yield* mayCreate(token))) return yield* itself(token, info.accessor, NO_CHILD, principal)
    return yield* childOf(token, info, principal).pipe(
      // A policy may allow the path and forbid what we send to it.
      Effect.catchReason("VaultError", "PermissionMissing", () => itself(token, info.accessor, NO_CHILD, principal)),
    )
  })

  return {
    under,
    /** The token of a principal, from the operator's token as it is now. */
    make: Effect.fn("Child.make")(function* (principal: string) {
      const token = yield* tokens.token
      return token === undefined
        ? yield* new VaultError({ reason: new TokenMissing() })
        : yield* under(token, principal)
    }),
    /** Whether the principal is held to policies of its own. */
    isBound: (principal: string): boolean => settingsOf(agents, principal).policies !== undefined,
  }
})

const operators = (token: VaultToken, accessor: string | undefined, warning: string): Made => ({
  token,
  owned: false,
  accessor,
  warnings: [warning],
  grant: undefined,
})

const USED_ITSELF = "Your Vault token is used itself and is never revoked, so leases are given back one by one"
const NO_LOOKUP = `it may not look itself up. The policy would need: path "auth/token/lookup-self" { capabilities = ["read"] }`
const NO_CHILD = `it may not make a child token. The policy would need: path "${CREATE}" { capabilities = ["update"] }`
const BATCH = "it is a batch token, and its leases end when it does"
const ROOT_CHILD = `A root token was given and there is no policy ${OWN_POLICY}, so credentials are leased with a root child. Run \`vault-aws-mcp setup vault\`, or set VAULT_AWS_MCP_VAULT_CHILD_POLICIES.`
const parentEndsIn = (ttl: Duration.Duration): string =>
  `Your Vault token ends in ${showSpan(ttl)}, and everything leased ends with it. Log in again before that.`
