/** Query and Scan: many items in pages, of a table or one of its indexes. */
import { Effect, Schema } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import type { Condition } from "./DynamoDbCondition.ts"
import { meets } from "./DynamoDbEvaluate.ts"
import {
  bodyAs,
  conditionOf,
  type DynamoDbAction,
  expressionFields,
  placeholdersOf,
  projectionOf,
  TableName,
} from "./DynamoDbRequest.ts"
import { findTable, keyNames, keyOf, type KeyShape, readingOrder, type Table } from "./DynamoDbState.ts"
import { invalid, type Placeholders } from "./DynamoDbTokens.ts"
import { Item } from "./DynamoDbValue.ts"

/** A page ends when the items read come to this many bytes: 1 MiB. */
const MAX_PAGE_BYTES = 1024 * 1024

const readFields = {
  TableName,
  IndexName: Schema.optionalKey(Schema.String),
  FilterExpression: Schema.optionalKey(Schema.String),
  ProjectionExpression: Schema.optionalKey(Schema.String),
  Select: Schema.optionalKey(Schema.String),
  Limit: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  ExclusiveStartKey: Schema.optionalKey(Item),
  ...expressionFields,
}

interface ReadRequest {
  readonly FilterExpression?: string
  readonly ProjectionExpression?: string
  readonly Select?: string
  readonly Limit?: number
  readonly ExclusiveStartKey?: Item
}

const shapeOf = (table: Table, indexName: string | undefined): Effect.Effect<KeyShape, AwsRefusal> => {
  const shape = indexName === undefined ? table : table.indexes.find((index) => index.name === indexName)
  return shape === undefined
    ? Effect.fail(invalid(`The table does not have the specified index: ${indexName}`))
    : Effect.succeed(shape)
}

/** The items of a table that an index knows: those that have its keys. */
const itemsOf = (table: Table, shape: KeyShape): ReadonlyArray<Item> =>
  [...table.items.values()].filter((item) => keyNames(shape).every((name) => Object.hasOwn(item, name)))

/** One page: the filter decides what is shown, not how much is read. */
const page = Effect.fnUntraced(function* (
  table: Table,
  shape: KeyShape,
  items: ReadonlyArray<Item>,
  order: (a: Item, b: Item) => number,
  body: ReadRequest,
  placeholders: Placeholders,
): Effect.fn.Return<unknown, AwsRefusal> {
  const filter = yield* conditionOf("FilterExpression", body.FilterExpression, placeholders)
  const project = yield* projectionOf(body.ProjectionExpression, placeholders)
  const start = body.ExclusiveStartKey
  const names = new Set([...keyNames(table), ...keyNames(shape)])
  if (start !== undefined && [...names].some((name) => !Object.hasOwn(start, name))) {
    return yield* invalid("The provided starting key is invalid")
  }
  const sorted = [...items].sort(order).filter((item) => start === undefined || order(item, start) > 0)
  const read: Array<Item> = []
  let bytes = 0
  for (const item of sorted) {
    if (read.length >= (body.Limit ?? Number.POSITIVE_INFINITY) || bytes >= MAX_PAGE_BYTES) break
    read.push(item)
    bytes += JSON.stringify(item).length
  }
  const shown = read.filter((item) => filter === undefined || meets(filter, item))
  const last = read.at(-1)
  // A page that Limit ended says so even when nothing follows: DynamoDB does not look ahead.
  const ended = read.length < sorted.length || read.length === body.Limit
  return {
    ...(body.Select === "COUNT" ? {} : { Items: shown.map(project) }),
    Count: shown.length,
    ScannedCount: read.length,
    ...(ended && last !== undefined ? { LastEvaluatedKey: { ...keyOf(table, last), ...keyOf(shape, last) } } : {}),
  }
})

const decodeScan = bodyAs(
  Schema.Struct({
    ...readFields,
    Segment: Schema.optionalKey(Schema.Int),
    TotalSegments: Schema.optionalKey(Schema.Int),
  }),
)

/** Reads all items. Of a parallel scan the first segment has them all. */
export const scan: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodeScan(json)
  const table = yield* findTable(tables, call, "Scan", body.TableName)
  const shape = yield* shapeOf(table, body.IndexName)
  const items = (body.Segment ?? 0) === 0 ? itemsOf(table, shape) : []
  return yield* page(table, shape, items, readingOrder(table, shape), body, placeholdersOf(body))
})

const decodeQuery = bodyAs(
  Schema.Struct({
    ...readFields,
    KeyConditionExpression: Schema.String,
    ScanIndexForward: Schema.optionalKey(Schema.Boolean),
  }),
)

/** The conditions that ANDs join; `undefined`: there is an OR, a NOT or a comparison no key condition may have. */
const conjuncts = (condition: Condition): ReadonlyArray<Condition> | undefined => {
  switch (condition._tag) {
    case "and": {
      const left = conjuncts(condition.left)
      const right = conjuncts(condition.right)
      return left === undefined || right === undefined ? undefined : [...left, ...right]
    }
    case "compare":
      return condition.sign === "<>" ? undefined : [condition]
    case "between":
      return [condition]
    case "predicate":
      return condition.name === "BEGINS_WITH" ? [condition] : undefined
    default:
      return undefined
  }
}

/** The key attribute a key condition is about. */
const aboutKey = (condition: Condition): string | undefined => {
  if (condition._tag === "predicate") return condition.path[0]
  if (condition._tag === "between") return condition.operand._tag === "path" ? condition.operand.path[0] : undefined
  if (condition._tag !== "compare") return undefined
  return condition.left._tag === "path" && condition.right._tag === "value" ? condition.left.path[0] : undefined
}

const checkKeyCondition = (condition: Condition, shape: KeyShape): AwsRefusal | undefined => {
  const parts = conjuncts(condition)
  if (parts === undefined) return invalid("Invalid operator used in KeyConditionExpression")
  const hash = parts.filter((part) => aboutKey(part) === shape.hash.name)
  const range = parts.filter((part) => shape.range !== undefined && aboutKey(part) === shape.range.name)
  if (hash.length + range.length !== parts.length) return invalid("Query key condition not supported")
  if (hash.length === 0) return invalid(`Query condition missed key schema element: ${shape.hash.name}`)
  const equals = hash[0]?._tag === "compare" && hash[0].sign === "="
  return hash.length > 1 || range.length > 1 || !equals ? invalid("Query key condition not supported") : undefined
}

/** Reads the items of one partition, in the order of the sort key. */
export const query: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodeQuery(json)
  const table = yield* findTable(tables, call, "Query", body.TableName)
  const shape = yield* shapeOf(table, body.IndexName)
  const placeholders = placeholdersOf(body)
  const condition = yield* conditionOf("KeyConditionExpression", body.KeyConditionExpression, placeholders)
  const problem = condition === undefined ? undefined : checkKeyCondition(condition, shape)
  if (problem !== undefined) return yield* problem
  const items = itemsOf(table, shape).filter((item) => condition === undefined || meets(condition, item))
  const forward = readingOrder(table, shape)
  const order = body.ScanIndexForward === false ? (a: Item, b: Item) => -forward(a, b) : forward
  return yield* page(table, shape, items, order, body, placeholders)
})
