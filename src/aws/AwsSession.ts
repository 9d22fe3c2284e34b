/**
 * AWS calls signed with leased credentials: the lease is asked for at each call, so that a refreshed, replaced or revoked
 * one counts at once. Interrupting a call aborts its request.
 */
import { Context, Effect, Layer, Schedule } from "effect"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import { parseRegion } from "../config/Values.ts"
import { between, now } from "../lease/Age.ts"
import { LeaseManager } from "../lease/LeaseManager.ts"
import type { ActiveLease } from "../lease/LeaseModel.ts"
import type { LeaseError } from "../lease/LeaseError.ts"
import { leaseTarget } from "../lease/Target.ts"
import { loadService } from "./api/Registry.ts"
import type { ServiceId } from "./api/ServiceModel.ts"
import { makeClients } from "./AwsClients.ts"
import { AwsError, ClientFailed, NameRefused, NoLease, RegionRefused } from "./AwsError.ts"
import { awsError, isExpired, isUnknownKey } from "./Failure.ts"

/** Where a call goes and on whose lease. */
export interface AwsPlace {
  readonly principal: string
  readonly account?: string | undefined
  readonly region?: string | undefined
}

export interface AwsCall extends AwsPlace {
  readonly service: ServiceId
  /** AWS's name, `ListBuckets`. */
  readonly operation: string
  /** The operation's input in the SDK's own types. */
  readonly input: Readonly<Record<string, unknown>>
  /** Whether sending it twice changes nothing more than sending it once. */
  readonly idempotent: boolean
}

/** IAM users' keys may be unknown to parts of AWS for this long after their issue (Vault's documentation, AWS engine). */
const SETTLING = 30_000

/** A lease younger than that is not replaced because AWS does not know its key. */
const NEW = 60_000

const settle = Schedule.max([Schedule.spaced("1 second"), Schedule.recurs(SETTLING / 1000)])

/** The region of a call: the one asked for, else the operator's, else the account's first. */
export const regionOf = (config: AppConfigShape, place: AwsPlace): Effect.Effect<string, AwsError> => {
  const allowed = place.account === undefined ? undefined : config.accounts[place.account]?.regions
  const fallback =
    allowed === undefined || allowed.includes(config.region) ? config.region : (allowed[0] ?? config.region)
  const region = place.region ?? fallback
  if (parseRegion(region) === undefined) {
    return Effect.fail(new AwsError({ reason: new RegionRefused({ region: region.slice(0, 40), allowed: [] }) }))
  }
  return allowed === undefined || allowed.includes(region)
    ? Effect.succeed(region)
    : Effect.fail(new AwsError({ reason: new RegionRefused({ region, allowed }) }))
}

const noLease = (error: LeaseError): AwsError =>
  new AwsError({ reason: new NoLease({ code: error.code, what: error.message }) })

/** S3 puts the bucket into the path: these two would name another bucket. */
const checkNames = ({ input, service }: AwsCall): Effect.Effect<void, AwsError> =>
  service === "s3" && (input["Bucket"] === "." || input["Bucket"] === "..")
    ? Effect.fail(new AwsError({ reason: new NameRefused({ what: "bucket: expected the name of a bucket" }) }))
    : Effect.void

export class AwsSession extends Context.Service<
  AwsSession,
  {
    /**
     * Sends one operation and gives its output in the SDK's own types. Expired credentials are replaced and the call is
     * sent once more, as AWS refuses them before it does anything.
     */
    readonly send: (call: AwsCall) => Effect.Effect<unknown, AwsError>
    /** The region a call without one goes to, checked as `send` would. */
    readonly region: (place: AwsPlace) => Effect.Effect<string, AwsError>
  }
>()("vault-aws-mcp/aws/AwsSession") {
  static readonly layer = Layer.effect(
    AwsSession,
    Effect.gen(function* () {
      const config = yield* AppConfig
      const leases = yield* LeaseManager
      const clientOf = yield* makeClients(config.awsEndpoint)

      const attempt = Effect.fnUntraced(function* (call: AwsCall, region: string, lease: ActiveLease) {
        const { operation, service } = call
        const failed = (thrown: unknown) => ({
          thrown,
          error: awsError(thrown, {
            service,
            operation,
            role: lease.target.role,
            identity: lease.arn,
            idempotent: call.idempotent,
          }),
        })
        const ours = (what: string) => ({
          thrown: undefined,
          error: new AwsError({ reason: new ClientFailed({ service, operation, what }) }),
        })
        const model = yield* Effect.mapError(loadService(service), (error) => ours(error.message))
        const Command = model.operations.get(operation)?.Command
        if (Command === undefined) return yield* Effect.fail(ours("the installed client does not know it"))
        const client = yield* Effect.mapError(
          clientOf({ service, region, lease, attempts: call.idempotent ? 3 : 1 }),
          (error) => ours(error.message),
        )
        return yield* Effect.tryPromise({
          try: (signal) => client.send(new Command({ ...call.input }), { abortSignal: signal }),
          catch: failed,
        })
      })

      const ageOf = (lease: ActiveLease) => Effect.map(now, (at) => between(lease.issued, at))

      /** A key younger than that may just not be known everywhere yet. */
      const isSettling = (lease: ActiveLease) =>
        Effect.map(ageOf(lease), (age) => lease.kind === "iam_user" && age < SETTLING)

      /**
       * Whether new credentials may help. EC2 says AuthFailure for missing rights too: a lease that is new already is
       * not replaced for that, or a model that repeats the call would use up one lease each time. A key that Vault
       * rotates is only read anew, which uses up nothing.
       */
      const mayBeOver = Effect.fnUntraced(function* (thrown: unknown, lease: ActiveLease) {
        return isExpired(thrown) || (isUnknownKey(thrown) && (lease.kind === "static" || (yield* ageOf(lease)) > NEW))
      })

      const settled = (call: AwsCall, region: string, lease: ActiveLease) =>
        attempt(call, region, lease).pipe(
          Effect.retry({
            schedule: settle,
            while: ({ thrown }) => (isUnknownKey(thrown) ? isSettling(lease) : Effect.succeed(false)),
          }),
        )

      const send = Effect.fn("AwsSession.send")(function* (call: AwsCall) {
        yield* Effect.annotateCurrentSpan({ service: call.service, operation: call.operation })
        yield* checkNames(call)
        const region = yield* regionOf(config, call)
        const target = yield* Effect.mapError(
          Effect.fromResult(leaseTarget(config, call.principal, call.account)),
          noLease,
        )
        const lease = yield* Effect.mapError(leases.lease(target), noLease)
        return yield* settled(call, region, lease).pipe(
          Effect.catch(({ error, thrown }) =>
            Effect.flatMap(mayBeOver(thrown, lease), (over) =>
              over
                ? leases.rejected(lease).pipe(
                    Effect.mapError(noLease),
                    Effect.flatMap((fresh) => Effect.mapError(settled(call, region, fresh), (again) => again.error)),
                  )
                : Effect.fail(error),
            ),
          ),
        )
      })

      return AwsSession.of({ send, region: (place) => regionOf(config, place) })
    }),
  )
}
