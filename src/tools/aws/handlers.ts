/** What the general AWS tools do: any operation by AWS's own models, and who and where we are. */
import { Effect, Result, type Schema } from "effect"
import type { DescribeRegionsCommandOutput } from "@aws-sdk/client-ec2"
import type { GetParametersByPathCommandOutput } from "@aws-sdk/client-ssm"
import { idempotent } from "../../aws/api/Access.ts"
import type { ApiError } from "../../aws/api/ApiError.ts"
import { run } from "../../aws/api/Call.ts"
import { describe, search } from "../../aws/api/Find.ts"
import { prepare } from "../../aws/api/Prepare.ts"
import { findService } from "../../aws/api/Registry.ts"
import { callerIdentity } from "../../aws/Sts.ts"
import { type Place, read, sendRaw } from "../AwsSend.ts"
import { maybe } from "../AwsFields.ts"
import { ToolFailure, toolFailure } from "../ToolFailure.ts"
import { ToolCall } from "../ToolCall.ts"

const CODES: Readonly<Record<ApiError["reason"]["_tag"], string>> = {
  UnknownService: "unknown_service",
  UnknownOperation: "unknown_operation",
  InvalidParameters: "invalid_arguments",
  BadCursor: "invalid_arguments",
  BadQuery: "invalid_arguments",
  LoadFailed: "client_failed",
  BodyLost: "body_lost",
}

const apiFailure = (error: ApiError): ToolFailure =>
  // What AWS answered with a body that broke off, it did.
  toolFailure({ code: CODES[error.reason._tag], message: error.message, unsure: error.reason._tag === "BodyLost" })

export const getCallerIdentity = Effect.fnUntraced(function* (input: Place) {
  const { principal } = yield* ToolCall
  return yield* Effect.mapError(
    callerIdentity({ principal, account: input.account, region: input.region }),
    toolFailure,
  )
})

/** Where AWS itself publishes the regions of a service: public parameters of Systems Manager (its user guide, "Calling AWS public parameters"). */
const offeredIn = Effect.fnUntraced(function* (input: Place, service: string) {
  const names: Array<string> = []
  let token: string | undefined
  do {
    const page: GetParametersByPathCommandOutput = yield* sendRaw<GetParametersByPathCommandOutput>(input, {
      service: "ssm",
      operation: "GetParametersByPath",
      idempotent: true,
      input: {
        Path: `/aws/service/global-infrastructure/services/${service}/regions`,
        ...maybe("NextToken", token),
      },
    })
    names.push(...(page.Parameters ?? []).map(({ Value }) => Value ?? ""))
    token = page.NextToken
  } while (token !== undefined && names.length < 500)
  return names
})

/** The regions of the account, all or those where a service is offered. When that cannot be asked, it is said. */
export const listRegions = Effect.fnUntraced(function* (
  input: Place & { readonly service?: string; readonly opted_in?: boolean },
) {
  const service =
    input.service === undefined ? undefined : yield* Effect.mapError(findService(input.service), apiFailure)
  const output = yield* read<DescribeRegionsCommandOutput>(input, "ec2", "DescribeRegions", { AllRegions: true })
  const regions = (output.Regions ?? [])
    .map(({ Endpoint, OptInStatus, RegionName }) => ({
      name: RegionName ?? "",
      endpoint: Endpoint ?? "",
      opt_in_status: OptInStatus ?? "opt-in-not-required",
    }))
    .filter(
      ({ opt_in_status }) => input.opted_in === undefined || (opt_in_status !== "not-opted-in") === input.opted_in,
    )
  if (service === undefined) return { regions }
  const offered = yield* Effect.result(offeredIn(input, service.iam))
  if (Result.isSuccess(offered) && offered.success.length > 0) {
    return { regions: regions.filter(({ name }) => offered.success.includes(name)) }
  }
  const why = Result.isFailure(offered) ? offered.failure.code : "AWS publishes no list"
  return { regions, note: `Where ${service.id} is offered could not be asked (${why}); these are all regions.` }
})

/** Any operation: checked against AWS's model first, sent on the leased credentials, its pages followed up to max_items. */
export const awsCall = Effect.fnUntraced(function* (
  input: Place & {
    readonly service: string
    readonly operation: string
    readonly parameters?: Readonly<Record<string, unknown>>
    readonly query?: string
    readonly max_items?: number
    readonly cursor?: string
    readonly dry_run?: boolean
  },
) {
  const call = yield* Effect.mapError(prepare(input.service, input.operation, input.parameters ?? {}), apiFailure)
  const result = yield* run(
    call,
    (command, model) =>
      sendRaw<unknown>(input, {
        service: model.id,
        operation: call.operation.name,
        idempotent: idempotent(call.operation),
        input: "input" in command ? (command.input as Readonly<Record<string, unknown>>) : {}, // every command keeps its input
      }),
    { query: input.query, maxItems: input.max_items, cursor: input.cursor, dryRun: input.dry_run },
  ).pipe(Effect.mapError((error) => (error._tag === "AwsError" ? toolFailure(error) : apiFailure(error))))
  return { ...result, result: result.result as Schema.Json } // encoded to JSON by the operation's own schema
})

export const findOperation = Effect.fnUntraced(function* (
  input: Place & {
    readonly query?: string
    readonly operation?: string
    readonly service?: string
    readonly limit?: number
  },
) {
  if (input.operation !== undefined) {
    if (input.service === undefined) {
      return yield* new ToolFailure({
        code: "invalid_arguments",
        what: "operation needs service beside it; to search, give query instead.",
      })
    }
    const found = yield* Effect.mapError(describe(input.service, input.operation), apiFailure)
    return { ...found, input_schema: found.input_schema as Schema.Json } // a JSON Schema is JSON
  }
  if (input.query === undefined) {
    return yield* new ToolFailure({
      code: "invalid_arguments",
      what: "expected query (words to search), or service and operation.",
    })
  }
  return yield* Effect.mapError(
    search(input.query, { ...maybe("service", input.service), ...maybe("limit", input.limit) }),
    apiFailure,
  )
})
