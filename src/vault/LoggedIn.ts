/**
 * The token that a login gives, made fit to lease with: it is this program's own, so it may be kept alive, revoked at the
 * end, and made to live no longer without us than a child of a handed-in token would.
 */
import { Duration, Effect } from "effect"
import { CHILD_TTL, type Made } from "./Child.ts"
import { TokenUnsuitable } from "./TokenReason.ts"
import type { Vault } from "./Vault.ts"
import { VaultError } from "./VaultError.ts"
import type { TokenGrant } from "./VaultModel.ts"

const BATCH =
  "The login gives a batch token, which cannot be renewed or revoked: leases are given back one by one and end with it. A role with token_type=service would give one that can."

/** Logs in, and looks at what came of it. */
export const loggedIn = Effect.fn("LoggedIn.make")(function* (
  vault: Vault["Service"],
  logIn: Effect.Effect<TokenGrant, VaultError>,
): Effect.fn.Return<Made, VaultError> {
  const grant = yield* logIn
  const info = yield* vault
    .lookupSelf(grant.token)
    .pipe(Effect.catchReason("VaultError", "PermissionMissing", () => Effect.void))
  if (info !== undefined && info.numUses > 0) {
    yield* Effect.ignore(vault.revokeSelf(grant.token))
    return yield* new VaultError({ reason: new TokenUnsuitable({ numUses: info.numUses }) })
  }
  const { accessor, token, warnings } = grant
  if (info?.type === "batch") return { token, owned: false, accessor, warnings: [...warnings, BATCH], grant }
  const life = yield* shortened(vault, grant)
  return { token, owned: true, accessor, warnings: [...warnings, ...life.warnings], grant: life }
})

/** A renewal's increment counts from now, so it shortens a long life; a token that may not be renewed keeps its own. */
const shortened = (vault: Vault["Service"], grant: TokenGrant): Effect.Effect<TokenGrant> =>
  grant.renewable && Duration.isGreaterThan(grant.ttl, CHILD_TTL)
    ? vault.renewSelf(grant.token, CHILD_TTL).pipe(
        Effect.map((life): TokenGrant => ({ ...life, token: grant.token, accessor: grant.accessor })),
        Effect.orElseSucceed(() => grant),
      )
    : Effect.succeed(grant)
