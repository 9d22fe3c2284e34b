import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseCondition } from "../../../src/sandbox/aws/DynamoDbCondition.ts"

const placeholders = { names: {}, values: { ":a": { N: "1" }, ":b": { N: "2" } } }
const parse = (expression: string) => parseCondition("ConditionExpression", expression, placeholders)

describe("parseCondition", () => {
  it.effect("binds NOT before AND before OR, and parentheses before all", () =>
    Effect.gen(function* () {
      const plain = yield* parse("NOT x = :a AND y = :a OR z = :a")
      assert.deepStrictEqual(plain, yield* parse("((NOT x = :a) AND y = :a) OR z = :a"))
      assert.notDeepEqual(plain, yield* parse("NOT (x = :a AND y = :a OR z = :a)"))
      assert.deepStrictEqual(
        yield* parse("x between :a and :b and y = :a"),
        yield* parse("(x BETWEEN :a AND :b) AND (y = :a)"),
      )
    }),
  )

  it.effect("tells functions from attributes of the same name", () =>
    Effect.gen(function* () {
      const call = yield* parse("attribute_exists(size)")
      assert.strictEqual(call._tag, "predicate")
      assert.deepStrictEqual(yield* parse("size > :a"), {
        _tag: "compare",
        left: { _tag: "path", path: ["size"] },
        sign: ">",
        right: { _tag: "value", value: { N: "1" } },
      })
      assert.deepInclude(yield* parse("size(x) > :a"), { left: { _tag: "size", path: ["x"] } })
    }),
  )

  it.effect("refuses what is no condition", () =>
    Effect.gen(function* () {
      const bad = ["x", "x =", "= :a", "x = :a y", "x = :a AND", "(x = :a", "x IN ()", "f(x)", "begins_with(x)", "NOT"]
      for (const expression of [...bad, `${"(".repeat(200)}x = :a${")".repeat(200)}`]) {
        assert.strictEqual((yield* Effect.flip(parse(expression))).code, "ValidationException", expression)
      }
    }),
  )
})
