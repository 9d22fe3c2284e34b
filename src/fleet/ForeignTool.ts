/**
 * A server's tool as we know it: its words cleaned and cut, its schemas bounded, and a fingerprint of all that a person
 * would look at before a call. Pure.
 */
import { createHash } from "node:crypto"
import { clip, oneLine, printable } from "../core/Text.ts"
import { beyond, canonical } from "./Bounds.ts"

type Json = Readonly<Record<string, unknown>>

/** What a server says of its tool's nature. Hints of a stranger: shown, never relied on. */
export interface Hints {
  readonly readOnly?: boolean
  readonly destructive?: boolean
  readonly idempotent?: boolean
  readonly openWorld?: boolean
}

export interface ForeignTool {
  readonly name: string
  readonly title: string | undefined
  readonly description: string
  readonly inputSchema: Json
  readonly outputSchema: Json | undefined
  readonly hints: Hints
  /** SHA-256, in hex, over name, title, description, input schema and annotations, as the server wrote them. */
  readonly fingerprint: string
  /** Why it cannot be called, when it cannot. */
  readonly unusable: string | undefined
}

/** Cleans a stranger's text: what is secret here goes, and what is not seen. */
export type Clean = (text: string) => string

const NAME = /^[A-Za-z0-9_./-]{1,128}$/
const MOST_WORDS = 2000
/** Schemas are some kB; what is beyond would be read by nobody. */
const SCHEMA = { depth: 24, nodes: 4000, chars: 65_536 }
/** All that a fingerprint is made of. */
const WHOLE = { depth: 32, nodes: 20_000, chars: 1_000_000 }

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const flag = (from: Json, hint: string, key: keyof Hints): Hints =>
  typeof from[hint] === "boolean" ? { [key]: from[hint] } : {}

const hintsOf = (annotations: unknown): Hints => {
  if (!isObject(annotations)) return {}
  return {
    ...flag(annotations, "readOnlyHint", "readOnly"),
    ...flag(annotations, "destructiveHint", "destructive"),
    ...flag(annotations, "idempotentHint", "idempotent"),
    ...flag(annotations, "openWorldHint", "openWorld"),
  }
}

/** Every text of a bounded schema cleaned: descriptions, names and values are the server's. */
const cleaned = (value: unknown, clean: Clean): unknown => {
  if (typeof value === "string") return clip(clean(value), MOST_WORDS)
  if (Array.isArray(value)) return value.map((item) => cleaned(item, clean))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clip(clean(key), 200), cleaned(item, clean)]))
}

/** The schema as it is shown. It is checked and pinned as the server wrote it. */
export const shownSchema = (schema: Json, clean: Clean): Json => {
  const shown = cleaned(schema, clean)
  return isObject(shown) ? shown : {}
}

const schemaOf = (value: unknown): { readonly schema: Json; readonly why: string | undefined } => {
  if (!isObject(value)) return { schema: {}, why: "is no object" }
  const why = beyond(value, SCHEMA)
  return why === undefined ? { schema: value, why } : { schema: {}, why: `is too large: ${why}` }
}

/** The tool, or `undefined` for what has no usable name. */
export const foreignTool = (raw: unknown, clean: Clean): ForeignTool | undefined => {
  if (!isObject(raw)) return undefined
  const { annotations, description, inputSchema, name, outputSchema, title } = raw
  if (typeof name !== "string" || !NAME.test(name)) return undefined
  const look = { name, title, description, inputSchema, annotations }
  const large = beyond(look, WHOLE)
  const input = schemaOf(inputSchema)
  const output = outputSchema === undefined ? undefined : schemaOf(outputSchema)
  const shownTitle = typeof title === "string" ? title : isObject(annotations) ? annotations["title"] : undefined
  return {
    name,
    title: typeof shownTitle === "string" ? oneLine(clean(shownTitle), 100) : undefined,
    description: clip(clean(typeof description === "string" ? printable(description) : ""), MOST_WORDS),
    inputSchema: input.schema,
    // A schema of results that cannot be used is as good as none.
    outputSchema: output?.why === undefined ? output?.schema : undefined,
    hints: hintsOf(annotations),
    fingerprint: createHash("sha256")
      .update(large === undefined ? canonical(look) : `beyond ${name}`)
      .digest("hex"),
    unusable:
      large !== undefined
        ? `its description is too large (${large})`
        : input.why === undefined
          ? undefined
          : `its input schema ${input.why}`,
  }
}
