import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { makeSignedAws } from "../../kit/SignedAws.ts"

const start = makeSignedAws({ seeded: true })
const key = (customer: string, order: string) => ({ customer: { S: customer }, order: { S: order } })

describe("batches", () => {
  it.effect("read items by key and leave out those that are not there", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const Keys = [key("ada", "2026-001"), key("nobody", "1"), key("linus", "2026-003")]
      const names = { ExpressionAttributeNames: { "#s": "status" } }
      const answer = yield* aws.dynamo("BatchGetItem", {
        RequestItems: { orders: { Keys, ProjectionExpression: "#s", ...names } },
      })
      assert.deepStrictEqual<unknown>(answer.json, {
        Responses: { orders: [{ status: { S: "shipped" } }, { status: { S: "returned" } }] },
        UnprocessedKeys: {},
      })
    }),
  )

  it.effect("write and delete, all or nothing when one is bad", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const put = { PutRequest: { Item: { ...key("new", "1"), total: { N: "1" } } } }
      const remove = { DeleteRequest: { Key: key("ada", "2026-001") } }
      const count = Effect.map(aws.dynamo("Scan", { TableName: "orders" }), ({ json }) => json.Count)
      const bad = { PutRequest: { Item: { customer: { S: "x" } } } }
      const refused = yield* aws.dynamo("BatchWriteItem", { RequestItems: { orders: [put, remove, bad] } })
      assert.include(refused.json.__type, "ValidationException")
      assert.strictEqual(yield* count, 8)
      const removeTwo = { DeleteRequest: { Key: key("ada", "2026-004") } }
      const done = yield* aws.dynamo("BatchWriteItem", { RequestItems: { orders: [put, remove, removeTwo] } })
      assert.deepStrictEqual<unknown>(done.json, { UnprocessedItems: {} })
      assert.strictEqual(yield* count, 7)
    }),
  )

  it.effect("are refused when they are too long, name a key twice or a table that is not there", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const puts = Array.from({ length: 26 }, (_, n) => ({ PutRequest: { Item: key("n", String(n)) } }))
      const keys = Array.from({ length: 101 }, (_, n) => key("n", String(n)))
      const twice = [key("ada", "2026-001"), key("ada", "2026-001")]
      const answers = [
        yield* aws.dynamo("BatchWriteItem", { RequestItems: { orders: puts } }),
        yield* aws.dynamo("BatchWriteItem", { RequestItems: { orders: [puts[0], puts[0]] } }),
        yield* aws.dynamo("BatchGetItem", { RequestItems: { orders: { Keys: keys } } }),
        yield* aws.dynamo("BatchGetItem", { RequestItems: { orders: { Keys: twice } } }),
        yield* aws.dynamo("BatchGetItem", { RequestItems: { none: { Keys: twice } } }),
      ]
      assert.deepStrictEqual<unknown>(
        answers.map(({ json }) => json.message),
        [
          "Too many items requested for the BatchWriteItem call",
          "Provided list of item keys contains duplicates",
          "Too many items requested for the BatchGetItem call",
          "Provided list of item keys contains duplicates",
          "Requested resource not found",
        ],
      )
    }),
  )
})
