import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { crc32 } from "node:zlib"
import { makeSignedAws, type SignedAws } from "../../kit/SignedAws.ts"

const TableName = "orders"
const Key = { customer: { S: "ada" }, order: { S: "2026-001" } }
const fresh = { customer: { S: "new" }, order: { S: "1" }, total: { N: "1.50" } }

const get = (aws: SignedAws, key: object = Key) =>
  Effect.map(aws.dynamo("GetItem", { TableName, Key: key }), ({ json }) => json.Item)
const start = makeSignedAws({ seeded: true })
const typeOf = (answer: { readonly json: { readonly __type?: string } }) => answer.json.__type?.split("#")[1]

describe("one item", () => {
  it.effect("is put, read with a projection, and deleted", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const put = yield* aws.dynamo("PutItem", { TableName, Item: fresh })
      assert.deepStrictEqual<unknown>(put.json, {})
      assert.strictEqual(put.headers["x-amz-crc32"], String(crc32("{}")))
      const key = { customer: { S: "new" }, order: { S: "1" } }
      assert.deepStrictEqual<unknown>(yield* get(aws, key), { ...fresh, total: { N: "1.5" } })
      const part = yield* aws.dynamo("GetItem", {
        TableName,
        Key,
        ProjectionExpression: "#t, lines[1], nothing",
        ExpressionAttributeNames: { "#t": "total" },
      })
      assert.deepStrictEqual<unknown>(part.json, {
        Item: { total: { N: "129.9" }, lines: { L: [{ S: "light bulb" }] } },
      })
      const old = yield* aws.dynamo("DeleteItem", { TableName, Key: key, ReturnValues: "ALL_OLD" })
      assert.strictEqual(old.json.Attributes.total.N, "1.5")
      assert.isUndefined(yield* get(aws, key))
      assert.deepStrictEqual<unknown>((yield* aws.dynamo("DeleteItem", { TableName, Key: key })).json, {})
    }),
  )

  it.effect("is written only under its condition", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const onlyNew = {
        TableName,
        Item: { ...Key, total: { N: "0" } },
        ConditionExpression: "attribute_not_exists(customer)",
      }
      assert.strictEqual(typeOf(yield* aws.dynamo("PutItem", onlyNew)), "ConditionalCheckFailedException")
      const shipped = {
        TableName,
        Key,
        ConditionExpression: "#s = :open",
        ExpressionAttributeNames: { "#s": "status" },
        ExpressionAttributeValues: { ":open": { S: "open" } },
      }
      assert.strictEqual(typeOf(yield* aws.dynamo("DeleteItem", shipped)), "ConditionalCheckFailedException")
      assert.strictEqual((yield* get(aws)).total.N, "129.9")
      const there = { ...shipped, ConditionExpression: "attribute_exists(customer)" }
      assert.strictEqual((yield* aws.dynamo("DeleteItem", there)).status, 200)
      assert.strictEqual((yield* aws.dynamo("PutItem", onlyNew)).status, 200)
    }),
  )

  it.effect("is updated in place, or made by its update", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const update = (key: object, ReturnValues: string) =>
        aws.dynamo("UpdateItem", {
          TableName,
          Key: key,
          UpdateExpression: "SET seen = if_not_exists(seen, :zero) + :one REMOVE #s",
          ExpressionAttributeNames: { "#s": "status" },
          ExpressionAttributeValues: { ":zero": { N: "0" }, ":one": { N: "1" } },
          ReturnValues,
        })
      assert.deepStrictEqual<unknown>((yield* update(Key, "UPDATED_OLD")).json, {
        Attributes: { status: { S: "shipped" } },
      })
      assert.deepStrictEqual<unknown>((yield* update(Key, "UPDATED_NEW")).json, { Attributes: { seen: { N: "2" } } })
      const other = { customer: { S: "x" }, order: { S: "y" } }
      assert.deepStrictEqual<unknown>((yield* update(other, "ALL_OLD")).json, {})
      assert.deepStrictEqual<unknown>((yield* update(other, "ALL_NEW")).json, {
        Attributes: { ...other, seen: { N: "2" } },
      })
    }),
  )

  it.effect("keeps its key through an update", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const values = { ExpressionAttributeValues: { ":v": { S: "z" } } }
      const move = yield* aws.dynamo("UpdateItem", { TableName, Key, UpdateExpression: "SET customer = :v", ...values })
      assert.include(move.json.message, "Cannot update attribute customer")
      assert.strictEqual((yield* get(aws)).customer.S, "ada")
    }),
  )

  it.effect("needs the table's key, of its types, not empty and not too large", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const items: ReadonlyArray<readonly [object, string]> = [
        [{ customer: { S: "a" } }, "Missing the key order in the item"],
        [{ ...fresh, order: { N: "1" } }, "Type mismatch for key order expected: S actual: N"],
        [{ ...fresh, customer: { S: "" } }, "cannot contain an empty string value. Key: customer"],
        [{ ...fresh, status: { N: "1" } }, "Type mismatch for Index Key status"],
        [{ ...fresh, big: { S: "x".repeat(410_000) } }, "Item size has exceeded"],
      ]
      for (const [Item, message] of items) {
        const answer = yield* aws.dynamo("PutItem", { TableName, Item })
        assert.strictEqual(typeOf(answer), "ValidationException")
        assert.include(answer.json.message, message)
      }
      for (const key of [{ customer: { S: "a" } }, { ...Key, total: { N: "1" } }]) {
        const answer = yield* aws.dynamo("GetItem", { TableName, Key: key })
        assert.strictEqual(answer.json.message, "The provided key element does not match the schema")
      }
    }),
  )

  it.effect("of no table is not found, of no operation not known, of no JSON not read", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const none = yield* aws.dynamo("GetItem", { TableName: "none", Key })
      assert.strictEqual(typeOf(none), "ResourceNotFoundException")
      assert.strictEqual(typeOf(yield* aws.dynamo("Frobnicate", {})), "UnknownOperationException")
      assert.strictEqual(typeOf(yield* aws.dynamo("GetItem", "text")), "ValidationException")
    }),
  )
})
