import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { readArguments } from "../../../src/cli/shell/Arguments.ts"
import type { ObjectSchema } from "../../../src/tools/ToolSchema.ts"

const schema: ObjectSchema = {
  type: "object",
  properties: {
    bucket: { type: "string" },
    key: { type: "string" },
    limit: { type: "number" },
    force: { type: "boolean" },
    ids: { type: "array" },
    tags: { type: "object" },
    anything: {},
  },
  required: ["bucket", "key"],
}

const read = (...words: ReadonlyArray<string>) => readArguments(schema, words)
const good = (...words: ReadonlyArray<string>) => Result.getOrThrow(read(...words))
const bad = (...words: ReadonlyArray<string>) => Result.getOrThrow(Result.flip(read(...words))).join("; ")

describe("typed arguments", () => {
  it("take the type that the tool wants", () => {
    assert.deepStrictEqual(
      good("bucket=5", "key=a=b", "limit=3", "force=true", "ids=a,b", 'tags={"a":1}', "anything=[1]"),
      { bucket: "5", key: "a=b", limit: 3, force: true, ids: ["a", "b"], tags: { a: 1 }, anything: [1] },
    )
    assert.deepStrictEqual(good("ids=", 'anything=no "json"'), { ids: [], anything: 'no "json"' })
    assert.deepStrictEqual(good('ids=["a,b"]'), { ids: ["a,b"] })
  })

  it("fill the required ones in their order, and a switch needs no value", () => {
    assert.deepStrictEqual(good("logs", "a/b.txt", "force"), { bucket: "logs", key: "a/b.txt", force: true })
    assert.deepStrictEqual(good("key=k", "logs"), { key: "k", bucket: "logs" })
    // Whatever has the form of name=value has that name.
    assert.deepStrictEqual(good("logs", "year=2026/x.txt"), { bucket: "logs", year: "2026/x.txt" })
  })

  it("of a tool that needs none: one without a name is the first", () => {
    const loose: ObjectSchema = {
      type: "object",
      properties: { prefix: { type: "string" }, limit: { type: "number" } },
    }
    assert.deepStrictEqual(Result.getOrThrow(readArguments(loose, ["acme", "limit=1"])), { prefix: "acme", limit: 1 })
    assert.isTrue(Result.isFailure(readArguments(loose, ["acme", "1"])))
    assert.isTrue(Result.isFailure(readArguments({ type: "object" }, ["acme"])))
  })

  it("may be one JSON object, which is left as it is", () => {
    assert.deepStrictEqual(good('{"bucket": 5, "x": null}'), { bucket: 5, x: null })
    assert.match(bad('{"bucket"'), /not JSON/)
  })

  it("are refused with everything that is wrong, and never with a long value", () => {
    const told = bad("limit=many", "force=maybe", "ids=[1", "tags=x", "bucket=a", "bucket=b", "key=k", "more")
    for (const part of [
      /limit: expected a number, got "many"/,
      /force: expected true or false/,
      /ids: expected a list as JSON/,
      /tags: expected an object as JSON/,
      /bucket is given twice/,
      /"more" is no argument/,
    ])
      assert.match(told, part)
    assert.isBelow(bad(`limit=${"x".repeat(5000)}`).length, 200)
  })

  it("that are unknown are left to the tool, which knows all that is wrong", () => {
    assert.deepStrictEqual(good("a", "b", "buket=x", "zzz=1"), { bucket: "a", key: "b", buket: "x", zzz: 1 })
  })

  it.effect.prop(
    "of any text are data or a refusal, never a fault",
    { words: Schema.Array(Schema.String) },
    ({ words }) => Effect.sync(() => void readArguments(schema, words)),
    { arbitrary: { runs: 1000, size: 100 } },
  )
})
