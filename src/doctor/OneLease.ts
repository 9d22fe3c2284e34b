/**
 * AWS calls on the one lease that there is: a tool whose credentials AWS calls expired gets new ones, the doctor tells.
 * Only for a walk of the doctor, which must not use up leases to find out that they are of no use.
 */
import { Effect, Layer } from "effect"
import { AwsSession } from "../aws/AwsSession.ts"
import { LeaseManager } from "../lease/LeaseManager.ts"

/** Leases that are never replaced on AWS's word. */
const layerKept = Layer.effect(
  LeaseManager,
  Effect.map(LeaseManager, (manager) => LeaseManager.of({ ...manager, rejected: (lease) => Effect.succeed(lease) })),
)

/** Sessions over such leases. Fresh: not those of the world that the tools work in. */
export const layerOneLease = Layer.fresh(AwsSession.layer).pipe(Layer.provideMerge(layerKept))
