/**
 * The official clients, made on first use and shared: one per lease, region, service and way of retrying. What they
 * would read by themselves from the environment or from profiles is set here instead, so that it does not count.
 */
import { Effect, Redacted, Scope } from "effect"
import type { NodeHttpHandler } from "@smithy/node-http-handler"
import type { FinalizeHandler, FinalizeHandlerArguments } from "@smithy/types"
import { unambient } from "../core/AwsClient.ts"
import type { ActiveLease } from "../lease/LeaseModel.ts"
import { bodyCollector, guardAnswers } from "./Answers.ts"
import { loadService } from "./api/Registry.ts"
import type { ApiClient, ServiceId } from "./api/ServiceModel.ts"
import { allowedHost } from "./Egress.ts"
import { RefusedHost } from "./Failure.ts"
import { Sha256 } from "./Sha256.ts"

/** What a client is made for. */
export interface ClientKey {
  readonly service: ServiceId
  readonly region: string
  readonly lease: ActiveLease
  /** 3 for calls that may be repeated, 1 for writes that must not. */
  readonly attempts: 1 | 3
}

/**
 * Clients that are kept; the one unused longest is dropped beyond that. Enough for 20 accounts in 17 regions and more: a
 * call by a new client takes twice the work of one by a client that is there, which is some 20 kB.
 */
export const MOST_CLIENTS = 512

/** A request that took this long got no answer; a body that pauses this long will not go on. */
const SILENCE = 60_000
const CONNECT = 5_000

interface Request {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
}

const guardEgress = (client: ApiClient, endpoint: string | undefined): void => {
  client.middlewareStack.addRelativeTo(
    (next: FinalizeHandler<object, object>) => (args: FinalizeHandlerArguments<object>) => {
      const request = args.request as Request // every client of this kind speaks HTTP
      if (!allowedHost(request, endpoint)) return Promise.reject(new RefusedHost(request.hostname))
      return next(args)
    },
    { name: "egressGuard", relation: "before", toMiddleware: "httpSigningMiddleware" },
  )
}

/** The signing material, in the clear only here: this is what signs. */
const identityOf = ({ awsEndsAt, credentials, endsAt }: ActiveLease) => ({
  accessKeyId: credentials.accessKeyId,
  secretAccessKey: Redacted.value(credentials.secretAccessKey),
  ...(credentials.sessionToken === undefined ? {} : { sessionToken: Redacted.value(credentials.sessionToken) }),
  // A renewed IAM user's key has no end of its own: the client would ask again at the first lease's end.
  ...(awsEndsAt === undefined ? {} : { expiration: new globalThis.Date(endsAt.epochMilliseconds) }),
})

const settingsOf = (key: ClientKey, endpoint: string | undefined, requestHandler: NodeHttpHandler) => ({
  ...unambient(key.region),
  credentials: () => Promise.resolve(identityOf(key.lease)),
  requestHandler,
  sha256: Sha256,
  streamCollector: bodyCollector(),
  maxAttempts: key.attempts,
  ...(endpoint === undefined ? {} : { endpoint }),
  ...(key.service === "sqs" ? { useQueueUrlAsEndpoint: false } : {}),
  ...(key.service === "s3"
    ? {
        forcePathStyle: endpoint !== undefined,
        followRegionRedirects: false,
        useArnRegion: false,
        disableMultiregionAccessPoints: true,
        disableS3ExpressSessionAuth: true,
        requestChecksumCalculation: "WHEN_SUPPORTED",
        responseChecksumValidation: "WHEN_SUPPORTED",
      }
    : {}),
  ...(key.service === "dynamodb" ? { accountIdEndpointMode: "disabled" } : {}),
})

const nameOf = (key: ClientKey): string =>
  [key.service, key.region, key.attempts, key.lease.credentials.accessKeyId].join(" ")

/** The pool; its clients and connections end with the present scope. */
export const makeClients = Effect.fnUntraced(function* (endpoint: string | undefined) {
  const pool = new Map<string, ApiClient>()
  let handler: NodeHttpHandler | undefined
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const client of pool.values()) client.destroy()
      pool.clear()
      handler?.destroy()
    }),
  )
  const handlerOf = Effect.promise(() => import("@smithy/node-http-handler")).pipe(
    Effect.map(
      (module) =>
        (handler ??= new module.NodeHttpHandler({
          connectionTimeout: CONNECT,
          requestTimeout: SILENCE,
          socketTimeout: SILENCE,
          throwOnRequestTimeout: true,
          httpAgent: { keepAlive: true, maxSockets: 64 },
          httpsAgent: { keepAlive: true, maxSockets: 64 },
        })),
    ),
  )
  /** The client for the key; a lease that was replaced gets a client of its own. */
  return Effect.fnUntraced(function* (key: ClientKey) {
    const name = nameOf(key)
    const known = pool.get(name)
    if (known !== undefined) {
      pool.delete(name)
      pool.set(name, known) // most recently used last
      return known
    }
    const { Client } = yield* loadService(key.service)
    const shared = yield* handlerOf
    const again = pool.get(name)
    if (again !== undefined) return again
    const client = new Client(settingsOf(key, endpoint, shared))
    // Its log goes nowhere, and for that it copies every input and every answer.
    client.middlewareStack.remove("loggerMiddleware")
    guardEgress(client, endpoint)
    guardAnswers(client)
    pool.set(name, client)
    // A lease that was given back or replaced takes its client with it, and with that the SDK's copy of the credentials.
    yield* Scope.addFinalizer(
      key.lease.scope,
      Effect.sync(() => pool.delete(name)),
    )
    const [oldest] = pool.keys()
    // The handler is shared and stays; only the client's own state goes.
    if (pool.size > MOST_CLIENTS && oldest !== undefined) pool.delete(oldest)
    return client
  })
})
