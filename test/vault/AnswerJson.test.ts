import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { jsonProblem, leaseIdIn } from "../../src/vault/AnswerJson.ts"

describe("JSON", () => {
  it("with a name that stands twice in one object is refused, however the name is written", () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":1,"b":{},"a":2}',
      '{"a":1,"\\u0061":2}',
      '{"data":{"secret_key":"x","arn":null,"secret_key":"y"}}',
      '[{},[{"a":[],"a":[]}]]',
      '{"":0,"":0}',
    ]) {
      JSON.parse(text)
      assert.include(jsonProblem(text), "twice", text)
    }
  })

  it("with the same name in different objects, or in a text, is fine", () => {
    for (const text of [
      '{"a":{"a":[{"a":1},{"a":2}]}}',
      '{"a":"\\"a\\":1,\\"a\\":2","b":"{\\"a\\":"}',
      '["a","a",":",":"]',
      '{"a\\\\":1,"a":2}',
      "{}",
      "1",
      '"a"',
    ]) {
      JSON.parse(text)
      assert.strictEqual(jsonProblem(text), undefined, text)
    }
  })

  it("with a lease_duration in another spelling than whole seconds is refused", () => {
    for (const number of ["1e3", "1E3", "36.0", "3.6e3", "-1e2"]) {
      assert.include(jsonProblem(`{"lease_duration": ${number}, "data": null}`), "lease_duration", number)
    }
    assert.strictEqual(jsonProblem('{"lease_duration":3600,"version":1.5,"data":{"a":1e3}}'), undefined)
  })

  it.effect.prop(
    "that JSON.stringify made is always fine",
    { name: Schema.String, text: Schema.String },
    ({ name, text }) =>
      Effect.sync(() => {
        const made = JSON.stringify([{ a: { [name]: text }, b: [{ [name]: { [text]: name } }], c: text }])
        assert.strictEqual(jsonProblem(made), undefined)
        const twice = `{${JSON.stringify(name)}:1,"x":${made},${JSON.stringify(name)}:2}`
        assert.include(jsonProblem(twice), "twice")
      }),
    { arbitrary: { runs: 1000, size: 1000 } },
  )

  it("of 8 MiB is looked through without a deep stack", () => {
    const long = JSON.stringify({ text: "\\n".repeat(2_000_000), nested: "x".repeat(4_000_000) })
    assert.strictEqual(jsonProblem(long), undefined)
    assert.strictEqual(jsonProblem("[".repeat(100_000) + "]".repeat(100_000)), undefined)
  })
})

describe("a lease id", () => {
  it("is found in an answer that breaks off, and only as a member of its own", () => {
    assert.strictEqual(leaseIdIn('{"request_id":"r","lease_id": "aws/creds/dev/x","data":{"acc'), "aws/creds/dev/x")
    for (const text of [
      '{"lease_id":"aws/creds/d',
      '{"lease_id":""',
      '{"warnings":["\\"lease_id\\":\\"aws/creds/other/y\\""]',
      "<html>lease_id</html>",
    ]) {
      assert.strictEqual(leaseIdIn(text), undefined, text)
    }
  })
})
