import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { problemsOf } from "../../src/fleet/Check.ts"

describe("a check of data", () => {
  it.effect("names what is wrong by its place, and finds nothing where nothing is", () =>
    Effect.gen(function* () {
      const schema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] }
      assert.deepStrictEqual(yield* problemsOf(schema, { n: 1 }), [])
      assert.match((yield* problemsOf(schema, { n: "x" })).join("\n"), /#\/n: .*integer/)
      assert.match((yield* problemsOf(schema, {})).join("\n"), /n/)
    }),
  )

  it.live("ends soon, whatever a hostile schema and its data are", () =>
    Effect.gen(function* () {
      const wide = { type: "array", items: { anyOf: Array.from({ length: 3000 }, (_, i) => ({ const: i })) } }
      const began = performance.now()
      for (const length of [50, 65, 20_000])
        yield* problemsOf(
          wide,
          Array.from({ length }, () => "x"),
        )
      const deep = { items: { items: { items: { anyOf: Array.from({ length: 1000 }, () => ({ type: "string" })) } } } }
      yield* problemsOf(deep, [[Array.from({ length: 180 }, () => 1)]])
      assert.isBelow(performance.now() - began, 5000)
    }),
  )

  it.effect("that fails itself proves nothing", () =>
    Effect.gen(function* () {
      for (const schema of [null, 5, "x", { properties: 5 }, { enum: 5 }, { items: [1] }])
        assert.deepStrictEqual(yield* problemsOf(schema, { n: 1 }), [])
    }),
  )
})
