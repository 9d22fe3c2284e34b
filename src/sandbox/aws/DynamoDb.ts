/** DynamoDB over its JSON 1.0 protocol: `X-Amz-Target: DynamoDB_20120810.GetItem` and a JSON body, JSON back. */
import { Effect, Result, Schema } from "effect"
import { AwsRefusal, type AwsService } from "./AwsCall.ts"
import { batchGetItem, batchWriteItem } from "./DynamoDbBatch.ts"
import { deleteItem, getItem, putItem, updateItem } from "./DynamoDbItems.ts"
import { query, scan } from "./DynamoDbReads.ts"
import type { DynamoDbAction } from "./DynamoDbRequest.ts"
import { type Table, tableKey } from "./DynamoDbState.ts"
import { createTable, deleteTable, describeTable, listTables } from "./DynamoDbTables.ts"
import { refusal } from "./Refusals.ts"

const actions: ReadonlyMap<string, DynamoDbAction> = new Map([
  ["CreateTable", createTable],
  ["DescribeTable", describeTable],
  ["DeleteTable", deleteTable],
  ["ListTables", listTables],
  ["PutItem", putItem],
  ["GetItem", getItem],
  ["UpdateItem", updateItem],
  ["DeleteItem", deleteItem],
  ["Query", query],
  ["Scan", scan],
  ["BatchGetItem", batchGetItem],
  ["BatchWriteItem", batchWriteItem],
])

const decodeJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

/** The service, with these tables to begin with. */
export const makeDynamoDb = (options: { readonly seed?: ReadonlyArray<Table> }): AwsService => {
  const tables = new Map((options.seed ?? []).map((table) => [tableKey(table), table]))
  return Effect.fnUntraced(function* (call) {
    const target = /^DynamoDB_20120810\.(\w+)$/.exec(call.request.headers["x-amz-target"] ?? "")
    const action = actions.get(target?.[1] ?? "")
    if (action === undefined) return yield* refusal("json", "unknownOperation")
    const body = decodeJson(Buffer.from(call.request.body).toString("utf8"))
    if (Result.isFailure(body)) {
      return yield* new AwsRefusal({
        status: 400,
        code: "SerializationException",
        message: "The request body is not JSON.",
      })
    }
    const answer = yield* action(tables, call, body.success)
    return {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.0" },
      body: JSON.stringify(answer),
    }
  })
}
