import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { inputDocument, outputDocument } from "../../src/tools/ToolSchema.ts"
import { NoInput } from "../../src/tools/ToolSpec.ts"

describe("ToolSchema", () => {
  it("references, allOf, dialects and bounds that say nothing are gone", () => {
    const Named = Schema.Struct({ n: Schema.Int }).annotate({ identifier: "Named" })
    const document = inputDocument(
      Schema.Struct({
        a: Named,
        b: Schema.Array(Named),
        c: Schema.optionalKey(Schema.String.annotate({ description: "says" })),
      }),
    )
    const text = JSON.stringify(document)
    for (const gone of ["$ref", "$defs", "$schema", "allOf", String(Number.MAX_SAFE_INTEGER)])
      assert.notInclude(text, gone)
    assert.strictEqual(document.type, "object")
    assert.include(text, '"description":"says"')
    assert.deepEqual(document["required"], ["a", "b"])
  })

  it("no arguments is an object that allows no key", () => {
    assert.deepInclude(inputDocument(NoInput), { type: "object", additionalProperties: false })
  })

  it("an output may grow: other members are not forbidden", () => {
    assert.notStrictEqual(outputDocument(Schema.Struct({ a: Schema.String }))["additionalProperties"], false)
  })
})
