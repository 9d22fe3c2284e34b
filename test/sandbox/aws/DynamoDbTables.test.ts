import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { makeSignedAws, rootKey } from "../../kit/SignedAws.ts"

const table = {
  TableName: "things",
  KeySchema: [
    { AttributeName: "id", KeyType: "HASH" },
    { AttributeName: "at", KeyType: "RANGE" },
  ],
  AttributeDefinitions: [
    { AttributeName: "id", AttributeType: "S" },
    { AttributeName: "at", AttributeType: "N" },
  ],
  BillingMode: "PAY_PER_REQUEST",
}

describe("tables", () => {
  it.effect("are made, described, and deleted", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      yield* TestClock.setTime(1_500)
      const made = yield* aws.dynamo("CreateTable", table)
      assert.strictEqual(made.json.TableDescription.TableStatus, "CREATING")
      const { Table } = (yield* aws.dynamo("DescribeTable", { TableName: "things" })).json
      assert.strictEqual(Table.TableStatus, "ACTIVE")
      assert.strictEqual(Table.TableArn, "arn:aws:dynamodb:us-east-1:123456789012:table/things")
      assert.strictEqual(Table.CreationDateTime, 1.5)
      assert.deepStrictEqual<unknown>(Table.KeySchema, table.KeySchema)
      assert.deepStrictEqual<unknown>(Table.AttributeDefinitions, table.AttributeDefinitions)
      assert.strictEqual(Table.BillingModeSummary.BillingMode, "PAY_PER_REQUEST")

      const byArn = yield* aws.dynamo("DescribeTable", { TableName: Table.TableArn })
      assert.strictEqual(byArn.json.Table.TableId, Table.TableId)
      yield* aws.dynamo("DeleteTable", { TableName: "things" })
      const gone = yield* aws.dynamo("DescribeTable", { TableName: "things" })
      assert.deepStrictEqual<unknown>(gone.json, {
        __type: "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        message: "Requested resource not found: Table: things not found",
      })
      assert.strictEqual(gone.status, 400)
    }),
  )

  it.effect("exist once per account and region", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      yield* aws.dynamo("CreateTable", table)
      const again = yield* aws.dynamo("CreateTable", table)
      assert.include(again.json.__type, "ResourceInUseException")
      assert.strictEqual((yield* aws.dynamo("CreateTable", table, rootKey, "eu-west-1")).status, 200)
      assert.deepStrictEqual<unknown>((yield* aws.dynamo("ListTables", {}, rootKey, "eu-west-2")).json, {
        TableNames: [],
      })
    }),
  )

  it.effect("are listed by name in pages", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      for (const TableName of ["t-c", "t-a", "t-b"]) yield* aws.dynamo("CreateTable", { ...table, TableName })
      const first = yield* aws.dynamo("ListTables", { Limit: 2 })
      assert.deepStrictEqual<unknown>(first.json, { TableNames: ["t-a", "t-b"], LastEvaluatedTableName: "t-b" })
      const second = yield* aws.dynamo("ListTables", { Limit: 2, ExclusiveStartTableName: "t-b" })
      assert.deepStrictEqual<unknown>(second.json, { TableNames: ["t-c"] })
    }),
  )

  it.effect("need a legal name, defined keys and a way to pay", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const bad = [
        { ...table, TableName: "x" },
        { ...table, AttributeDefinitions: [] },
        { ...table, KeySchema: [{ AttributeName: "id", KeyType: "RANGE" }] },
        { ...table, BillingMode: "PROVISIONED" },
        { TableName: "things" },
      ]
      for (const body of bad) {
        const answer = yield* aws.dynamo("CreateTable", body)
        assert.include(answer.json.__type, "ValidationException")
      }
      assert.deepStrictEqual<unknown>((yield* aws.dynamo("ListTables", {})).json.TableNames, [])
    }),
  )

  it.effect("show their indexes and throughput", () =>
    Effect.gen(function* () {
      const aws = yield* makeSignedAws()
      const index = { IndexName: "by-at", KeySchema: [{ AttributeName: "at", KeyType: "HASH" }] }
      yield* aws.dynamo("CreateTable", {
        ...table,
        BillingMode: "PROVISIONED",
        ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
        GlobalSecondaryIndexes: [{ ...index, Projection: { ProjectionType: "ALL" } }],
      })
      const { Table } = (yield* aws.dynamo("DescribeTable", { TableName: "things" })).json
      assert.strictEqual(Table.GlobalSecondaryIndexes[0]?.IndexName, "by-at")
      assert.deepStrictEqual<unknown>(Table.GlobalSecondaryIndexes[0]?.KeySchema, index.KeySchema)
      assert.strictEqual(Table.ProvisionedThroughput.WriteCapacityUnits, 4)
      assert.notProperty(Table, "BillingModeSummary")
    }),
  )
})
