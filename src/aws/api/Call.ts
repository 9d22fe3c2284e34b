/**
 * Carries out a prepared call: pages, query, dry run, bounds. How a request gets to AWS (client, credentials, which hosts
 * are allowed, retries) is the business of `send`, which the caller passes in.
 */
import { Effect, Result } from "effect"
import { clip } from "../../core/Text.ts"
import { ApiError, BadCursor } from "./ApiError.ts"
import { collectBodies, defaultLimits } from "./Body.ts"
import { coerce } from "./Coerce.ts"
import { type Position, readCursor, writeCursor } from "./Cursor.ts"
import { encode } from "./Encode.ts"
import { fit } from "./Fit.ts"
import { type PageLimits, readPages } from "./Pages.ts"
import type { PreparedCall } from "./Prepare.ts"
import { parseQuery, type Query } from "./Query.ts"
import { countWithheld } from "./Secrets.ts"
import { membersOf, type ServiceModel } from "./ServiceModel.ts"

/** Sends one command of a service's client and answers its output. */
export type Send<E, R> = (command: object, model: ServiceModel) => Effect.Effect<unknown, E, R>

/** What the caller may ask besides the parameters. */
export interface CallOptions {
  /** JMESPath over the whole result. */
  readonly query?: string | undefined
  /** Most items of a paginated listing; 100 if absent. */
  readonly maxItems?: number | undefined
  /** `next_cursor` of an earlier result. */
  readonly cursor?: string | undefined
  /** Only find out whether it would work. */
  readonly dryRun?: boolean | undefined
}

/** The answer; within `result` the names are AWS's own. */
export interface CallResult {
  readonly service: string
  readonly operation: string
  readonly result: unknown
  /** Present when there is more. */
  readonly next_cursor?: string
  readonly warnings?: ReadonlyArray<string>
  readonly note?: string
}

/** Characters of JSON of one result: what a model can take in without losing its thread. */
const RESULT_SIZE = 60_000
/** What a query may choose from is larger: most of it is not shown. */
const QUERY_SIZE = 4_000_000
/** Bytes of a body: with base64 it still fits the result. */
const BODY_BYTES = 40_960
/** Pages of one call: a filter can leave each of them empty. */
const PAGES = 100
const ITEMS = 100

type Output = Readonly<Record<string, unknown>>

/** Runs the call. A cursor or a query that is no good fails before anything is sent. */
export const run = Effect.fn("Call.run")(function* <E, R>(
  call: PreparedCall,
  send: Send<E, R>,
  options: CallOptions = {},
) {
  const query = options.query === undefined ? undefined : yield* parseQuery(options.query)
  const start = options.cursor === undefined ? undefined : yield* startAt(call, options.cursor)
  if (isDryRun(call, options)) return yield* dryRun(call, send)
  const sendInput = (input: Output) =>
    Effect.flatMap(send(new call.operation.Command({ ...input }), call.model), (output) =>
      collectBodies(call.operation.output, recordOf(output), { ...defaultLimits, bytes: BODY_BYTES }),
    )
  if (call.pagination === undefined) {
    const output = yield* sendInput(call.input)
    return yield* finish(call, encode(call.operation.output, output), query, undefined)
  }
  const { inputToken } = call.pagination
  const limits: PageLimits = {
    items: Math.max(1, options.maxItems ?? ITEMS),
    size: query === undefined ? RESULT_SIZE : QUERY_SIZE,
    pages: PAGES,
  }
  const pages = yield* readPages(call.operation, call.pagination, start ?? { skip: 0 }, limits, (token) =>
    token === undefined
      ? sendInput(call.input)
      : Effect.flatMap(tokenInput(call, inputToken, token), (value) =>
          sendInput({ ...call.input, [inputToken]: value }),
        ),
  )
  return yield* finish(call, pages.value, query, pages.next)
})

const recordOf = (output: unknown): Output => (typeof output === "object" && output !== null ? (output as Output) : {}) // any object may be asked for any key

const startAt = (call: PreparedCall, cursor: string): Effect.Effect<Position, ApiError> =>
  call.pagination === undefined
    ? Effect.fail(badCursor("this operation has no pages"))
    : Effect.tap(readCursor(call.asked, cursor), ({ token }) =>
        token === undefined ? Effect.void : tokenInput(call, call.pagination?.inputToken ?? "", token),
      )

