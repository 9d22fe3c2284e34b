/** BatchGetItem and BatchWriteItem. Nothing is ever left unprocessed here. */
import { Effect, Schema } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { itemUnder, putChecked } from "./DynamoDbItems.ts"
import { bodyAs, type DynamoDbAction, expressionFields, placeholdersOf, projectionOf } from "./DynamoDbRequest.ts"
import { checkItem, checkKey, findTable, itemKey } from "./DynamoDbState.ts"
import { invalid } from "./DynamoDbTokens.ts"
import { Item } from "./DynamoDbValue.ts"

const MAX_GETS = 100
const MAX_WRITES = 25

const decodeGet = bodyAs(
  Schema.Struct({
    RequestItems: Schema.Record(
      Schema.String,
      Schema.Struct({
        Keys: Schema.NonEmptyArray(Item),
        ProjectionExpression: Schema.optionalKey(Schema.String),
        ExpressionAttributeNames: expressionFields.ExpressionAttributeNames,
      }),
    ),
  }),
)

/** Reads up to 100 items by key; those that are not there are left out. */
export const batchGetItem: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const { RequestItems } = yield* decodeGet(json)
  const requests = Object.entries(RequestItems)
  if (requests.reduce((sum, [, { Keys }]) => sum + Keys.length, 0) > MAX_GETS) {
    return yield* invalid("Too many items requested for the BatchGetItem call")
  }
  const responses = yield* Effect.forEach(requests, ([name, wanted]) =>
    Effect.gen(function* () {
      const table = yield* findTable(tables, call, "BatchGetItem", name)
      const project = yield* projectionOf(wanted.ProjectionExpression, placeholdersOf(wanted))
      if (new Set(wanted.Keys.map((key) => itemKey(table, key))).size < wanted.Keys.length) {
        return yield* invalid("Provided list of item keys contains duplicates")
      }
      const items = yield* Effect.forEach(wanted.Keys, (key) => itemUnder(table, key))
      return [name, items.filter((item) => item !== undefined).map(project)] as const
    }),
  )
  return { Responses: Object.fromEntries(responses), UnprocessedKeys: {} }
})

const Write = Schema.Union([
  Schema.Struct({ PutRequest: Schema.Struct({ Item }) }),
  Schema.Struct({ DeleteRequest: Schema.Struct({ Key: Item }) }),
])

const decodeWrite = bodyAs(Schema.Struct({ RequestItems: Schema.Record(Schema.String, Schema.NonEmptyArray(Write)) }))

/** Writes up to 25 items. All are checked before the first is written. */
export const batchWriteItem: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const { RequestItems } = yield* decodeWrite(json)
  const requests = Object.entries(RequestItems)
  if (requests.reduce((sum, [, writes]) => sum + writes.length, 0) > MAX_WRITES) {
    return yield* invalid("Too many items requested for the BatchWriteItem call")
  }
  const writes: Array<Effect.Effect<void, AwsRefusal>> = []
  for (const [name, asked] of requests) {
    const table = yield* findTable(tables, call, "BatchWriteItem", name)
    const keys = new Set<string>()
    for (const write of asked) {
      const item = "PutRequest" in write ? write.PutRequest.Item : write.DeleteRequest.Key
      const problem = "PutRequest" in write ? checkItem(table, item) : checkKey(table, item)
      if (problem !== undefined) return yield* problem
      const key = itemKey(table, item)
      if (keys.has(key)) return yield* invalid("Provided list of item keys contains duplicates")
      keys.add(key)
      writes.push("PutRequest" in write ? putChecked(table, item) : Effect.sync(() => void table.items.delete(key)))
    }
  }
  yield* Effect.forEach(writes, (write) => write, { discard: true })
  return { UnprocessedItems: {} }
})
