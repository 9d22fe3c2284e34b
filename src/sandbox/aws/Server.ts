/**
 * The AWS half of the sandbox: one function from request to answer for all services. It checks every signature, hands
 * the call to the service that the signature names, and writes refusals in that service's own form.
 */
import { Clock, DateTime, Effect } from "effect"
import { crc32 } from "node:zlib"
import type { WireHandler, WireRequest, WireResponse } from "../Wire.ts"
import { authenticate, readAuthorization } from "./Authenticate.ts"
import type { AwsCall, AwsRefusal, AwsService } from "./AwsCall.ts"
import { newHostId, newRequestId } from "./AwsIds.ts"
import { authorizationOf } from "../SigV4.ts"
import { permits } from "./Credential.ts"
import { defaultIdentity, type SeededRole } from "./DefaultIdentity.ts"
import { makeDynamoDb } from "./DynamoDb.ts"
import { seedTables } from "./DynamoDbSeed.ts"
import { errorAnswer } from "./ErrorBody.ts"
import { makeIam } from "./Iam.ts"
import type { Identity } from "./Identity.ts"
import { guessService, protocolOf } from "./Protocol.ts"
import type { BuiltInService } from "./QueryService.ts"
import { deniedRefusal, refusal } from "./Refusals.ts"
import { makeSts } from "./Sts.ts"

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
  /** How long a new IAM user key is refused everywhere, in milliseconds; 0 when absent. */
  readonly keyDelayMillis?: number
}

/** The half, and its users, roles and keys for tests to look at and to change. */
export interface AwsHalf {
  readonly handler: WireHandler
  readonly identity: Identity
}

/** HTTP's date, e.g. `Thu, 01 Jan 1970 00:00:00 GMT`: clients correct their clock by it, so it is the sandbox's. */
const httpDate = (millis: number): string => DateTime.toDateUtc(DateTime.makeUnsafe(millis)).toUTCString()

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
    ["iam", makeIam(identity, { keyDelayMillis: options.keyDelayMillis ?? 0 })],
    ["dynamodb", makeDynamoDb({ seed: options.seeded === true ? seedTables(started) : [] })],
    ...options.services,
  ])

  const serve = Effect.fnUntraced(function* (
    sent: WireRequest,
    service: string,
    requestId: string,
    now: number,
  ): Effect.fn.Return<WireResponse, AwsRefusal> {
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

  const handler: WireHandler = Effect.fnUntraced(function* (request) {
    const now = yield* Clock.currentTimeMillis
    const service = authorizationOf(request)?.scope.service ?? guessService(request)
    const ids = { requestId: newRequestId(service), hostId: newHostId() }
    const response = yield* serve(request, service, ids.requestId, now).pipe(
      Effect.catchTag("AwsRefusal", (refused) =>
        Effect.succeed(errorAnswer(refused, { protocol: protocolOf(service, request), service, request, ...ids })),
      ),
    )
    return withAwsHeaders(response, service, ids, now)
  })

  return { handler, identity }
})