const badCursor = (problem: string): ApiError => new ApiError({ reason: new BadCursor({ problem }) })

/** The token as the SDK wants it: DynamoDB's are items, with bytes in them. */
const tokenInput = (call: PreparedCall, member: string, token: unknown): Effect.Effect<unknown, ApiError> => {
  const schema = membersOf(call.operation.input).get(member)
  if (schema === undefined) return Effect.fail(badCursor("this operation has no pages"))
  const { issues, value } = coerce(schema, token, call.docs, "cursor")
  return issues.length === 0
    ? Effect.succeed(value)
    : Effect.fail(badCursor("it does not hold a place in this listing"))
}

/** Only EC2 has a dry run of AWS's own; asking for it by AWS's own parameter is the same. */
const hasDryRun = (call: PreparedCall): boolean =>
  call.model.id === "ec2" && membersOf(call.operation.input).has("DryRun")

const isDryRun = (call: PreparedCall, options: CallOptions): boolean =>
  options.dryRun === true || (hasDryRun(call) && call.input["DryRun"] === true)

const dryRun = Effect.fnUntraced(function* <E, R>(call: PreparedCall, send: Send<E, R>) {
  if (!hasDryRun(call)) {
    return resultOf(call, { valid: true, sent: false }, [
      "The parameters are valid. AWS has no dry run for this operation, so nothing was sent and permissions are not known.",
    ])
  }
  const sent = yield* Effect.result(send(new call.operation.Command({ ...call.input, DryRun: true }), call.model))
  if (Result.isFailure(sent) && !saysDryRun(sent.failure)) return yield* Effect.fail(sent.failure)
  return resultOf(call, { would_succeed: true }, ["Dry run: AWS would have allowed it. Nothing was changed."])
})

/** Whether an error is how EC2 says that a dry run would have worked; `send` may have wrapped it. */
export const saysDryRun = (error: unknown, depth = 0): boolean => {
  if (typeof error !== "object" || error === null || depth > 4) return false
  const { cause, code, name, reason } = error as Output // any object may be asked for any key
  return (
    code === "DryRunOperation" ||
    name === "DryRunOperation" ||
    saysDryRun(reason, depth + 1) ||
    saysDryRun(cause, depth + 1)
  )
}

const finish = Effect.fnUntraced(function* (
  call: PreparedCall,
  value: unknown,
  query: Query | undefined,
  next: Position | undefined,
) {
  const notes: Array<string> = []
  // The call was made: its answer must not be lost to a query that turns out not to fit it.
  const asked =
    query === undefined
      ? value
      : yield* query.apply(value).pipe(
          Effect.catchTag("QueryFailed", (failed) => {
            notes.push(`The query failed on this result, which is shown whole: ${failed.message}.`)
            return Effect.succeed(value)
          }),
        )
  const { cuts, value: result } = fit(asked ?? null, RESULT_SIZE)
  if (cuts.length > 0) {
    const shown = cuts
      .slice(0, 8)
      .map((cut) => clip(cut, 120))
      .join("; ")
    notes.push(`Too large to show whole: ${shown}. Narrow it down with query, max_items or the operation's filters.`)
  }
  if (next !== undefined) notes.push("There is more: repeat the call with cursor = next_cursor.")
  const withheld = countWithheld(result)
  if (withheld > 0) {
    notes.push(`${withheld} secret ${withheld === 1 ? "value was" : "values were"} withheld and cannot be shown here.`)
  }
  return resultOf(call, result, notes, next === undefined ? undefined : writeCursor(call.asked, next))
})

const resultOf = (call: PreparedCall, result: unknown, notes: ReadonlyArray<string>, cursor?: string): CallResult => ({
  service: call.model.id,
  operation: call.operation.name,
  result,
  ...(cursor === undefined ? {} : { next_cursor: cursor }),
  ...(call.warnings.length === 0 ? {} : { warnings: call.warnings }),
  ...(notes.length === 0 ? {} : { note: notes.join(" ") }),
})
