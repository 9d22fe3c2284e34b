/** The JSON of Vault's answers to logins and to unwrapping, and what it becomes. */
import { Effect, Schema } from "effect"
import type { VaultReply } from "../Judge.ts"
import { VaultError } from "../VaultError.ts"
import type { TokenGrant, Unwrapped } from "../VaultModel.ts"
import { decodeReply, GrantWire, grantOf, maybe, Secret } from "../VaultWire.ts"
import { MfaUnsupported } from "./LoginReason.ts"

/** A login that waits for a second factor has no token yet, only the list of what it wants. */
const isUnfinished = Schema.is(
  Schema.Struct({
    auth: Schema.Struct({
      client_token: maybe(Schema.Literal("")),
      mfa_requirement: Schema.Record(Schema.String, Schema.Unknown),
    }),
  }),
)

/** The token of a login's answer. */
export const readGrant = (reply: VaultReply, path: string): Effect.Effect<TokenGrant, VaultError> =>
  isUnfinished(reply.body)
    ? Effect.fail(new VaultError({ reason: new MfaUnsupported({ path }) }))
    : Effect.map(decodeReply(GrantWire, reply, path), grantOf)

/** A wrapped login or new token has `auth`; anything else is `data`, where a token may have been put, too. */
export const UnwrapWire = Schema.Struct({
  warnings: GrantWire.fields.warnings,
  auth: maybe(GrantWire.fields.auth),
  data: maybe(Schema.Struct({ token: maybe(Secret), client_token: maybe(Secret), secret_id: maybe(Secret) })),
})

export const unwrappedOf = ({ auth, data, warnings }: typeof UnwrapWire.Type): Unwrapped => {
  const grant = auth ? grantOf({ auth, warnings }) : undefined
  return {
    grant,
    token: grant?.token ?? data?.token ?? data?.client_token ?? undefined,
    secretId: data?.secret_id ?? undefined,
  }
}
