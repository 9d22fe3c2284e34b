/** Who the leased credentials are, as AWS tells it. */
import { Effect } from "effect"
import type { GetCallerIdentityCommandOutput } from "@aws-sdk/client-sts"
import { type AwsPlace, AwsSession } from "./AwsSession.ts"

/** STS GetCallerIdentity. */
export const callerIdentity = Effect.fnUntraced(function* (place: AwsPlace) {
  const session = yield* AwsSession
  // The output type that the SDK declares for this operation.
  const { Account, Arn, UserId } = (yield* session.send({
    ...place,
    service: "sts",
    operation: "GetCallerIdentity",
    input: {},
    idempotent: true,
  })) as GetCallerIdentityCommandOutput
  return { account: Account ?? "", arn: Arn ?? "", user_id: UserId ?? "" }
})
