import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type DynamoReply, makeSignedAws, type SignedAws } from "../../kit/SignedAws.ts"

interface DynamoAnswer {
  readonly json: DynamoReply
}

const TableName = "numbers"

/** Two partitions; one has the sort keys 1 to 9. */
const start = Effect.gen(function* () {
  const aws = yield* makeSignedAws()
  yield* aws.dynamo("CreateTable", {
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [
      { AttributeName: "p", KeyType: "HASH" },
      { AttributeName: "n", KeyType: "RANGE" },
    ],
    AttributeDefinitions: [
      { AttributeName: "p", AttributeType: "S" },
      { AttributeName: "n", AttributeType: "N" },
      { AttributeName: "kind", AttributeType: "S" },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: "by-kind",
        KeySchema: [{ AttributeName: "kind", KeyType: "HASH" }],
        Projection: { ProjectionType: "ALL" },
      },
    ],
  })
  for (const n of ["9", "10", "2", "1", "3"]) {
    const kind = Number(n) % 2 === 0 ? { kind: { S: "even" } } : {}
    yield* aws.dynamo("PutItem", { TableName, Item: { p: { S: "a" }, n: { N: n }, ...kind } })
  }
  yield* aws.dynamo("PutItem", { TableName, Item: { p: { S: "b" }, n: { N: "2" }, kind: { S: "even" } } })
  return aws
})

const query = (aws: SignedAws, KeyConditionExpression: string, more: object = {}) =>
  aws.dynamo("Query", {
    TableName,
    KeyConditionExpression,
    ExpressionAttributeValues: { ":p": { S: "a" }, ":lo": { N: "2" }, ":hi": { N: "9" } },
    ...more,
  })

const numbers = (answer: {
  readonly json: { readonly Items: ReadonlyArray<{ readonly n: { readonly N: string } }> }
}) => answer.json.Items.map((item) => Number(item.n.N))

describe("Query", () => {
  it.effect("gives a partition in the order of its sort key, either way", () =>
    Effect.gen(function* () {
      const aws = yield* start
      assert.deepStrictEqual<unknown>(numbers(yield* query(aws, "p = :p")), [1, 2, 3, 9, 10])
      const back = yield* query(aws, "p = :p", { ScanIndexForward: false })
      assert.deepStrictEqual<unknown>(numbers(back), [10, 9, 3, 2, 1])
    }),
  )

  it.effect("takes every comparison of the sort key", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const found: ReadonlyArray<readonly [string, ReadonlyArray<number>]> = [
        ["p = :p AND n = :lo", [2]],
        ["p = :p AND n < :hi", [1, 2, 3]],
        ["p = :p AND n <= :hi", [1, 2, 3, 9]],
        ["n > :lo and p = :p", [3, 9, 10]],
        ["p = :p AND n >= :lo", [2, 3, 9, 10]],
        ["p = :p AND n BETWEEN :lo AND :hi", [2, 3, 9]],
      ]
      for (const [condition, expected] of found) {
        assert.deepStrictEqual<unknown>(numbers(yield* query(aws, condition)), expected, condition)
      }
    }),
  )

  it.effect("goes on where a page ended, also when that item was deleted since", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const first = yield* query(aws, "p = :p", { Limit: 2 })
      assert.deepStrictEqual<unknown>(numbers(first), [1, 2])
      const { LastEvaluatedKey } = first.json
      assert.deepStrictEqual<unknown>(LastEvaluatedKey, { p: { S: "a" }, n: { N: "2" } })
      yield* aws.dynamo("DeleteItem", { TableName, Key: LastEvaluatedKey })
      const rest = yield* query(aws, "p = :p", { ExclusiveStartKey: LastEvaluatedKey })
      assert.deepStrictEqual<unknown>(numbers(rest), [3, 9, 10])
      assert.notProperty(rest.json, "LastEvaluatedKey")
      const back = yield* query(aws, "p = :p", { ExclusiveStartKey: LastEvaluatedKey, ScanIndexForward: false })
      assert.deepStrictEqual<unknown>(numbers(back), [1])
    }),
  )

  it.effect("filters after it has read, and counts both", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const answer = yield* query(aws, "p = :p", { FilterExpression: "attribute_exists(kind)", Limit: 4 })
      assert.deepStrictEqual<unknown>(numbers(answer), [2])
      assert.deepInclude(answer.json, { Count: 1, ScannedCount: 4, LastEvaluatedKey: { p: { S: "a" }, n: { N: "9" } } })
      const count = yield* query(aws, "p = :p", { Select: "COUNT" })
      assert.deepStrictEqual<unknown>(count.json, { Count: 5, ScannedCount: 5 })
    }),
  )

  it.effect("reads an index over all partitions, page by page", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const seen: Array<string> = []
      let ExclusiveStartKey: object | undefined
      do {
        const page: DynamoAnswer = yield* query(aws, "kind = :k", {
          IndexName: "by-kind",
          ExpressionAttributeValues: { ":k": { S: "even" } },
          Limit: 1,
          ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
        })
        seen.push(...page.json.Items.map((item) => `${item.p.S}${item.n.N}`))
        ExclusiveStartKey = page.json.LastEvaluatedKey
      } while (ExclusiveStartKey !== undefined && seen.length < 10)
      assert.deepStrictEqual<unknown>([...seen].sort(), ["a10", "a2", "b2"])
    }),
  )

  it.effect("refuses conditions that are not about the key", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const bad = [
        "n = :lo",
        "p = :p AND kind = :p",
        "p = :p OR n = :lo",
        "NOT p = :p",
        "p > :p",
        "p = :p AND n <> :lo",
      ]
      for (const condition of [...bad, "p = :p AND p = :p", "contains(p, :p)"]) {
        assert.include((yield* query(aws, condition)).json.__type, "ValidationException", condition)
      }
      const index = yield* query(aws, "p = :p", { IndexName: "none" })
      assert.include(index.json.message, "does not have the specified index: none")
      const startKey = yield* query(aws, "p = :p", { ExclusiveStartKey: { p: { S: "a" } } })
      assert.include(startKey.json.message, "starting key is invalid")
    }),
  )
})

