import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { childrenOf, childText, parseXml } from "../../../src/sandbox/aws/S3Xml.ts"
import { element, leaf, xmlDocument } from "../../../src/sandbox/aws/XmlElement.ts"

describe("S3Xml", () => {
  it.effect.prop(
    "any text that was written as an element is read back",
    { text: Schema.String },
    ({ text }) =>
      Effect.sync(() => {
        const node = parseXml(xmlDocument("Root", "urn:x", element("Inner", leaf("Text", text))))
        assert.strictEqual(node && childText(childrenOf(node, "Inner")[0] ?? node, "Text"), text)
      }),
    { arbitrary: { runs: 1000, size: 200 } },
  )

  it("reads prefixes, attributes, comments, references and empty elements", () => {
    const node = parseXml(
      '<?xml version="1.0"?><!-- c --><s3:A xmlns:s3="u"><B x="1">1 &lt; 2 &#x41;&#66;</B><C/><B>two</B></s3:A>\n',
    )
    assert.strictEqual(node?.name, "A")
    assert.deepStrictEqual(
      node?.children.map((child) => [child.name, child.text]),
      [
        ["B", "1 < 2 AB"],
        ["C", ""],
        ["B", "two"],
      ],
    )
  })

  it("takes nothing that is not one well-formed element", () => {
    for (const source of ["", "text", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a><b></a></b>", "<a", "<!DOCTYPE a><a/>"])
      assert.isUndefined(parseXml(source), source)
  })

  it("leaves a reference beyond Unicode as it stands", () => {
    assert.strictEqual(parseXml("<a>&#9999999;&nope;</a>")?.text, "&#9999999;&nope;")
  })
})
