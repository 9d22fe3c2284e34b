/**
 * The output of an SDK command as JSON, by AWS's schema: dates in RFC 3339, bytes as text where they are text, credentials
 * withheld. Members that the schema does not know (`$metadata`) are left out.
 */
import type { NormalizedSchema } from "@smithy/core/schema"
import { DateTime, Option } from "effect"
import { printable } from "../../core/Text.ts"
import { CollectedBody, CollectedEvents } from "./Body.ts"
import { isSecret, isSecretWithin, REDACTED, withoutSignature } from "./Secrets.ts"
import { membersOf } from "./ServiceModel.ts"

/** Output for a reader: credentials withheld, and characters that nobody sees taken out of its texts. */
export const encode = (schema: NormalizedSchema, value: unknown): unknown => visit(schema, value, false)

/** Output that only goes back to AWS, such as the token of a page: nothing is withheld, nothing changed. */
export const encodeVerbatim = (schema: NormalizedSchema, value: unknown): unknown => visit(schema, value, true)

const visit = (schema: NormalizedSchema, value: unknown, verbatim: boolean): unknown => {
  if (value === undefined || value === null) return null
  if (value instanceof CollectedBody) return body(value)
  if (value instanceof CollectedEvents) {
    const events = value.events.map((event) => visit(schema, event, verbatim))
    return value.truncated ? { events, truncated: true } : events
  }
  if (schema.isStructSchema()) return structure(schema, value, verbatim)
  if (schema.isListSchema()) {
    const item = schema.getValueSchema()
    return Array.isArray(value) ? value.map((each) => visit(item, each, verbatim)) : null
  }
  if (schema.isMapSchema()) return map(schema, value, verbatim)
  if (schema.isDocumentSchema()) return document(value)
  return scalar(value, verbatim)
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  // An object may be asked for any key.
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}

const structure = (schema: NormalizedSchema, value: unknown, verbatim: boolean): unknown => {
  const given = record(value)
  const entries: Array<readonly [string, unknown]> = []
  for (const [name, member] of membersOf(schema)) {
    if (given[name] === undefined || given[name] === null) continue
    const secret = isSecret(name, member) || isSecretWithin(given, name)
    entries.push([name, secret ? withhold(given[name], verbatim) : visit(member, given[name], verbatim)])
  }
  // A newer member of a union: the SDK knows its name and nothing more.
  const unknown = given["$unknown"]
  if (Array.isArray(unknown)) entries.push(["$unknown", printable(String(unknown[0]))])
  return Object.fromEntries(entries)
}

const map = (schema: NormalizedSchema, value: unknown, verbatim: boolean): unknown => {
  const item = schema.getValueSchema()
  return Object.fromEntries(
    Object.entries(record(value)).map(([key, each]) => {
      const name = verbatim ? key : printable(key)
      return [name, isSecret(key, item) ? withhold(each, verbatim) : visit(item, each, verbatim)]
    }),
  )
}

const withhold = (value: unknown, verbatim: boolean): unknown => (verbatim || value === "" ? value : REDACTED)

const scalar = (value: unknown, verbatim: boolean): unknown => {
  if (value instanceof Uint8Array) return bytes(value)
  if (typeof value === "boolean") return value
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (typeof value === "bigint") return value.toString()
  const instant = isDate(value) ? Option.getOrUndefined(DateTime.make(value)) : undefined
  if (instant !== undefined) return DateTime.formatIso(instant)
  // What is left is text: plain, or an object that stands for a text (lazy JSON, a decimal).
  const text = String(value)
  return verbatim ? text : printable(withoutSignature(text))
}

const isDate = (value: unknown): value is Date => Object.prototype.toString.call(value) === "[object Date]"

/** Bytes as `{text}` when that loses nothing and shows everything, else as `{base64}`; both can be written back. */
const bytes = (value: Uint8Array, cut = false): { readonly text: string } | { readonly base64: string } => {
  const text = utf8(value, cut)
  // A carriage return is not shown either, but half of the world's text files have them.
  return text !== undefined && printable(text.replaceAll("\r", "")) === text.replaceAll("\r", "")
    ? { text }
    : { base64: Buffer.from(value).toString("base64") }
}

/** Strict UTF-8. Of bytes that were cut, half a character at the end is dropped. */
const utf8 = (value: Uint8Array, cut: boolean): string | undefined =>
  Option.getOrUndefined(
    Option.liftThrowable(() =>
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value, { stream: cut }),
    )(),
  )

const body = ({ bytes: read, total, truncated }: CollectedBody): unknown => ({
  ...bytes(read, truncated),
  ...(truncated ? { truncated: true, ...(total === undefined ? {} : { total_bytes: total }) } : {}),
})

/** Free JSON of the service; JSON.stringify would not take a bigint. */
const document = (value: unknown): unknown => {
  if (typeof value === "string") return printable(value)
  if (typeof value === "bigint") return value.toString()
  if (value instanceof Uint8Array) return bytes(value)
  if (Array.isArray(value)) return value.map(document)
  if (typeof value !== "object" || value === null) return value ?? null
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [printable(key), document(each)]))
}
