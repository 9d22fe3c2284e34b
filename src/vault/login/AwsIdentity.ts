/** The AWS identity of a login, from where the settings say: for that login alone, as no other room may ask for it. */
import { Effect } from "effect"
import type { HttpClient } from "effect/http"
import type { VaultLogin } from "../../config/VaultLogin.ts"
import { VaultError } from "../VaultError.ts"
import { IdentityUnavailable } from "./LoginReason.ts"
import { quotable } from "./LoginRefusal.ts"
import type { AwsKeys } from "./Metadata.ts"
import { containerKeys, instanceKeys } from "./Platform.ts"
import type { ReadSecret, SecretName } from "./Secrets.ts"
import type { Watch } from "./Watch.ts"
import { webIdentityKeys } from "./WebIdentity.ts"

const AUTHORIZATION: SecretName = {
  what: "authorization for the container's credential endpoint",
  setting: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
}
const WEB_TOKEN: SecretName = { what: "web identity token", setting: "AWS_WEB_IDENTITY_TOKEN_FILE" }

/** What a login by AWS brings along. */
export type AwsLogin = Extract<VaultLogin, { readonly method: "aws" }>

/** How keys are found. They are under watch before anybody gets them. */
export const makeIdentity = (client: HttpClient.HttpClient, read: ReadSecret, watch: Watch) => {
  const find = Effect.fnUntraced(function* (login: AwsLogin): Effect.fn.Return<AwsKeys, VaultError> {
    const { identity } = login
    const unavailable = (why: string) =>
      new VaultError({ reason: new IdentityUnavailable({ identity: identity._tag, why }) })
    switch (identity._tag) {
      case "instance":
        return yield* instanceKeys(client, identity.endpoint, watch).pipe(
          Effect.mapError(({ why }) => unavailable(`the instance metadata service ${why}`)),
        )
      case "container": {
        const { authorization, url } = identity
        const secret = authorization === undefined ? undefined : yield* read(AUTHORIZATION, authorization)
        return yield* containerKeys(client, url, secret).pipe(
          Effect.mapError(({ why }) => unavailable(`the container's credential endpoint ${why}`)),
        )
      }
      case "web-identity": {
        const token = yield* read(WEB_TOKEN, { _tag: "file", path: identity.tokenFile })
        const { region, stsEndpoint: endpoint } = login
        return yield* webIdentityKeys({ ...identity, token, region, endpoint }).pipe(
          Effect.mapError(({ why }) => unavailable(quotable(why, [token]))),
        )
      }
    }
  })
  return (login: AwsLogin) =>
    find(login).pipe(Effect.tap(({ secretAccessKey, sessionToken }) => watch(secretAccessKey, sessionToken)))
}
