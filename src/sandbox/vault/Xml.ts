/**
 * A scanner for the XML that STS and IAM answer with: elements by name, in document order. It knows neither attributes'
 * meaning nor mixed content, which those answers do not have.
 */

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

const plain = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
    return ENTITIES[name] ?? whole
  })

/** The inner XML of every element of that name, not looking inside a hit for further ones. */
export const elements = (xml: string, name: string): ReadonlyArray<string> =>
  [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?(?:/>|>([\\s\\S]*?)</${name}>)`, "g"))].map(
    (match) => match[1] ?? "",
  )

/** The text of the first element of that name. */
export const elementText = (xml: string, name: string): string | undefined => {
  const inner = elements(xml, name)[0]
  return inner === undefined ? undefined : plain(inner.trim())
}

/** The texts of all `<member>` elements of the first element of that name, as IAM lists things. */
export const memberTexts = (xml: string, list: string): ReadonlyArray<string> =>
  elements(elements(xml, list)[0] ?? "", "member").map((inner) => plain(inner.trim()))
