import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { bodyAs, conditionOf, projectionOf, requireCondition } from "../../../src/sandbox/aws/DynamoDbRequest.ts"

const item = {
  id: { S: "1" },
  map: { M: { a: { S: "x" }, b: { M: { c: { N: "1" }, d: { N: "2" } } } } },
  list: { L: [{ S: "p" }, { S: "q" }] },
}
const none = { names: {}, values: {} }

describe("projections", () => {
  it.effect("give what was asked for, in its place", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [string | undefined, object]> = [
        [undefined, item],
        ["id", { id: item.id }],
        ["id, map", { id: item.id, map: item.map }],
        ["map.b.c, map.a", { map: { M: { a: { S: "x" }, b: { M: { c: { N: "1" } } } } } }],
        ["list[1], gone, map.gone", { list: { L: [{ S: "q" }] } }],
        ["constructor", {}],
      ]
      for (const [expression, expected] of cases) {
        const project = yield* projectionOf(expression, none)
        assert.deepStrictEqual(project(item), expected, expression)
      }
    }),
  )

  it.effect("are refused when they are none", () =>
    Effect.gen(function* () {
      for (const expression of ["", "a b", "a,", "a = b"]) {
        const refused = yield* Effect.flip(projectionOf(expression, none))
        assert.match(refused.message, /^Invalid ProjectionExpression/)
      }
    }),
  )
})

describe("requests", () => {
  it.effect("a body of another shape is a ValidationException that names the member", () =>
    Effect.gen(function* () {
      const decode = bodyAs(Schema.Struct({ TableName: Schema.String }))
      assert.deepStrictEqual(yield* decode({ TableName: "t", Unknown: 1 }), { TableName: "t" })
      const refused = yield* Effect.flip(decode({ TableName: 1 }))
      assert.strictEqual(refused.code, "ValidationException")
      assert.include(refused.message, "TableName")
    }),
  )

  it.effect("a condition is asked of the item there, and of nothing where there is none", () =>
    Effect.gen(function* () {
      const condition = yield* conditionOf("ConditionExpression", "attribute_not_exists(id)", none)
      yield* requireCondition(condition, undefined)
      const refused = yield* Effect.flip(requireCondition(condition, item))
      assert.strictEqual(refused.code, "ConditionalCheckFailedException")
      yield* requireCondition(undefined, item)
    }),
  )
})
