/** CreateTable, DescribeTable, ListTables, DeleteTable. A table can be used as soon as it was created. */
import { Effect, Schema } from "effect"
import { randomUUID } from "node:crypto"
import { AwsRefusal, type AwsCall } from "./AwsCall.ts"
import { bodyAs, type DynamoDbAction, TableName } from "./DynamoDbRequest.ts"
import {
  findTable,
  type KeyAttribute,
  keyNames,
  type KeyShape,
  type Table,
  tableArn,
  tableKey,
} from "./DynamoDbState.ts"
import { invalid } from "./DynamoDbTokens.ts"

const KeySchema = Schema.NonEmptyArray(
  Schema.Struct({ AttributeName: Schema.String, KeyType: Schema.Literals(["HASH", "RANGE"]) }),
)
const Index = Schema.Struct({ IndexName: Schema.NonEmptyString, KeySchema })

const CreateTable = Schema.Struct({
  TableName: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_.-]{3,255}$/)),
  KeySchema,
  AttributeDefinitions: Schema.Array(
    Schema.Struct({ AttributeName: Schema.String, AttributeType: Schema.Literals(["S", "N", "B"]) }),
  ),
  BillingMode: Schema.optionalKey(Schema.Literals(["PROVISIONED", "PAY_PER_REQUEST"])),
  ProvisionedThroughput: Schema.optionalKey(
    Schema.Struct({ ReadCapacityUnits: Schema.Int, WriteCapacityUnits: Schema.Int }),
  ),
  GlobalSecondaryIndexes: Schema.optionalKey(Schema.Array(Index)),
  LocalSecondaryIndexes: Schema.optionalKey(Schema.Array(Index)),
})

const keySchemaJson = (shape: KeyShape) =>
  keyNames(shape).map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? "HASH" : "RANGE" }))

const indexesJson = (table: Table, local: boolean, arn: string) =>
  table.indexes
    .filter((index) => index.local === local)
    .map((index) => ({
      IndexName: index.name,
      KeySchema: keySchemaJson(index),
      Projection: { ProjectionType: "ALL" },
      ...(local ? {} : { IndexStatus: "ACTIVE" }),
      IndexArn: `${arn}/index/${index.name}`,
      ItemCount: [...table.items.values()].filter((item) => keyNames(index).every((name) => name in item)).length,
    }))

const attributesOf = (table: Table): ReadonlyArray<KeyAttribute> => {
  const all = [table, ...table.indexes].flatMap(({ hash, range }) => (range === undefined ? [hash] : [hash, range]))
  return [...new Map(all.map((attribute) => [attribute.name, attribute])).values()]
}

const describe = (call: AwsCall, table: Table, status: "CREATING" | "ACTIVE" | "DELETING") => {
  const arn = tableArn(call, table.name)
  const globals = indexesJson(table, false, arn)
  const locals = indexesJson(table, true, arn)
  return {
    TableName: table.name,
    TableArn: arn,
    TableId: table.id,
    TableStatus: status,
    CreationDateTime: table.createdAt / 1000,
    KeySchema: keySchemaJson(table),
    AttributeDefinitions: attributesOf(table).map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    ProvisionedThroughput: {
      NumberOfDecreasesToday: 0,
      ReadCapacityUnits: table.throughput?.read ?? 0,
      WriteCapacityUnits: table.throughput?.write ?? 0,
    },
    ...(table.throughput === undefined ? { BillingModeSummary: { BillingMode: "PAY_PER_REQUEST" } } : {}),
    ItemCount: table.items.size,
    TableSizeBytes: [...table.items.values()].reduce((sum, item) => sum + JSON.stringify(item).length, 0),
    DeletionProtectionEnabled: false,
    ...(globals.length === 0 ? {} : { GlobalSecondaryIndexes: globals }),
    ...(locals.length === 0 ? {} : { LocalSecondaryIndexes: locals }),
  }
}

