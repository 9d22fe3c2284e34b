/**
 * Tokens for principals that are held to policies of their own, where this program logs in by itself: each gets a login
 * of its own, which no other principal uses, and works with a child of that login's token.
 */
import { Effect } from "effect"
import type { Made } from "./Child.ts"
import type { VaultError } from "./VaultError.ts"
import type { VaultToken } from "./VaultModel.ts"
import type { VaultSession } from "./VaultSession.ts"

/** Who holds the login that a principal's child hangs on. */
export const loginOf = (principal: string): string => `${principal}/login`

/** What VaultAuth does for the login: it is a session like any other. */
export interface LoginSessions {
  readonly session: (principal: string) => Effect.Effect<VaultSession, VaultError>
  readonly renewed: (principal: string, dead: VaultSession) => Effect.Effect<VaultSession, VaultError>
}

/** A child of the principal's login, which ends with it. A login that died unnoticed is made anew once. */
export const underLogin = Effect.fnUntraced(function* (
  logins: LoginSessions,
  under: (parent: VaultToken, principal: string) => Effect.Effect<Made, VaultError>,
  principal: string,
): Effect.fn.Return<Made, VaultError> {
  const childOf = (parent: VaultSession) =>
    Effect.map(under(parent.token, principal), (made): Made => ({ ...made, under: parent.ended }))
  const parent = yield* logins.session(loginOf(principal))
  return yield* childOf(parent).pipe(
    Effect.catchReason("VaultError", "TokenDead", () =>
      Effect.flatMap(logins.renewed(loginOf(principal), parent), childOf),
    ),
  )
})
