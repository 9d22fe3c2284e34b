/**
 * The AWS half of the sandbox: one function from request to answer for all services. It checks every signature, hands
 * the call to the service that the signature names, and writes refusals in that service's own form.
 */
import { Clock, Effect } from "effect"
import { crc32 } from "node:zlib"
import { httpDate, type WireHandler, type WireRequest, type WireResponse } from "../Wire.ts"
import { authenticate, readAuthorization } from "./Authenticate.ts"
import type { AwsCall, AwsRefusal, AwsService } from "./AwsCall.ts"
import { newHostId, newRequestId } from "./AwsIds.ts"
import { permits } from "./Credential.ts"
import { defaultIdentity, type SeededRole } from "./DefaultIdentity.ts"
import { makeDynamoDb } from "./DynamoDb.ts"
import { seedTables } from "./DynamoDbSeed.ts"
import { errorAnswer } from "./ErrorBody.ts"
import { makeIam } from "./Iam.ts"
import type { Identity } from "./Identity.ts"
import { type Protocol, protocolOf, serviceOf } from "./Protocol.ts"
import type { BuiltInService } from "./QueryService.ts"
import { deniedRefusal, refusal } from "./Refusals.ts"
import { makeSts } from "./Sts.ts"
import { assumeRoleWithWebIdentity, isWebIdentity } from "./StsWebIdentity.ts"

/** How an AWS half is made. */
export interface AwsHalfOptions {
  /** Vault's own key: its user is an administrator and may assume any role. */
  readonly rootKey: { readonly accessKeyId: string; readonly secretKey: string }
  /** Services beside STS, IAM and DynamoDB, by the name in a signature's scope (`s3`, `ec2`). */
  readonly services: ReadonlyMap<string, AwsService>
  /** Roles beside the default ones. */
  readonly roles?: ReadonlyArray<SeededRole>
  /** Whether there is data at the start (DynamoDB's table `orders`). */
  readonly seeded?: boolean
}

/** The half, and its users, roles and keys for tests to look at and to change. */
export interface AwsHalf {
  readonly handler: WireHandler
  readonly identity: Identity
  /** The answer that refuses a request, in the form of the service it was for: for faults, which know better than the half. */
  readonly refuse: (
    request: WireRequest,
    words: (protocol: Protocol, service: string) => AwsRefusal,
  ) => Effect.Effect<WireResponse>
}

/** The headers that AWS puts on every answer of a service. */
const withAwsHeaders = (
  response: WireResponse,
  service: string,
  ids: { readonly requestId: string; readonly hostId: string },
  now: number,
): WireResponse => {
  if ("closed" in response) return response
  const own: Record<string, string> = { date: httpDate(now) }
  if (service === "s3") {
    own["x-amz-request-id"] = ids.requestId
    own["x-amz-id-2"] = ids.hostId
  } else own["x-amzn-requestid"] = ids.requestId
  if (service === "dynamodb") own["x-amz-crc32"] = String(crc32(response.body))
  return { ...response, headers: { ...own, ...response.headers } }
}

/** Makes the half. Its state lives as long as the value; time is that of Effect's Clock. */
export const makeAwsHalf = Effect.fn("Sandbox.makeAwsHalf")(function* (
  options: AwsHalfOptions,
): Effect.fn.Return<AwsHalf> {
  const started = yield* Clock.currentTimeMillis
  const identity = defaultIdentity({ rootKey: options.rootKey, roles: options.roles ?? [], now: started })
  const services: ReadonlyMap<string, BuiltInService> = new Map<string, BuiltInService>([
    ["sts", makeSts(identity)],
    ["iam", makeIam(identity)],
    ["dynamodb", makeDynamoDb({ seed: options.seeded === true ? seedTables(started) : [] })],
    ...options.services,
  ])

  const serve = Effect.fnUntraced(function* (
    sent: WireRequest,
    service: string,
    requestId: string,
    now: number,
  ): Effect.fn.Return<WireResponse, AwsRefusal> {
    if (service === "sts" && isWebIdentity(sent))
      return yield* assumeRoleWithWebIdentity(identity, sent, requestId, now)
    const authorization = yield* readAuthorization(sent, service)
    const { credential, region, request } = yield* authenticate(identity, sent, authorization, now)
    const protocol = protocolOf(service, request)
    const run = services.get(service)
    if (run === undefined) {
      const message = `The sandbox has no service ${service}.`
      return yield* refusal(protocol, "unknownOperation", { message })
    }
    const { principal } = credential
    const call: AwsCall = {
      request,
      service,
      region,
      principal,
      requestId,
      now,
      allow: (action, resource) => {
        const decision = permits(identity, credential, { action, resource, region, now })
        return decision === "allow"
          ? Effect.void
          : Effect.fail(deniedRefusal(protocol, principal.arn, action, resource, decision === "explicit-deny"))
      },
    }
    return yield* run(call, credential)
  })

  /** The answer of one service to one request, by whoever answers for it. */
  const answer = Effect.fnUntraced(function* (
    request: WireRequest,
    by: (service: string, requestId: string, now: number) => Effect.Effect<WireResponse, AwsRefusal>,
  ) {
    const now = yield* Clock.currentTimeMillis
    const service = serviceOf(request)
    const ids = { requestId: newRequestId(service), hostId: newHostId() }
    const response = yield* by(service, ids.requestId, now).pipe(
      Effect.catchTag("AwsRefusal", (refused) =>
        Effect.succeed(errorAnswer(refused, { protocol: protocolOf(service, request), service, request, ...ids })),
      ),
    )
    return withAwsHeaders(response, service, ids, now)
  })

  return {
    handler: (request) => answer(request, (service, requestId, now) => serve(request, service, requestId, now)),
    refuse: (request, words) => answer(request, (service) => words(protocolOf(service, request), service)),
    identity,
  }
})
