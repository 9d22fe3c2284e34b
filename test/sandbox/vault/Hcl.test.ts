import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { parseHcl } from "../../../src/sandbox/vault/Hcl.ts"

describe("HCL", () => {
  it("blocks, attributes, lists, objects and comments are read", () => {
    const document = parseHcl(`
      # one
      // two
      /* three
         lines */
      path "a/+/b*" {
        capabilities = ["read", "list",]
        allowed_parameters = { "ttl" = ["1h"], "*" = [] }
        count = 3
        on = true
      }`)
    assert.deepStrictEqual(Result.getOrThrow(document), [
      {
        keys: ["path", "a/+/b*"],
        line: 6,
        value: {
          block: [
            { keys: ["capabilities"], value: ["read", "list"], line: 7 },
            {
              keys: ["allowed_parameters"],
              line: 8,
              value: {
                block: [
                  { keys: ["ttl"], value: ["1h"], line: 8 },
                  { keys: ["*"], value: [], line: 8 },
                ],
              },
            },
            { keys: ["count"], value: 3, line: 9 },
            { keys: ["on"], value: true, line: 10 },
          ],
        },
      },
    ])
  })

  it("JSON is read into the same shape", () => {
    const hcl = Result.getOrThrow(parseHcl('path = { "x" = { capabilities = ["read"] } }'))
    assert.deepStrictEqual(Result.getOrThrow(parseHcl('{"path":{"x":{"capabilities":["read"]}}}')), hcl)
  })

  it("a complaint names the line", () => {
    assert.deepStrictEqual(parseHcl('path "a" {\n capabilities = [\n'), Result.fail("At 2:1: expected a value"))
    assert.deepStrictEqual(parseHcl("a = 1\n~"), Result.fail("At 2:1: illegal character"))
    assert.isTrue(Result.isFailure(parseHcl('path "a" ["x"]')))
  })

  it.effect.prop(
    "any text ends in a document or a complaint, never in an error",
    { text: Schema.String },
    ({ text }) => Effect.sync(() => assert.isTrue(Result.isResult(parseHcl(`path "${text}" { ${text}`)))),
    { arbitrary: { runs: 1000, size: 1000 } },
  )
})
