/** The query protocol of STS and IAM: an `Action` with its parameters in a form, an XML document as the answer. */
import { Effect } from "effect"
import type { WireResponse } from "../Wire.ts"
import { type AwsCall, AwsRefusal } from "./AwsCall.ts"
import type { Credential } from "./Credential.ts"
import { queryNamespace } from "./ErrorBody.ts"
import { paramsOf } from "./Protocol.ts"
import { refusal } from "./Refusals.ts"
import { element, leaf, xmlDocument } from "./XmlElement.ts"

/** A call with its parameters read, and the credential it was signed with. */
export interface QueryCall extends AwsCall {
  readonly params: ReadonlyMap<string, string>
  readonly credential: Credential
}

/** A service that is part of the server: it may look at the caller's credential. */
export type BuiltInService = (call: AwsCall, credential: Credential) => Effect.Effect<WireResponse, AwsRefusal>

/** An operation: gives the children of its result element, or `undefined` where the answer has no result. */
export type QueryAction = (call: QueryCall) => Effect.Effect<string | undefined, AwsRefusal>

/** A ValidationError, as both services word it. */
export const validationError = (message: string): AwsRefusal =>
  new AwsRefusal({ status: 400, code: "ValidationError", message })

/** The refusal of one parameter's value against AWS's model. `name` begins with a small letter here. */
export const constraintError = (value: string | undefined, name: string, constraint: string): AwsRefusal =>
  validationError(
    `1 validation error detected: Value ${value === undefined ? "null" : `'${value}'`} at '${name}' failed to satisfy constraint: ${constraint}`,
  )

const modelName = (param: string): string => param.charAt(0).toLowerCase() + param.slice(1)

/** A parameter that must be there. */
export const required = (call: Pick<QueryCall, "params">, name: string): Effect.Effect<string, AwsRefusal> => {
  const value = call.params.get(name)
  return value === undefined || value === ""
    ? Effect.fail(constraintError(undefined, modelName(name), "Member must not be null"))
    : Effect.succeed(value)
}

/** A name within its length and alphabet; the texts are those of AWS (its double blank included). */
export const namedWithin = Effect.fnUntraced(function* (
  call: Pick<QueryCall, "params">,
  name: string,
  min: number,
  max: number,
): Effect.fn.Return<string, AwsRefusal> {
  const value = yield* required(call, name)
  const at = modelName(name)
  if (value.length > max) {
    return yield* constraintError(value, at, `Member must have length less than or  equal to ${max}`)
  }
  if (value.length < min) {
    return yield* constraintError(value, at, `Member must have length greater than or equal to ${min}`)
  }
  if (!/^[\w+=,.@-]*$/.test(value)) {
    return yield* constraintError(value, at, "Member must satisfy regular expression pattern: [\\w+=,.@-]*")
  }
  return value
})

/** A whole number between `min` and `max`. */
export const wholeWithin = (
  call: Pick<QueryCall, "params">,
  name: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): Effect.Effect<number, AwsRefusal> => {
  const text = call.params.get(name)
  if (text === undefined) return Effect.succeed(range.fallback)
  const at = modelName(name)
  const value = Number(text)
  if (!/^-?\d+$/.test(text)) return Effect.fail(constraintError(text, at, "Member must be a whole number"))
  if (value < range.min) {
    return Effect.fail(constraintError(text, at, `Member must have value greater than or equal to ${range.min}`))
  }
  return value > range.max
    ? Effect.fail(constraintError(text, at, `Member must have value less than or equal to ${range.max}`))
    : Effect.succeed(value)
}

/** The fields of the members of a list, in order: `Tags.member.1.Key=…` under `Tags`. */
export const membersOf = (
  params: ReadonlyMap<string, string>,
  list: string,
): ReadonlyArray<ReadonlyMap<string, string>> => {
  const members: Array<Map<string, string>> = []
  for (const [name, value] of params) {
    const match = /^(\d{1,4})(?:\.(.+))?$/.exec(name.startsWith(`${list}.member.`) ? name.slice(list.length + 8) : "")
    if (match === null) continue
    const index = Number(match[1]) - 1
    const member = members[index] ?? new Map<string, string>()
    member.set(match[2] ?? "", value)
    members[index] = member
  }
  return members.filter((member) => member !== undefined)
}

/** The answer of an operation that succeeded; `result` are the children of its result element. */
export const queryAnswer = (
  service: string,
  name: string,
  requestId: string,
  result: string | undefined,
): WireResponse => ({
  status: 200,
  headers: { "content-type": "text/xml" },
  body: xmlDocument(
    `${name}Response`,
    queryNamespace(service),
    result === undefined ? "" : element(`${name}Result`, result),
    element("ResponseMetadata", leaf("RequestId", requestId)),
  ),
})

/** A service of the query protocol from its operations by name. */
export const queryService =
  (service: string, actions: ReadonlyMap<string, QueryAction>): BuiltInService =>
  (call, credential) =>
    Effect.gen(function* () {
      const params = paramsOf(call.request)
      const name = params.get("Action") ?? ""
      const action = actions.get(name)
      if (action === undefined) {
        const message = `Could not find operation ${name} for version ${params.get("Version") ?? "NO_VERSION_SPECIFIED"}`
        return yield* refusal("query", "unknownOperation", { message })
      }
      return queryAnswer(service, name, call.requestId, yield* action({ ...call, params, credential }))
    })
