/** What a service of the sandbox's AWS half is given once a request's signature was found good, and how it refuses. */
import { Data, type Effect } from "effect"
import type { WireRequest, WireResponse } from "../Wire.ts"

/** Who signed. `userId` is what GetCallerIdentity tells (`AROA…:SESSION`, `AIDA…`). */
export interface Principal {
  readonly account: string
  readonly arn: string
  readonly userId: string
}

/** A refusal in AWS's words; the server renders it in the protocol of the service that was called. */
export class AwsRefusal extends Data.TaggedError("AwsRefusal")<{
  readonly status: number
  readonly code: string
  readonly message: string
  /** Further elements of an S3 error body (`Key`, `BucketName`, …). */
  readonly fields?: Readonly<Record<string, string>>
}> {}

/** One authenticated call. */
export interface AwsCall {
  readonly request: WireRequest
  /** The credential scope's service name: `s3`, `ec2`, `sts`, `iam`, `dynamodb`, … */
  readonly service: string
  readonly region: string
  readonly principal: Principal
  readonly requestId: string
  /** Milliseconds since the epoch on the sandbox's clock. */
  readonly now: number
  /** Refuses in the service's own way unless the principal's policies allow the action (`s3:GetObject`) on the resource's ARN. */
  readonly allow: (action: string, resource: string) => Effect.Effect<void, AwsRefusal>
}

/** A service: its answer, or its refusal. */
export type AwsService = (call: AwsCall) => Effect.Effect<WireResponse, AwsRefusal>