describe("Scan", () => {
  it.effect("gives every item once, in pages of any size, each partition in order", () =>
    Effect.gen(function* () {
      const aws = yield* start
      for (const Limit of [1, 2, 3, 6, 7]) {
        const seen: Array<string> = []
        let ExclusiveStartKey: object | undefined
        do {
          const start: object = ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }
          const page: DynamoAnswer = yield* aws.dynamo("Scan", { TableName, Limit, ...start })
          assert.isAtMost(page.json.Count, Limit)
          seen.push(...page.json.Items.map((item) => `${item.p.S}${item.n.N}`))
          ExclusiveStartKey = page.json.LastEvaluatedKey
        } while (ExclusiveStartKey !== undefined && seen.length < 20)
        assert.deepStrictEqual<unknown>(
          seen.filter((name) => name.startsWith("a")),
          ["a1", "a2", "a3", "a9", "a10"],
        )
        assert.lengthOf(seen, 6)
      }
    }),
  )

  it.effect("ends a page at a mebibyte", () =>
    Effect.gen(function* () {
      const aws = yield* start
      for (const n of ["100", "101", "102", "103"]) {
        yield* aws.dynamo("PutItem", {
          TableName,
          Item: { p: { S: "c" }, n: { N: n }, blob: { S: "x".repeat(380_000) } },
        })
      }
      const page = yield* aws.dynamo("Scan", {
        TableName,
        FilterExpression: "p = :c",
        ExpressionAttributeValues: { ":c": { S: "c" } },
      })
      assert.strictEqual(page.json.Count, 3)
      assert.property(page.json, "LastEvaluatedKey")
    }),
  )

  it.effect("in segments gives every item once", () =>
    Effect.gen(function* () {
      const aws = yield* start
      const counts = yield* Effect.forEach([0, 1, 2], (Segment) =>
        Effect.map(aws.dynamo("Scan", { TableName, Segment, TotalSegments: 3 }), ({ json }) => json.Count),
      )
      assert.strictEqual(
        counts.reduce((sum, count) => sum + count, 0),
        6,
      )
    }),
  )
})
