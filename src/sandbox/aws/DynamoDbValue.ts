/** DynamoDB's attribute values as they stand in JSON (`{"S":"text"}`), how they compare and what makes two equal. */
import { Schema } from "effect"
import { compareDecimals, formatDecimal, parseDecimal } from "./DynamoDbNumber.ts"

/** A value under its type's letter. `B` and the members of `BS` are base64; numbers are decimal text. */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly SS: ReadonlyArray<string> }
  | { readonly NS: ReadonlyArray<string> }
  | { readonly BS: ReadonlyArray<string> }
  | { readonly L: ReadonlyArray<AttributeValue> }
  | { readonly M: { readonly [name: string]: AttributeValue } }

/** Attributes by name. */
export type Item = { readonly [name: string]: AttributeValue }

const NumberText = Schema.String.check(
  Schema.makeFilter(
    (text) => parseDecimal(text) !== undefined || "The parameter cannot be converted to a numeric value",
  ),
)

/** Text in base64. */
const Base64 = Schema.String.check(
  Schema.makeFilter((text) => Buffer.from(text, "base64").toString("base64") === text || "not base64"),
)

const members = <S extends Schema.Constraint>(schema: S) => Schema.NonEmptyArray(schema)

/** Decodes a value; exactly one type per value is not enforced, the first that fits is taken. */
export const AttributeValue: Schema.Codec<AttributeValue> = Schema.suspend(() =>
  Schema.Union([
    Schema.Struct({ S: Schema.String }),
    Schema.Struct({ N: NumberText }),
    Schema.Struct({ B: Base64 }),
    Schema.Struct({ BOOL: Schema.Boolean }),
    Schema.Struct({ NULL: Schema.Boolean }),
    Schema.Struct({ SS: members(Schema.String) }),
    Schema.Struct({ NS: members(NumberText) }),
    Schema.Struct({ BS: members(Base64) }),
    Schema.Struct({ L: Schema.Array(AttributeValue) }),
    Schema.Struct({ M: Schema.Record(Schema.String, AttributeValue) }),
  ]),
)

/** Decodes an item or a key. */
export const Item: Schema.Codec<Item> = Schema.Record(Schema.String, AttributeValue)

/** The letter of a value's type: `S`, `N`, `BOOL`, … */
export const typeOf = (value: AttributeValue): string => Object.keys(value)[0] ?? ""

/** One text per value: equal values give equal texts, whatever the spelling of a number or the order of a set. */
export const identityOf = (value: AttributeValue): string => {
  if ("N" in value) return `N${formatNumber(value.N)}`
  // Texts are UTF-8, in which halves of a pair are all the same: neither their order nor this tells them apart.
  if ("S" in value) return `S${JSON.stringify(value.S.toWellFormed())}`
  if ("SS" in value) return `SS${JSON.stringify(value.SS.map((text) => text.toWellFormed()).sort())}`
  if ("BS" in value) return `BS${JSON.stringify([...value.BS].sort())}`
  if ("NS" in value) return `NS${JSON.stringify(value.NS.map(formatNumber).sort())}`
  if ("L" in value) return `L${JSON.stringify(value.L.map(identityOf))}`
  if ("M" in value) {
    const entries = Object.entries(value.M).map(([name, member]) => [name, identityOf(member)] as const)
    return `M${JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)))}`
  }
  return JSON.stringify(value)
}

const formatNumber = (text: string): string => {
  const decimal = parseDecimal(text)
  return decimal === undefined ? text : formatDecimal(decimal)
}

/** Numbers as DynamoDB would give them back, at every depth. */
export const normalise = (value: AttributeValue): AttributeValue => {
  if ("N" in value) return { N: formatNumber(value.N) }
  if ("NS" in value) return { NS: value.NS.map(formatNumber) }
  if ("L" in value) return { L: value.L.map(normalise) }
  if ("M" in value) return { M: normaliseItem(value.M) }
  return value
}

/** {@link normalise} for all attributes of an item. */
export const normaliseItem = (item: Item): Item =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, normalise(value)]))

/** Whether two values are the same. */
export const sameValue = (a: AttributeValue, b: AttributeValue): boolean => identityOf(a) === identityOf(b)

/** Order of two texts, numbers or binaries (texts by their UTF-8 bytes); `undefined` for other or different types. */
export const compareValues = (a: AttributeValue, b: AttributeValue): number | undefined => {
  if ("S" in a && "S" in b) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S))
  if ("B" in a && "B" in b) return Buffer.compare(Buffer.from(a.B, "base64"), Buffer.from(b.B, "base64"))
  if ("N" in a && "N" in b) {
    const left = parseDecimal(a.N)
    const right = parseDecimal(b.N)
    return left === undefined || right === undefined ? undefined : compareDecimals(left, right)
  }
  return undefined
}

/** What the expression function `size` gives: bytes of a text, members of a set, list or map. */
export const sizeOf = (value: AttributeValue): number | undefined => {
  if ("S" in value) return Buffer.byteLength(value.S)
  if ("B" in value) return Buffer.byteLength(value.B, "base64")
  if ("SS" in value) return value.SS.length
  if ("NS" in value) return value.NS.length
  if ("BS" in value) return value.BS.length
  if ("L" in value) return value.L.length
  return "M" in value ? Object.keys(value.M).length : undefined
}
