import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseCondition } from "../../../src/sandbox/aws/DynamoDbCondition.ts"
import { meets } from "../../../src/sandbox/aws/DynamoDbEvaluate.ts"

const item = {
  n: { N: "10" },
  s: { S: "hello" },
  b: { B: "AQID" },
  tags: { SS: ["red", "blue"] },
  numbers: { NS: ["1", "2.0"] },
  list: { L: [{ S: "x" }, { N: "7" }] },
  map: { M: { inner: { BOOL: true } } },
}
const values = {
  ":1": { N: "1" },
  ":2": { N: "2" },
  ":10": { N: "10.0" },
  ":7": { N: "7" },
  ":hel": { S: "hel" },
  ":hello": { S: "hello" },
  ":red": { S: "red" },
  ":S": { S: "S" },
  ":t": { BOOL: true },
  ":5": { N: "5" },
  ":aq": { B: "AQI=" },
}

const yes = [
  "n = :10",
  "n <> :1",
  "n > :5 AND n >= :10 AND n <= :10 AND NOT n < :10",
  "n BETWEEN :5 AND :10",
  "n IN (:1, :10)",
  "s > :hel",
  "begins_with(s, :hel)",
  "begins_with(b, :aq)",
  "contains(s, :hel)",
  "contains(tags, :red)",
  "contains(numbers, :2)",
  "contains(list, :7)",
  "attribute_exists(map.inner)",
  "attribute_not_exists(map.other)",
  "attribute_type(s, :S)",
  "size(s) = :5",
  "size(tags) = :2",
  "map.inner = :t",
  "missing <> :1",
  "NOT missing = :1",
]

const no = [
  "n = :hello",
  "s < :1",
  "missing = :1",
  "missing < :1",
  "begins_with(n, :hel)",
  "contains(missing, :red)",
  "attribute_exists(list[5])",
  "size(n) = :2",
  "n BETWEEN :1 AND :5",
  "n IN (:1, :5)",
  "tags > :red",
]

describe("meets", () => {
  for (const [expected, expressions] of [
    [true, yes],
    [false, no],
  ] as const) {
    for (const expression of expressions) {
      it.effect(`${expression} is ${expected}`, () =>
        Effect.gen(function* () {
          const condition = yield* parseCondition("FilterExpression", expression, { names: {}, values })
          assert.strictEqual(meets(condition, item), expected)
        }),
      )
    }
  }
})
