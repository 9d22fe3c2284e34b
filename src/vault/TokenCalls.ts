/** Vault's calls about tokens: logins and wrapping tokens, children, renewals and ends. Part of Vault's service. */
import { type Duration, Effect } from "effect"
import { readGrant, UnwrapWire, unwrappedOf } from "./login/LoginWire.ts"
import { askWith } from "./VaultAsk.ts"
import type { VaultCall } from "./VaultCall.ts"
import type { VaultHttp } from "./VaultHttp.ts"
import type { TokenRequest, VaultToken } from "./VaultModel.ts"
import { childBody, get, incrementBody, post } from "./VaultRequests.ts"
import { GrantWire, grantOf, RenewedWire, renewedOf, TokenWire, tokenOf } from "./VaultWire.ts"

/** The calls over `http`; what each does stands at Vault. */
export const tokenCalls = (http: VaultHttp["Service"]) => {
  const ask = askWith(http)

  const createToken = Effect.fn("Vault.createToken")(function* (token: VaultToken, request: TokenRequest) {
    const call: VaultCall = { ...post(["auth", "token", "create"], childBody(request)), sent: "once" }
    return grantOf(yield* ask(token, call, GrantWire))
  })

  const logIn = Effect.fn("Vault.logIn")(function* (
    path: ReadonlyArray<string>,
    body: Readonly<Record<string, unknown>>,
  ) {
    const call: VaultCall = { ...post(["auth", ...path], body), sent: "once" }
    return yield* readGrant(yield* http.request(undefined, call), call.path.join("/"))
  })

  /** The wrapping token goes as the caller's token and not in the body, too: given twice, it would be used twice. */
  const unwrap = Effect.fn("Vault.unwrap")(function* (wrapping: VaultToken) {
    const call: VaultCall = { ...post(["sys", "wrapping", "unwrap"], {}), sent: "once", spendsToken: true }
    return unwrappedOf(yield* ask(wrapping, call, UnwrapWire))
  })

  const renewSelf = Effect.fn("Vault.renewSelf")(function* (token: VaultToken, increment?: Duration.Duration) {
    const call = post(["auth", "token", "renew-self"], incrementBody(increment))
    return renewedOf(yield* ask(token, call, RenewedWire))
  })

  const revokeAccessor = Effect.fn("Vault.revokeAccessor")(function* (token: VaultToken, accessor: string) {
    return yield* http.request(token, post(["auth", "token", "revoke-accessor"], { accessor })).pipe(
      Effect.asVoid,
      Effect.catchReason("VaultError", "InvalidRequest", (reason, error) =>
        /invalid accessor/i.test(reason.text) ? Effect.void : Effect.fail(error),
      ),
    )
  })

  return {
    lookupSelf: (token: VaultToken) =>
      ask(token, get(["auth", "token", "lookup-self"]), TokenWire).pipe(Effect.map(tokenOf)),
    createToken,
    logIn,
    unwrap,
    renewSelf,
    revokeSelf: (token: VaultToken) =>
      http.request(token, post(["auth", "token", "revoke-self"], {})).pipe(Effect.asVoid),
    revokeAccessor,
  }
}