/** The keys of a table or index out of the request; `undefined`: not a legal key schema. */
const shapeOf = (
  schema: typeof KeySchema.Type,
  definitions: (typeof CreateTable.Type)["AttributeDefinitions"],
): KeyShape | undefined => {
  const attribute = (type: "HASH" | "RANGE"): KeyAttribute | undefined => {
    const name = schema.find((key) => key.KeyType === type)?.AttributeName
    const defined = definitions.find((definition) => definition.AttributeName === name)
    return defined === undefined ? undefined : { name: defined.AttributeName, type: defined.AttributeType }
  }
  const hash = attribute("HASH")
  const range = attribute("RANGE")
  const expected = schema.length === 2 ? range !== undefined : schema.length === 1
  return hash === undefined || !expected ? undefined : { hash, range }
}

const decodeCreate = bodyAs(CreateTable)

/** Creates a table. */
export const createTable: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodeCreate(json)
  yield* call.allow("dynamodb:CreateTable", tableArn(call, body.TableName))
  const badSchema = invalid(
    "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions.",
  )
  const shape = shapeOf(body.KeySchema, body.AttributeDefinitions)
  if (shape === undefined) return yield* badSchema
  const asked = [
    ...(body.GlobalSecondaryIndexes ?? []).map((index) => ({ ...index, local: false })),
    ...(body.LocalSecondaryIndexes ?? []).map((index) => ({ ...index, local: true })),
  ]
  const indexes = asked.flatMap(({ IndexName, KeySchema, local }) => {
    const keys = shapeOf(KeySchema, body.AttributeDefinitions)
    return keys === undefined ? [] : [{ ...keys, name: IndexName, local }]
  })
  if (indexes.length !== asked.length) return yield* badSchema
  const throughput = body.ProvisionedThroughput
  if (body.BillingMode !== "PAY_PER_REQUEST" && throughput === undefined) {
    return yield* invalid(
      "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    )
  }
  const table: Table = {
    account: call.principal.account,
    region: call.region,
    name: body.TableName,
    id: randomUUID(),
    createdAt: call.now,
    ...shape,
    throughput:
      throughput === undefined
        ? undefined
        : { read: throughput.ReadCapacityUnits, write: throughput.WriteCapacityUnits },
    indexes,
    items: new Map(),
  }
  if (tables.has(tableKey(table))) {
    return yield* new AwsRefusal({
      status: 400,
      code: "ResourceInUseException",
      message: `Table already exists: ${table.name}`,
    })
  }
  tables.set(tableKey(table), table)
  return { TableDescription: describe(call, table, "CREATING") }
})

const decodeTable = bodyAs(Schema.Struct({ TableName }))
const notFound = (name: string): string => `Requested resource not found: Table: ${name} not found`

/** Describes a table. */
export const describeTable: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodeTable(json)
  const table = yield* findTable(tables, call, "DescribeTable", body.TableName, notFound)
  return { Table: describe(call, table, "ACTIVE") }
})

/** Deletes a table with its items, at once. */
export const deleteTable: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodeTable(json)
  const table = yield* findTable(tables, call, "DeleteTable", body.TableName, notFound)
  tables.delete(tableKey(table))
  return { TableDescription: describe(call, table, "DELETING") }
})

const decodeList = bodyAs(
  Schema.Struct({
    ExclusiveStartTableName: Schema.optionalKey(Schema.String),
    Limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }))),
  }),
)

/** Lists the tables of the caller's account in the region, in pages of 100 at most. */
export const listTables: DynamoDbAction = Effect.fnUntraced(function* (tables, call, json) {
  const body = yield* decodeList(json)
  yield* call.allow("dynamodb:ListTables", tableArn(call, "*"))
  const start = body.ExclusiveStartTableName
  const names = [...tables.values()]
    .filter((table) => table.account === call.principal.account && table.region === call.region)
    .map((table) => table.name)
    .filter((name) => start === undefined || name > start)
    .sort()
  const page = names.slice(0, body.Limit ?? 100)
  const last = page.at(-1)
  return { TableNames: page, ...(page.length < names.length ? { LastEvaluatedTableName: last } : {}) }
})
