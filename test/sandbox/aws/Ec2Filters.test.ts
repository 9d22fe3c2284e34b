import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { filtered, matchesPattern } from "../../../src/sandbox/aws/Ec2Filters.ts"

interface Pet {
  readonly name: string
  readonly toys: ReadonlyArray<string>
  readonly tags: ReadonlyMap<string, string>
}

const pets: ReadonlyArray<Pet> = [
  { name: "rex", toys: ["ball", "bone"], tags: new Map([["env", "home"]]) },
  {
    name: "tom",
    toys: [],
    tags: new Map([
      ["env", "street"],
      ["Owner", "no one"],
    ]),
  },
]

const facts = { name: (pet: Pet) => [pet.name], toy: (pet: Pet) => pet.toys }

const names = (fields: Readonly<Record<string, string>>) =>
  Effect.map(
    filtered(new Map(Object.entries(fields)), pets, facts, (pet) => pet.tags),
    (found) => found.map(({ name }) => name),
  )

describe("Ec2Filters", () => {
  it.effect("takes the values of a filter as alternatives and several filters together", () =>
    Effect.gen(function* () {
      const both = { "Filter.1.Name": "name", "Filter.1.Value.1": "rex", "Filter.1.Value.2": "tom" }
      assert.deepStrictEqual(yield* names({}), ["rex", "tom"])
      assert.deepStrictEqual(yield* names(both), ["rex", "tom"])
      assert.deepStrictEqual(yield* names({ ...both, "Filter.2.Name": "toy", "Filter.2.Value.1": "b*" }), ["rex"])
      assert.deepStrictEqual(yield* names({ "Filter.1.Name": "toy", "Filter.1.Value.1": "bone" }), ["rex"])
    }),
  )

  it.effect("knows tags by key, by value, and by both", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* names({ "Filter.1.Name": "tag:env", "Filter.1.Value.1": "street" }), ["tom"])
      assert.deepStrictEqual(yield* names({ "Filter.1.Name": "tag-key", "Filter.1.Value.1": "Owner" }), ["tom"])
      assert.deepStrictEqual(yield* names({ "Filter.1.Name": "tag-value", "Filter.1.Value.1": "home" }), ["rex"])
      assert.deepStrictEqual(yield* names({ "Filter.1.Name": "tag:Env", "Filter.1.Value.1": "home" }), [])
    }),
  )

  it.effect("refuses a filter that it does not know, also over nothing, and one without name or values", () =>
    Effect.gen(function* () {
      for (const fields of [
        { "Filter.1.Name": "colour", "Filter.1.Value.1": "red" },
        { "Filter.1.Name": "name" },
        { "Filter.1.Value.1": "rex" },
      ])
        assert.strictEqual((yield* Effect.flip(names(fields))).code, "InvalidParameterValue")
      const form = new Map([
        ["Filter.1.Name", "toString"],
        ["Filter.1.Value.1", "x"],
      ])
      assert.strictEqual((yield* Effect.flip(filtered(form, [], facts))).code, "InvalidParameterValue")
    }),
  )

  it("reads wildcards, and takes an escaped one literally", () => {
    for (const [pattern, value, expected] of [
      ["web-*", "web-12", true],
      ["web-?", "web-12", false],
      ["*", "", true],
      ["a.c", "abc", false],
      ["(a+)*", "(a+)x", true],
      ["\\*x", "*x", true],
      ["\\*x", "yx", false],
      ["Web", "web", false],
    ] as const)
      assert.strictEqual(matchesPattern(pattern, value), expected, `${pattern} ${value}`)
  })

  it.effect.prop(
    "any text matches itself once its wildcards are escaped, and anything matches behind a star",
    { text: Schema.String, before: Schema.String },
    ({ text, before }) =>
      Effect.sync(() => {
        const escaped = text.replace(/[\\*?]/g, "\\$&")
        assert.isTrue(matchesPattern(escaped, text))
        assert.isTrue(matchesPattern(`*${escaped}`, before + text))
      }),
    { arbitrary: { runs: 1000, size: 100 } },
  )
})
