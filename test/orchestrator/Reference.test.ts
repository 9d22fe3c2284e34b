/** `${…}`: where it begins and ends, what it refers to, and its value. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { expressionsOf, isTrue, makeReferences, pieces, plainPath, rootsOf } from "../../src/orchestrator/Reference.ts"

const DATA = { inputs: { n: 3, list: [1, 2], text: "x" }, steps: { a: { result: { "b-c": [{ d: "deep" }] } } } }
const fill = (value: unknown) => makeReferences().fill(value, DATA)

describe("a reference", () => {
  it("ends at its own brace, whatever is quoted or nested in it, and $${ is text", () => {
    assert.deepStrictEqual(pieces("a${x.{k: 'v}'}}b$${c}"), [
      { text: "a" },
      { expression: "x.{k: 'v}'}" },
      { text: "b${c}" },
    ])
    assert.isUndefined(pieces("a ${b"))
    assert.deepStrictEqual(pieces("no more"), [{ text: "no more" }])
  })

  it.effect("that is the whole text has the value's type; within a text it is written out", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* fill({ a: "${inputs.n}", b: ["${inputs.list}"], c: "n=${inputs.n} ${inputs.list}" }),
        {
          a: 3,
          b: [[1, 2]],
          c: "n=3 [1,2]",
        },
      )
      assert.strictEqual(yield* fill("${steps.a.result.b-c[0].d}"), "deep")
      assert.strictEqual(yield* fill("${sum(inputs.list)}"), 3)
      assert.isNull(yield* fill("${steps.a.result.none.more}"))
      assert.match((yield* Effect.flip(fill("x ${inputs.none}"))).message, /inputs\.none\} has no value/)
    }),
  )

  it.effect("reaches nothing but the data: no prototype, no function", () =>
    Effect.gen(function* () {
      for (const one of ["${inputs.constructor}", "${inputs.__proto__}", "${inputs.list.length}", "${inputs.text.at}"])
        assert.isNull(yield* fill(one), one)
    }),
  )

  it("names the steps and inputs it needs, also in JMESPath, but not those within quotes", () => {
    assert.deepStrictEqual(rootsOf("steps.a.result.x"), [["steps", "a", "result", "x"]])
    assert.deepStrictEqual(rootsOf("join('steps.z', [steps.a.state, inputs.n]) == `\"steps.y\"`"), [
      ["steps", "a", "state"],
      ["inputs", "n"],
    ])
    assert.deepStrictEqual(expressionsOf({ a: ["${x} ${y}", { b: "${z" }] }), ["x", "y", undefined])
    assert.isUndefined(plainPath("a.b[*]"))
  })

  it("is true as JMESPath has it", () => {
    for (const no of [null, undefined, false, "", [], {}]) assert.isFalse(isTrue(no))
    for (const yes of [true, 0, "x", [0], { a: 1 }]) assert.isTrue(isTrue(yes))
  })

  it.effect.prop(
    "text without ${ stays as it is",
    { text: Schema.String },
    ({ text }) =>
      Effect.gen(function* () {
        // Taking it out could bring two halves together.
        const plain = text.replaceAll("${", "$ {")
        assert.strictEqual(yield* fill(plain), plain)
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
