/** Operations on one item: PutItem, GetItem, UpdateItem, DeleteItem. */
import { Effect, Schema } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import {
  bodyAs,
  conditionOf,
  type DynamoDbAction,
  expressionFields,
  placeholdersOf,
  projectionOf,
  requireCondition,
  TableName,
} from "./DynamoDbRequest.ts"
import { checkItem, checkKey, findTable, itemKey, keyNames, type Table } from "./DynamoDbState.ts"
import { invalid } from "./DynamoDbTokens.ts"
import { applyUpdate } from "./DynamoDbUpdate.ts"
import { Item, normaliseItem, sameValue } from "./DynamoDbValue.ts"

/** The most an item may hold: 400 KiB. */
const MAX_ITEM_BYTES = 400 * 1024

const conditional = { ...expressionFields, ConditionExpression: Schema.optionalKey(Schema.String) }

const orRefuse = (problem: AwsRefusal | undefined): Effect.Effect<void, AwsRefusal> =>
  problem === undefined ? Effect.void : Effect.fail(problem)

/** Puts an item that was found good, in the form DynamoDB gives it back. */
export const putChecked = (table: Table, item: Item): Effect.Effect<void, AwsRefusal> => {
  const problem =
    checkItem(table, item) ??
    (JSON.stringify(item).length > MAX_ITEM_BYTES
      ? invalid("Item size has exceeded the maximum allowed size")
      : undefined)
  return Effect.map(orRefuse(problem), () => {
    const kept = normaliseItem(item)
    table.items.set(itemKey(table, kept), kept)
  })
}

/** The item under a key that was found good, if there is one. */
export const itemUnder = (table: Table, key: Item): Effect.Effect<Item | undefined, AwsRefusal> =>
  Effect.map(orRefuse(checkKey(table, key)), () => table.items.get(itemKey(table, key)))

const decodePut = bodyAs(
  Schema.Struct({
    TableName,
    Item,
    ...conditional,
    ReturnValues: Schema.optionalKey(Schema.Literals(["NONE", "ALL_OLD"])),
  }),
)

/** Puts an item in place of the one under its key. */
export const putItem: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodePut(json)
  const table = yield* findTable(tables, call, "PutItem", body.TableName)
  const condition = yield* conditionOf("ConditionExpression", body.ConditionExpression, placeholdersOf(body))
  yield* orRefuse(checkItem(table, body.Item))
  const held = table.items.get(itemKey(table, body.Item))
  yield* requireCondition(condition, held)
  yield* putChecked(table, body.Item)
  return body.ReturnValues === "ALL_OLD" && held !== undefined ? { Attributes: held } : {}
})

const decodeGet = bodyAs(
  Schema.Struct({
    TableName,
    Key: Item,
    ProjectionExpression: Schema.optionalKey(Schema.String),
    ...expressionFields,
  }),
)

/** Reads an item. */
export const getItem: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodeGet(json)
  const table = yield* findTable(tables, call, "GetItem", body.TableName)
  const project = yield* projectionOf(body.ProjectionExpression, placeholdersOf(body))
  const item = yield* itemUnder(table, body.Key)
  return item === undefined ? {} : { Item: project(item) }
})

const decodeDelete = bodyAs(
  Schema.Struct({
    TableName,
    Key: Item,
    ...conditional,
    ReturnValues: Schema.optionalKey(Schema.Literals(["NONE", "ALL_OLD"])),
  }),
)

/** Deletes an item; that there was none is no error. */
export const deleteItem: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodeDelete(json)
  const table = yield* findTable(tables, call, "DeleteItem", body.TableName)
  const condition = yield* conditionOf("ConditionExpression", body.ConditionExpression, placeholdersOf(body))
  const held = yield* itemUnder(table, body.Key)
  yield* requireCondition(condition, held)
  table.items.delete(itemKey(table, body.Key))
  return body.ReturnValues === "ALL_OLD" && held !== undefined ? { Attributes: held } : {}
})

const decodeUpdate = bodyAs(
  Schema.Struct({
    TableName,
    Key: Item,
    UpdateExpression: Schema.optionalKey(Schema.String),
    ...conditional,
    ReturnValues: Schema.optionalKey(Schema.Literals(["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"])),
  }),
)

const only = (item: Item, names: ReadonlySet<string>): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)))

/** Changes an item, or makes it from its key when there is none. */
export const updateItem: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodeUpdate(json)
  const table = yield* findTable(tables, call, "UpdateItem", body.TableName)
  const placeholders = placeholdersOf(body)
  const condition = yield* conditionOf("ConditionExpression", body.ConditionExpression, placeholders)
  const held = yield* itemUnder(table, body.Key)
  yield* requireCondition(condition, held)
  const before = held ?? body.Key
  const { item, touched } =
    body.UpdateExpression === undefined
      ? { item: before, touched: new Set<string>() }
      : yield* applyUpdate(body.UpdateExpression, placeholders, before)
  const movedKey = keyNames(table).find((name) => {
    const [was, is] = [before[name], item[name]]
    return was === undefined || is === undefined || !sameValue(was, is)
  })
  if (movedKey !== undefined) {
    return yield* invalid(
      `One or more parameter values were invalid: Cannot update attribute ${movedKey}. This attribute is part of the key`,
    )
  }
  yield* putChecked(table, item)
  const after = table.items.get(itemKey(table, item)) ?? item
  switch (body.ReturnValues ?? "NONE") {
    case "NONE":
      return {}
    case "ALL_OLD":
      return held === undefined ? {} : { Attributes: held }
    case "UPDATED_OLD":
      return held === undefined ? {} : { Attributes: only(held, touched) }
    case "ALL_NEW":
      return { Attributes: after }
    case "UPDATED_NEW":
      return { Attributes: only(after, touched) }
  }
})
