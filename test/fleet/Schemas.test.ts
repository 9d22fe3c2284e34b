import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { beyond, canonical } from "../../src/fleet/Bounds.ts"
import { problemsBy } from "../../src/fleet/Connection.ts"
import { tame } from "../../src/fleet/Schemas.ts"

const check = (schema: unknown, value: unknown) => problemsBy(tame(schema).schema)(value)
const takes = (schema: unknown, value: unknown) => assert.deepStrictEqual(check(schema, value), [])
const refuses = (schema: unknown, value: unknown) => assert.isNotEmpty(check(schema, value))

const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more })

describe("a tamed schema", () => {
  it("still says what it said: types, names, bounds, choices, references within it", () => {
    const schema = object(
      {
        n: { $ref: "#/$defs/n" },
        s: { enum: ["a", "b"] },
        list: { type: "array", items: { $ref: "#/$defs/n" }, maxItems: 2 },
      },
      { $defs: { n: { type: "integer", minimum: 1 } }, required: ["n"], additionalProperties: false },
    )
    assert.isTrue(tame(schema).whole)
    takes(schema, { n: 1, s: "a", list: [1, 2] })
    for (const wrong of [
      {},
      { n: 0 },
      { n: 1.5 },
      { n: 1, s: "c" },
      { n: 1, x: 1 },
      { n: 1, list: [1, 2, 3] },
      { n: 1, list: ["x"] },
    ])
      refuses(schema, wrong)
    takes({ $ref: "#/$defs/a", $defs: { a: { type: "string" } } }, "x")
    refuses({ $ref: "#/$defs/a", minLength: 3, $defs: { a: { type: "string" } } }, "x")
    takes({ $ref: "#/$defs/a~1b~0c", $defs: { "a/b~c": { const: 1 } } }, 1)
  })

  it("never refuses more than the schema did: what is left out where less means more goes as a whole", () => {
    const evil = { pattern: "^(a+)+$" }
    const text = `${"a".repeat(50)}!`
    for (const schema of [
      evil,
      { not: evil },
      { not: { not: evil } },
      JSON.parse(`{ "if": ${JSON.stringify(evil)}, "then": false }`) as object,
      { oneOf: [evil, { type: "string" }] },
      { oneOf: [evil, { type: "string" }], anyOf: [{ type: "string" }] },
      { format: "ipv4" },
      { $ref: "https://example.com/other.json" },
      { $ref: "#/nowhere", type: "string" },
      { $dynamicRef: "#x" },
    ]) {
      assert.isFalse(tame(schema).whole, JSON.stringify(schema))
      takes(schema, text)
    }
    takes({ contains: { const: 1 }, minContains: 0 }, [])
    takes({ patternProperties: { "^x": { type: "integer" } }, additionalProperties: false }, { x1: 1 })
    takes({ uniqueItems: true }, [1, 1])
  })

  it("takes older dialects by their own meaning", () => {
    takes({ minimum: 0, exclusiveMinimum: true }, 0.5)
    takes({ properties: { x: { required: true, type: "any" } } }, {})
    takes({ items: [{ type: "string" }] }, [1])
    const beside = { $ref: "#/definitions/a", type: "string", definitions: { a: { type: "number" } } }
    refuses(beside, 1)
    takes({ ...beside, $schema: "http://json-schema.org/draft-07/schema#" }, 1)
    refuses({ type: ["string", "null"] }, 1)
    takes({ type: ["string", "null"] }, null)
  })

  it("has an end: loops, doublings and depths are cut, and what is left is checked", () => {
    const list = object({ next: { $ref: "#" }, n: { type: "integer" } })
    takes(list, { n: 1, next: { n: "not looked at" } })
    refuses(list, { n: "x" })
    takes({ $ref: "#" }, 1)
    takes({ $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }, 1)
    const doubling = {
      $defs: Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [
          `d${i}`,
          { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
        ]),
      ),
      $ref: "#/$defs/d0",
    }
    assert.isBelow(tame(doubling).nodes, 6000)
    takes(doubling, 1)
  })

  it("false is false, true is true, and anything else says nothing", () => {
    refuses(false, 1)
    for (const schema of [true, {}, null, 5, "x", []]) takes(schema, 1)
  })

  it.effect.prop(
    "whatever it was, taming ends, and so does checking with it",
    { schema: Schema.Json, value: Schema.Json },
    ({ schema, value }) =>
      Effect.sync(() => {
        const tamed = tame({ allOf: [schema], properties: { x: schema }, items: schema })
        assert.isAtMost(tamed.nodes, 6000)
        assert.notMatch(JSON.stringify(tamed.schema), /"\$ref":/)
        try {
          problemsBy(tamed.schema)(value)
        } catch {
          // a schema whose keywords have values of the wrong kind; the caller takes that for no check
        }
      }),
    { arbitrary: { runs: 500, size: 40 } },
  )
})

describe("bounds", () => {
  const limits = { depth: 5, nodes: 20, chars: 50 }

  it("measure depth, number and length, of any depth", () => {
    assert.isUndefined(beyond({ a: [1, "x", null], b: { c: true } }, limits))
    const deep: unknown = JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`)
    assert.strictEqual(beyond(deep, limits), "nested deeper than 5")
    assert.strictEqual(beyond(Array.from({ length: 30 }), limits), "more than 20 values")
    assert.strictEqual(beyond(["x".repeat(60)], limits), "more than 50 characters")
    assert.strictEqual(beyond({ ["k".repeat(60)]: 1 }, limits), "more than 50 characters")
  })

  it.effect.prop(
    "equal values have equal canonical texts, whatever the order of their members",
    { value: Schema.Record(Schema.String, Schema.Json) },
    ({ value }) =>
      Effect.sync(() => {
        const turned = Object.fromEntries(Object.entries(value).toReversed())
        assert.strictEqual(canonical(turned), canonical(value))
        assert.strictEqual(canonical(JSON.parse(canonical(value))), canonical(value))
      }),
  )
})
