/** The bodies of DynamoDB's requests, and an operation as the service runs it. */
import { Effect, Schema } from "effect"
import { type AwsCall, AwsRefusal } from "./AwsCall.ts"
import { type Condition, parseCondition } from "./DynamoDbCondition.ts"
import { meets } from "./DynamoDbEvaluate.ts"
import type { Tables } from "./DynamoDbState.ts"
import {
  expectEnd,
  invalid,
  type Path,
  type Placeholders,
  accept,
  readPath,
  tokenize,
  valueAt,
} from "./DynamoDbTokens.ts"
import { Item } from "./DynamoDbValue.ts"

/** An operation: from the call and the parsed body to the answer's JSON. */
export type DynamoDbAction = (tables: Tables, call: AwsCall, body: unknown) => Effect.Effect<unknown, AwsRefusal>

/** Decodes a request body; members nobody knows are left out, as AWS does. */
export const bodyAs = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
): ((body: unknown) => Effect.Effect<S["Type"], AwsRefusal>) => {
  const decode = Schema.decodeUnknownEffect(schema)
  return (body) =>
    decode(body).pipe(
      Effect.mapError((error) => invalid(`1 validation error detected: ${error.message.split("\n").join(" ")}`)),
    )
}

/** The table of an item operation. */
export const TableName = Schema.NonEmptyString

/** What expressions refer to. */
export const expressionFields = {
  ExpressionAttributeNames: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  ExpressionAttributeValues: Schema.optionalKey(Item),
}

/** The placeholders of a request. */
export const placeholdersOf = (body: {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>
  readonly ExpressionAttributeValues?: Item
}): Placeholders => ({ names: body.ExpressionAttributeNames ?? {}, values: body.ExpressionAttributeValues ?? {} })

/** Reads an optional condition. */
export const conditionOf = (
  kind: string,
  expression: string | undefined,
  placeholders: Placeholders,
): Effect.Effect<Condition | undefined, AwsRefusal> =>
  expression === undefined ? Effect.undefined : parseCondition(kind, expression, placeholders)

/** Refuses a write whose condition the item there (or its absence) does not meet. */
export const requireCondition = (
  condition: Condition | undefined,
  held: Item | undefined,
): Effect.Effect<void, AwsRefusal> =>
  condition === undefined || meets(condition, held ?? {})
    ? Effect.void
    : Effect.fail(
        new AwsRefusal({
          status: 400,
          code: "ConditionalCheckFailedException",
          message: "The conditional request failed",
        }),
      )

/** Reads a ProjectionExpression: what of each item to give back. */
export const projectionOf = Effect.fnUntraced(function* (
  expression: string | undefined,
  placeholders: Placeholders,
): Effect.fn.Return<(item: Item) => Item, AwsRefusal> {
  if (expression === undefined) return (item) => item
  const tokens = yield* tokenize("ProjectionExpression", expression, placeholders)
  const paths: Array<Path> = [yield* readPath(tokens)]
  while (accept(tokens, ",")) paths.push(yield* readPath(tokens))
  yield* expectEnd(tokens)
  return (item) => projected(item, paths)
})

/** Nested paths give their maps and lists with only what was asked for in them. */
const projected = (item: Item, paths: ReadonlyArray<Path>): Item => {
  const parts = [...new Set(paths.map(([first]) => first))].map((name) => {
    const under = paths.filter(([first]) => first === name)
    const value = Object.hasOwn(item, name) ? item[name] : undefined
    if (value === undefined || under.some((path) => path.length === 1)) return [name, value] as const
    if ("M" in value) {
      const inner = projected(
        value.M,
        under.flatMap(([, step, ...rest]) => (typeof step === "string" ? [[step, ...rest] as const] : [])),
      )
      return [name, Object.keys(inner).length === 0 ? undefined : { M: inner }] as const
    }
    const members = under.map((path) => valueAt(item, path)).filter((member) => member !== undefined)
    return [name, members.length === 0 ? undefined : { L: members }] as const
  })
  return Object.fromEntries(parts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
}
