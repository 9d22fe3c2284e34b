import { assert, describe, it } from "@effect/vitest"
import { elements, elementText, memberTexts } from "../../../src/sandbox/vault/Xml.ts"

describe("XML answers", () => {
  it("elements are found in order, with attributes, and empty ones too", () => {
    assert.deepStrictEqual(elements('<a x="1"><b>1</b><b/><b >2</b></a>', "b"), ["1", "", "2"])
    assert.deepStrictEqual(elements("<ab>1</ab>", "a"), [])
  })

  it("text is trimmed and its entities are resolved", () => {
    assert.strictEqual(elementText("<k> a&amp;b&lt;&#65;&#x42;&bogus; </k>", "k"), "a&b<AB&bogus;")
    assert.isUndefined(elementText("<k/>", "missing"))
  })

  it("members are those of the named list alone", () => {
    const xml = "<P><member>a</member><member>b</member></P><Q><member>c</member></Q>"
    assert.deepStrictEqual([memberTexts(xml, "P"), memberTexts(xml, "R")], [["a", "b"], []])
  })
})
