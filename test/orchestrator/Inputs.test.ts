/** A run's inputs: given, by default, or wrong. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { type Given, readInputs } from "../../src/orchestrator/Inputs.ts"
import type { Workflow } from "../../src/orchestrator/WorkflowModel.ts"

const workflow: Workflow = {
  name: "test",
  inputs: {
    tag: { description: "name of the tag" },
    count: { default: 3 },
    names: { default: ["a"] },
    on: { default: false },
    text: { default: "x" },
  },
  steps: [],
}

const problems = (...given: ReadonlyArray<string>) =>
  Result.match(readInputs(workflow, given), { onFailure: (all) => all, onSuccess: () => [] })

describe("inputs", () => {
  it("take the type of their default; without one they are text, as is what holds an =", () => {
    const read = readInputs(workflow, ["tag=a=b", "count=5", 'names=["p","q"]', "on=true", "text=7"])
    assert.deepStrictEqual(Result.getOrUndefined(read), {
      tag: "a=b",
      count: 5,
      names: ["p", "q"],
      on: true,
      text: "7",
    })
  })

  it("that are not given are the defaults", () => {
    const read = readInputs(workflow, ["tag="])
    assert.deepStrictEqual(Result.getOrUndefined(read), { tag: "", count: 3, names: ["a"], on: false, text: "x" })
  })

  it("that are missing, unknown or of another kind are all told at once", () => {
    const told = problems("cuont=1", "names=a", "on=1", "nothing")
    assert.strictEqual(told.length, 5, told.join("\n"))
    assert.match(told.join("\n"), /no input cuont, did you mean count\?/)
    assert.match(told.join("\n"), /the input names is JSON of the kind of its default, a list/)
    assert.match(told.join("\n"), /the input on is JSON of the kind of its default, a boolean/)
    assert.match(told.join("\n"), /an input is name=value/)
    assert.match(told.join("\n"), /the input tag is needed: tag=… \(name of the tag\)/)
  })

  it("by name are taken as they are: what is in a value is no other input's name", () => {
    const given = { tag: "x=y", count: 5, names: ["p"], on: true, text: "" }
    assert.deepStrictEqual(Result.getOrUndefined(readInputs(workflow, given)), given)
    assert.deepStrictEqual(Result.getOrUndefined(readInputs(workflow, { tag: "t" })), {
      tag: "t",
      count: 3,
      names: ["a"],
      on: false,
      text: "x",
    })
  })

  it("by name that are missing, unknown or of another type are all told at once", () => {
    const told = (given: Given) =>
      Result.match(readInputs(workflow, given), { onFailure: (all) => all, onSuccess: () => [] })
    assert.deepStrictEqual(told({ "tag=x": "y", count: "5", names: "a", on: null, text: ["a"] }), [
      "test has no input tag=x, did you mean tag?",
      "the input count is a number, not a text",
      "the input names is a list, not a text",
      "the input on is a boolean, not null",
      "the input text is a text, not a list",
      "the input tag is needed (name of the tag)",
    ])
    for (const [tag, kind] of [
      [null, "null"],
      [["a"], "a list"],
      [5, "a number"],
      [{}, "an object"],
    ] as const)
      assert.deepStrictEqual(told({ tag }), [`the input tag is a text, not ${kind}`])
    assert.match(told({ tag: "x".repeat(20_000) })[0] ?? "", /longer than 16384/)
  })

  it("are bounded, and a name that only looks like one of an object's own is unknown", () => {
    assert.match(problems(`tag=${"x".repeat(20_000)}`)[0] ?? "", /longer than 16384/)
    assert.match(problems("tag=x", "constructor=1")[0] ?? "", /no input constructor/)
  })
})
