import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { expectEnd, readPath, readValue, tokenize, valueAt } from "../../../src/sandbox/aws/DynamoDbTokens.ts"

const placeholders = { names: { "#n": "a name.with dots" }, values: { ":v": { S: "x" } } }
const words = (expression: string) => tokenize("UpdateExpression", expression, placeholders)

describe("tokenize", () => {
  it.effect("splits names, placeholders and signs, with or without blanks between", () =>
    Effect.gen(function* () {
      const tokens = yield* words("SET a.b[0]=:v,#n = c - :v")
      assert.deepStrictEqual(
        [...tokens.words],
        ["SET", "a", ".", "b", "[", "0", "]", "=", ":v", ",", "#n", "=", "c", "-", ":v"],
      )
      assert.deepStrictEqual([...(yield* words("a<>:v AND b<=:v")).words], ["a", "<>", ":v", "AND", "b", "<=", ":v"])
    }),
  )

  it.effect("refuses an empty expression and a sign that is none", () =>
    Effect.gen(function* () {
      assert.include((yield* Effect.flip(words("  "))).message, "The expression can not be empty")
      const bad = yield* Effect.flip(words("a = %"))
      assert.strictEqual(bad.code, "ValidationException")
      assert.strictEqual(bad.message, `Invalid UpdateExpression: Syntax error; token: "%"`)
    }),
  )
})

describe("paths and values", () => {
  it.effect("a path may go through names, placeholders and list places", () =>
    Effect.gen(function* () {
      const tokens = yield* words("a.#n[2].b")
      const path = yield* readPath(tokens)
      yield* expectEnd(tokens)
      assert.deepStrictEqual([...path], ["a", "a name.with dots", 2, "b"])
      const item = { a: { M: { "a name.with dots": { L: [{ S: "" }, { S: "" }, { M: { b: { N: "1" } } }] } } } }
      assert.deepStrictEqual(valueAt(item, path), { N: "1" })
      assert.isUndefined(valueAt({ a: { S: "text" } }, path))
      assert.isUndefined(valueAt({}, ["constructor"]))
    }),
  )

  it.effect("a placeholder nobody defined is refused by its name", () =>
    Effect.gen(function* () {
      const name = yield* Effect.flip(Effect.flatMap(words("#gone"), readPath))
      assert.include(name.message, "attribute name: #gone")
      const value = yield* Effect.flip(Effect.flatMap(words(":gone"), readValue))
      assert.include(value.message, "attribute value: :gone")
    }),
  )
})
