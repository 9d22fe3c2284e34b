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
    versions: { type: "array", items: { type: "number" } },
    filters: { type: "array", items: { type: "object" } },
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

  it("that are lists take each part as the items want it", () => {
    for (const [typed, versions] of [
      ["1", [1]],
      ["1,2", [1, 2]],
      ["[1,2]", [1, 2]],
      ["", []],
    ] as const)
      assert.deepStrictEqual(good(`versions=${typed}`), { versions }, typed)
    assert.deepStrictEqual(good("ids=1,2", "filters="), { ids: ["1", "2"], filters: [] })
    assert.strictEqual(bad("versions=1,latest"), "versions.1: expected a number")
    assert.strictEqual(bad("filters=a,b"), "filters: expected a list as JSON")
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

  it("are refused with everything that is wrong, and never with a value: it may be a secret", () => {
    const words = ["limit=S1", "force=S2", "ids=[S3", "tags=S4", "bucket=S5", "bucket=S6", "key=k", "S7", "versions=S8"]
    const told = bad(...words)
    for (const part of [
      /limit: expected a number/,
      /force: expected true or false/,
      /ids: expected a list as JSON/,
      /tags: expected an object as JSON/,
      /bucket is given twice/,
      /word 8 after the tool is no argument/,
      /versions\.0: expected a number/,
    ])
      assert.match(told, part)
    assert.notMatch(told, /S\d/)
    assert.notMatch(bad('{"key": S1'), /S1/)
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
