/**
 * XML as S3 reads and writes it. Reading covers what clients send in request bodies (elements, text, character
 * references); document type declarations and CDATA are refused, as nothing that S3 accepts needs them.
 */
import type { WireAnswer } from "../Wire.ts"
import { xmlDocument } from "./XmlElement.ts"

/** An element: its name without a namespace prefix, its own text, its child elements. */
export interface XmlNode {
  readonly name: string
  readonly text: string
  readonly children: ReadonlyArray<XmlNode>
}

/** The namespace of every S3 document. */
export const S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

const unescapeXml = (text: string): string =>
  text.replace(
    /&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return named[name] ?? whole
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole
    },
  )

interface Open {
  readonly name: string
  text: string
  readonly children: Array<XmlNode>
}

/** The root element of a document, or undefined where the text is not well-formed. */
export const parseXml = (source: string): XmlNode | undefined => {
  const token = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)(?:[^\s<>/:]+:)?([^\s<>/:]+)[^<>]*?(\/?)>|([^<]+)/y
  const top: Open = { name: "", text: "", children: [] }
  const stack: Array<Open> = [top]
  while (token.lastIndex < source.length) {
    const match = token.exec(source)
    const current = stack.at(-1)
    if (match === null || current === undefined) return undefined
    const [, closing, name, selfClosing, text] = match
    if (text !== undefined) current.text += unescapeXml(text)
    else if (name === undefined) continue
    else if (name.startsWith("!")) return undefined
    else if (closing === "/") {
      if (current.name !== name || current === top) return undefined
      stack.pop()
      stack.at(-1)?.children.push(current)
    } else if (selfClosing === "/") current.children.push({ name, text: "", children: [] })
    else stack.push({ name, text: "", children: [] })
  }
  return stack.length === 1 && top.children.length === 1 && top.text.trim() === "" ? top.children[0] : undefined
}

/** The children of that name. */
export const childrenOf = (node: XmlNode, name: string): ReadonlyArray<XmlNode> =>
  node.children.filter((child) => child.name === name)

/** The text of the first child of that name. */
export const childText = (node: XmlNode, name: string): string | undefined =>
  node.children.find((child) => child.name === name)?.text

/** An S3 document as an answer, with further headers where they are given. */
export const xmlAnswer = (
  root: string,
  children: ReadonlyArray<string>,
  headers: Readonly<Record<string, string>> = {},
): WireAnswer => ({
  status: 200,
  headers: { "content-type": "application/xml", ...headers },
  body: xmlDocument(root, S3_NAMESPACE, ...children),
})

/** An answer without content. */
export const emptyAnswer = (status: number, headers: Readonly<Record<string, string>> = {}): WireAnswer => ({
  status,
  headers,
  body: "",
})
