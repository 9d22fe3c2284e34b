/**
 * `AssumeRoleWithWebIdentity`: the one call that nobody signs. Whoever holds a token of an identity provider gets the
 * role. The sandbox knows no providers: it reads the token and minds its end, but does not check who signed it.
 */
import { Effect, Option, Schema } from "effect"
import type { WireRequest, WireResponse } from "../Wire.ts"
import { AwsRefusal } from "./AwsCall.ts"
import type { Identity } from "./Identity.ts"
import { paramsOf } from "./Protocol.ts"
import { queryAnswer, required } from "./QueryService.ts"
import { roleRequest, roleSession } from "./StsSessions.ts"
import { leaf } from "./XmlElement.ts"

const ACTION = "AssumeRoleWithWebIdentity"

/** Whether a request to STS is such a call, which goes without a signature. */
export const isWebIdentity = (request: WireRequest): boolean => paramsOf(request).get("Action") === ACTION

const Claims = Schema.fromJsonString(
  Schema.Struct({
    iss: Schema.String,
    sub: Schema.String,
    aud: Schema.Union([Schema.String, Schema.NonEmptyArray(Schema.String)]),
    exp: Schema.Finite,
  }),
)

const readClaims = (token: string): typeof Claims.Type | undefined => {
  const [, body = "", signature] = token.split(".")
  if (signature === undefined) return undefined
  return Option.getOrUndefined(Schema.decodeUnknownOption(Claims)(Buffer.from(body, "base64url").toString("utf8")))
}

const refused = (status: number, code: string, message: string): AwsRefusal => new AwsRefusal({ status, code, message })

/** Answers such a call. `now`: milliseconds since the epoch. */
export const assumeRoleWithWebIdentity = Effect.fnUntraced(function* (
  identity: Identity,
  request: WireRequest,
  requestId: string,
  now: number,
): Effect.fn.Return<WireResponse, AwsRefusal> {
  const call = { params: paramsOf(request) }
  const asked = yield* roleRequest(call)
  const claims = readClaims(yield* required(call, "WebIdentityToken"))
  if (claims === undefined)
    return yield* refused(400, "InvalidIdentityToken", "The web identity token that was passed could not be validated.")
  const seconds = Math.floor(now / 1000)
  if (seconds >= claims.exp) {
    const text = `Token expired: current date/time ${seconds} must be before the expiration date/time ${claims.exp}`
    return yield* refused(400, "ExpiredTokenException", text)
  }
  const role = identity.roles.get(asked.roleArn)
  // Roles that nobody made are for Vault's own user alone.
  if (role === undefined) return yield* refused(403, "AccessDenied", `Not authorized to perform sts:${ACTION}`)
  const session = yield* roleSession(identity, asked, role, now)
  const about =
    leaf("SubjectFromWebIdentityToken", claims.sub) +
    leaf("Provider", claims.iss.replace(/^https:\/\//, "")) +
    leaf("Audience", typeof claims.aud === "string" ? claims.aud : claims.aud[0])
  return queryAnswer("sts", ACTION, requestId, session + about)
})
