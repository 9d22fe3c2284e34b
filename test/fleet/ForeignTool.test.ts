import { assert, describe, it } from "@effect/vitest"
import { type ForeignTool, foreignTool } from "../../src/fleet/ForeignTool.ts"
import { printable } from "../../src/core/Text.ts"

const plain = {
  name: "read",
  title: "Read",
  description: "reads",
  inputSchema: { type: "object", properties: { a: {}, b: {} } },
  annotations: { readOnlyHint: true },
}

const made = (raw: unknown): ForeignTool => foreignTool(raw, printable) ?? assert.fail("no tool")

describe("a server's tool", () => {
  it("has one fingerprint, whatever the order of its members; any change of its words, arguments or hints has another", () => {
    const { fingerprint } = made(plain)
    assert.match(fingerprint, /^[0-9a-f]{64}$/)
    assert.strictEqual(
      made({
        annotations: plain.annotations,
        inputSchema: { properties: { b: {}, a: {} }, type: "object" },
        description: "reads",
        title: "Read",
        name: "read",
      }).fingerprint,
      fingerprint,
    )
    const prints = [
      plain,
      { ...plain, name: "reads" },
      { ...plain, title: "Delete" },
      { ...plain, description: "reads\u200b" },
      { ...plain, description: `reads${" ".repeat(5000)}and deletes` },
      { ...plain, inputSchema: { type: "object", properties: { a: {} } } },
      { ...plain, annotations: {} },
      { ...plain, annotations: { readOnlyHint: false } },
    ].map((raw) => made(raw).fingerprint)
    assert.strictEqual(new Set(prints).size, prints.length)
    assert.strictEqual(
      made({ ...plain, _meta: { at: 1 } }).fingerprint,
      fingerprint,
      "what nobody looks at does not count",
    )
  })

  it("is shown cleaned and cut; hints are what it says and no more", () => {
    const tool = made({
      ...plain,
      title: "R\u202eead\nme",
      description: `x\u001b[31m${"y".repeat(5000)}`,
      annotations: { readOnlyHint: true, destructiveHint: "no", title: "other" },
    })
    assert.strictEqual(tool.title, "Read me")
    assert.isBelow(tool.description.length, 2100)
    assert.match(tool.description, /^xyyy.*more characters\)$/)
    assert.deepStrictEqual(tool.hints, { readOnly: true })
  })

  it("without a usable name is none; with an unusable schema cannot be called", () => {
    for (const raw of [
      null,
      5,
      "x",
      [],
      {},
      { name: "" },
      { name: "a b" },
      { name: 5 },
      { name: "x".repeat(129) },
      { name: "a\u200bb" },
    ])
      assert.isUndefined(foreignTool(raw, printable), JSON.stringify(raw))
    assert.match(made({ ...plain, inputSchema: undefined }).unusable ?? "", /is no object/)
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`)
    assert.match(made({ ...plain, inputSchema: deep }).unusable ?? "", /too large/)
    assert.match(made({ ...plain, description: "x".repeat(2_000_000) }).unusable ?? "", /too large/)
    assert.isUndefined(made({ ...plain, outputSchema: deep }).outputSchema)
    assert.isUndefined(made(plain).unusable)
  })
})
