/**
 * The token that comes inside a wrapping token: a wrapped login, a wrapped `token create`, or a token wrapped as data.
 * From its opening on it is known to this program alone, and so it is this program's own.
 */
import { Duration, Effect, Semaphore } from "effect"
import { AppConfig } from "../../config/AppConfig.ts"
import { TokenSource } from "../../config/TokenSource.ts"
import { Vault } from "../Vault.ts"
import { VaultError } from "../VaultError.ts"
import type { TokenGrant, VaultToken } from "../VaultModel.ts"
import { SecretUnavailable } from "./LoginReason.ts"
import { failed, makeOpener, type Wrapping } from "./Wrapping.ts"
import type { Watch } from "./Watch.ts"

const VARIABLE = "VAULT_AWS_MCP_VAULT_TOKEN"

/** What is told of a token that may not say itself how long it lives. */
const UNKNOWN_LIFE = "The unwrapped Vault token may not look itself up, so it is not renewed and may end at any time."

/** The login: opens the wrapping token that is there now, once. */
export const makeWrappedToken = Effect.fnUntraced(function* (watch: Watch) {
  const { tokenFile, vault: settings } = yield* AppConfig
  const tokens = yield* TokenSource
  const vault = yield* Vault
  const opener = yield* makeOpener(vault, watch)
  const gate = yield* Semaphore.make(1)
  const source = settings.token === undefined ? tokenFile : VARIABLE

  /** How long the token lives from now: what its wrapping says of that may be old. */
  const lifeOf = (token: VaultToken, wrapping: Wrapping) =>
    vault.lookupSelf(token).pipe(
      Effect.catchReasons("VaultError", {
        PermissionMissing: () => Effect.void,
        TokenDead: () => Effect.fail(failed(wrapping, "ended")),
      }),
    )

  const take = Effect.fn("Login.unwrap")(function* (): Effect.fn.Return<TokenGrant, VaultError> {
    const given = yield* tokens.token
    if (given === undefined) return yield* new VaultError({ reason: nothing(source) })
    const wrapping: Wrapping = { token: given, holds: "token", source }
    const { grant, token } = yield* opener.open(wrapping)
    if (token === undefined) return yield* failed(wrapping, "unfit")
    const info = yield* lifeOf(token, wrapping)
    yield* opener.handOut
    if (info === undefined) return grant ?? withoutLife(token)
    const { accessor, policies, renewable, ttl } = info
    return { token, accessor, policies, renewable, ttl, warnings: grant?.warnings ?? [] }
  })

  // One after the other: of two who come at once, only the first may have the token.
  return Semaphore.withPermit(gate, Effect.suspend(take))
})

/** It is used for as long as Vault takes it. */
const withoutLife = (token: VaultToken): TokenGrant => ({
  token,
  accessor: undefined,
  policies: [],
  ttl: Duration.infinity,
  renewable: false,
  warnings: [UNKNOWN_LIFE],
})

const nothing = (source: string): SecretUnavailable =>
  new SecretUnavailable({
    what: "wrapping token",
    path: source,
    why: "holds none",
    setting: `${VARIABLE} and ${VARIABLE}_FILE`,
  })
