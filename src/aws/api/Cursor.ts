/**
 * Where a listing stopped, as text for the caller to hand back: AWS's token of the page and how many of its items were
 * already shown. Opaque, not secret, not signed: a forged one can only ask AWS for another page of the same operation,
 * which the caller may do anyway. The digest guards against an honest mistake: another filter with an old cursor.
 */
import { createHash } from "node:crypto"
import { Effect, Schema } from "effect"
import { ApiError, BadCursor } from "./ApiError.ts"

/** A place in the pages of an operation. */
export interface Position {
  /** The token that gets the page, as JSON; absent for the first. */
  readonly token?: unknown
  /** Items of that page that were shown before. */
  readonly skip: number
}

/** The call a cursor belongs to. */
export interface CursorOf {
  readonly service: string
  readonly operation: string
  readonly parameters: unknown
}

const Content = Schema.fromJsonString(
  Schema.Struct({
    v: Schema.Literal(1),
    of: Schema.String,
    p: Schema.String,
    t: Schema.optionalKey(Schema.Unknown),
    k: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000_000 })),
  }),
)

const decodeContent = Schema.decodeUnknownEffect(Content)

/** Longest cursor in characters; DynamoDB's keys, the longest tokens there are, stay below 6,000. */
const LONGEST = 32_768

/** The cursor for a position. */
export const writeCursor = (call: CursorOf, { skip, token }: Position): string => {
  const content = {
    v: 1,
    of: nameOf(call),
    p: digest(call.parameters),
    ...(token === undefined ? {} : { t: token }),
    k: skip,
  }
  return Buffer.from(JSON.stringify(content), "utf8").toString("base64url")
}

/** The position that a cursor means, if it is a cursor of the same call. */
export const readCursor = Effect.fnUntraced(function* (call: CursorOf, cursor: string) {
  const bad = (problem: string) => new ApiError({ reason: new BadCursor({ problem }) })
  if (cursor.length > LONGEST || !/^[\w-]+$/.test(cursor)) return yield* bad("it is not a cursor of this program")
  const content = yield* decodeContent(Buffer.from(cursor, "base64url").toString("utf8"), {
    onExcessProperty: "error",
  }).pipe(Effect.mapError(() => bad("it is not a cursor of this program")))
  if (content.of !== nameOf(call)) return yield* bad("it belongs to another operation")
  if (content.p !== digest(call.parameters)) {
    return yield* bad("it belongs to a call with other parameters; repeat those of the first call")
  }
  const position: Position = { ...(content.t === undefined ? {} : { token: content.t }), skip: content.k }
  return position
})

const nameOf = ({ operation, service }: CursorOf): string => `${service}.${operation}`

const digest = (parameters: unknown): string =>
  createHash("sha256")
    .update(JSON.stringify(sorted(parameters ?? {})))
    .digest("base64url")
    .slice(0, 16)

/** The same parameters in another order are the same parameters. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, sorted(each)])
}
