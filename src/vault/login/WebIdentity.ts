/**
 * Exchanges a projected web identity token at STS for keys, by the official client. All that the client would read from
 * the environment or from profiles is set here, so that it does not count.
 */
import { Data, Effect, Predicate, Redacted } from "effect"
import { unambient } from "../../core/AwsClient.ts"
import { late } from "../../core/Late.ts"
import { oneLine } from "../../core/Text.ts"
import type { VaultToken } from "../VaultModel.ts"
import type { AwsKeys } from "./Metadata.ts"

const loadSts = late(() => import("@aws-sdk/client-sts"))
const loadHandler = late(() => import("@smithy/node-http-handler"))

/** STS is given up after this long, all tries counted. */
const LIMIT = "10 seconds"
const CONNECT = 3000

/** What STS or the way to it said. */
export class ExchangeFault extends Data.TaggedError("ExchangeFault")<{ readonly why: string }> {}

/** Who asks STS for what, and where. */
export interface WebIdentity {
  readonly token: VaultToken
  readonly roleArn: string
  readonly sessionName: string | undefined
  readonly region: string
  readonly endpoint: string
}

/** A client for the one exchange, which is not signed: that anything should ask it for credentials is a fault. */
const makeClient = Effect.fnUntraced(function* ({ endpoint, region }: WebIdentity) {
  const { STSClient } = yield* loadSts
  const { NodeHttpHandler } = yield* loadHandler
  const requestHandler = yield* Effect.acquireRelease(
    Effect.sync(
      () =>
        new NodeHttpHandler({
          connectionTimeout: CONNECT,
          requestTimeout: CONNECT,
          throwOnRequestTimeout: true,
          httpAgent: { keepAlive: false },
          httpsAgent: { keepAlive: false },
        }),
    ),
    (made) => Effect.sync(() => made.destroy()),
  )
  return new STSClient({
    ...unambient(region),
    endpoint,
    requestHandler,
    credentials: () => Promise.reject(new Error("a web identity signs nothing")),
    maxAttempts: 2,
  })
})

/** The keys of the role for the holder of the token. */
export const webIdentityKeys = (identity: WebIdentity): Effect.Effect<AwsKeys, ExchangeFault> =>
  Effect.scoped(
    Effect.gen(function* () {
      const client = yield* makeClient(identity)
      const { AssumeRoleWithWebIdentityCommand } = yield* loadSts
      const command = new AssumeRoleWithWebIdentityCommand({
        RoleArn: identity.roleArn,
        RoleSessionName: identity.sessionName ?? "vault-aws-mcp",
        WebIdentityToken: Redacted.value(identity.token),
      })
      const { Credentials } = yield* Effect.tryPromise({
        try: (abortSignal) => client.send(command, { abortSignal }),
        catch: (error) => new ExchangeFault({ why: wordsOf(error) }),
      })
      if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey || !Credentials.SessionToken)
        return yield* new ExchangeFault({ why: "STS answered without credentials" })
      return {
        accessKeyId: Credentials.AccessKeyId,
        secretAccessKey: Redacted.make(Credentials.SecretAccessKey, { label: "aws" }),
        sessionToken: Redacted.make(Credentials.SessionToken, { label: "aws" }),
      }
    }),
  ).pipe(
    Effect.timeoutOrElse({
      duration: LIMIT,
      orElse: () => Effect.fail(new ExchangeFault({ why: `STS did not answer within ${LIMIT}` })),
    }),
  )

/** AWS's own refusals have a fault; anything else went wrong on the way. */
const wordsOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "STS cannot be asked"
  return Predicate.hasProperty(error, "$fault")
    ? `STS refused the exchange: ${oneLine(`${error.name}: ${error.message}`, 240)}`
    : `STS cannot be reached: ${oneLine(error.message, 240)}`
}
