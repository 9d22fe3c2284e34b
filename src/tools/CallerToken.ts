/** Vault, asked with the token of whoever calls the running tool. */
import { Effect } from "effect"
import { VaultAuth } from "../vault/VaultAuth.ts"
import type { VaultError } from "../vault/VaultError.ts"
import type { VaultToken } from "../vault/VaultModel.ts"
import { ToolCall } from "./ToolCall.ts"

/** Works with the caller's token. A dead one did nothing: one new session, one more attempt. */
export const withCallerToken = Effect.fnUntraced(function* <A, R>(
  work: (token: VaultToken) => Effect.Effect<A, VaultError, R>,
): Effect.fn.Return<A, VaultError, R | VaultAuth | ToolCall> {
  const auth = yield* VaultAuth
  const { principal } = yield* ToolCall
  const session = yield* auth.session(principal)
  return yield* Effect.catchReason(work(session.token), "VaultError", "TokenDead", () =>
    Effect.flatMap(auth.renewed(principal, session), ({ token }) => work(token)),
  )
})
