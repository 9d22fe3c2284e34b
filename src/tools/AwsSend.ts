/** How tools send operations to AWS: on the lease of whoever calls them, failing as a tool fails. */
import { Effect } from "effect"
import { type AwsCall, AwsSession } from "../aws/AwsSession.ts"
import { toolFailure } from "./ToolFailure.ts"
import { ToolCall } from "./ToolCall.ts"

/** The optional arguments that every AWS tool takes. */
export interface Place {
  readonly region?: string
  readonly account?: string
}

type Request = Omit<AwsCall, "principal" | "account" | "region">

/** Sends one operation for the running tool call, on its caller's lease. The error is AWS's, for those who look into it. */
export const sendRaw = Effect.fnUntraced(function* <Out>(place: Place, request: Request) {
  const session = yield* AwsSession
  const { principal } = yield* ToolCall
  const output = yield* session.send({ ...request, principal, account: place.account, region: place.region })
  return output as Out // callers name the output type that the SDK declares for the operation
})

/** Like {@link sendRaw}, failing as a tool fails. */
export const send = <Out>(place: Place, request: Request) => Effect.mapError(sendRaw<Out>(place, request), toolFailure)

/** A read: it may be repeated. */
export const read = <Out>(place: Place, service: AwsCall["service"], operation: string, input: AwsCall["input"]) =>
  send<Out>(place, { service, operation, input, idempotent: true })
