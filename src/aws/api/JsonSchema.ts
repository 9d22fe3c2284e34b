/**
 * The input of an operation as JSON Schema 2020-12, with AWS's descriptions, small enough for a model to read: of a large
 * input first the words are shortened, then the depths are left out, and it is said what is missing.
 */
import type { NormalizedSchema } from "@smithy/core/schema"
import { clip } from "../../core/Text.ts"
import { firstSentence } from "./DocScan.ts"
import type { Docs } from "./Docs.ts"
import { membersOf, type Operation, requiredMembers } from "./ServiceModel.ts"

/** A JSON Schema, and what was left out of it. */
export interface InputSchema {
  readonly schema: Readonly<Record<string, unknown>>
  readonly note?: string
}

type Json = Readonly<Record<string, unknown>>

interface Detail {
  /** Longest description, in characters. */
  readonly words: number
  /** Most documented values of a member. */
  readonly values: number
  /** How many structures deep. */
  readonly depth: number
}

/** From the fullest to the barest; the first that fits is taken. */
const DETAILS: ReadonlyArray<Detail> = [
  { words: 240, values: 40, depth: 12 },
  { words: 120, values: 20, depth: 12 },
  { words: 80, values: 10, depth: 8 },
  { words: 80, values: 8, depth: 3 },
  { words: 0, values: 6, depth: 4 },
  { words: 60, values: 6, depth: 1 },
  { words: 0, values: 0, depth: 2 },
  { words: 0, values: 0, depth: 1 },
  { words: 0, values: 0, depth: 0 },
]

/** The schema of an operation's input in at most `budget` characters of JSON (the barest form, if even that is longer). */
export const inputSchema = (operation: Operation, docs: Docs, budget = 12_000): InputSchema => {
  let result: InputSchema = { schema: {} }
  for (const detail of DETAILS) {
    result = build(operation.input, docs, detail)
    if (JSON.stringify(result.schema).length <= budget) return result
  }
  return result
}

interface Walk {
  readonly docs: Docs
  readonly detail: Detail
  readonly root: string
  /** Structures that have a place in `$defs`, those to come with their depth. */
  readonly waiting: Map<string, { readonly schema: NormalizedSchema; readonly depth: number }>
  readonly cut: Set<string>
}

const build = (input: NormalizedSchema, docs: Docs, detail: Detail): InputSchema => {
  const walk: Walk = { docs, detail, root: input.getName() ?? "", waiting: new Map(), cut: new Set() }
  const root = structure(walk, input, 0)
  const definitions: Record<string, Json> = {}
  // A map may grow while it is iterated: breadth first, so that a structure appears at its least depth.
  for (const [name, { depth, schema }] of walk.waiting) definitions[name] = structure(walk, schema, depth)
  const { cut } = walk
  const names = [...cut].slice(0, 12).join(", ")
  return {
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      ...root,
      ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }),
    },
    ...(cut.size === 0
      ? {}
      : { note: `Too large to show whole: the members of ${names}${cut.size > 12 ? ", …" : ""} are named only.` }),
  }
}

const structure = (walk: Walk, schema: NormalizedSchema, depth: number): Json => {
  const members = membersOf(schema)
  const shape = schema.getName() ?? ""
  const properties: Record<string, Json> = {}
  const required: Array<string> = []
  let mandatory = requiredMembers(schema)
  for (const [name, member] of members) {
    // The SDK fills in tokens that make a repetition harmless.
    if (mandatory-- > 0 && !member.isIdempotencyToken()) required.push(name)
    properties[name] = described(walk, visit(walk, member, depth, shape, name), shape, name)
  }
  return {
    type: "object",
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...(schema.isUnionSchema() ? { minProperties: 1, maxProperties: 1 } : {}),
  }
}

const described = (walk: Walk, schema: Json, shape: string, member: string): Json => {
  const { words } = walk.detail
  if (words === 0) return schema
  const text = walk.docs.member(shape, member)
  const description = clip(text.length <= words ? text : firstSentence(text), words)
  const own = typeof schema["description"] === "string" ? ` (${schema["description"]})` : ""
  return description === "" ? schema : { ...schema, description: `${description}${own}` }
}

/** The schema of a value that stands in member `name` of `shape`, directly or within lists and maps. */
const visit = (walk: Walk, schema: NormalizedSchema, depth: number, shape: string, name: string): Json => {
  if (schema.isStructSchema()) return reference(walk, schema, depth)
  if (schema.isListSchema()) {
    const items = visit(walk, schema.getValueSchema(), depth, shape, name)
    return { type: "array", items: nullable(schema, items) }
  }
  if (schema.isMapSchema()) {
    const values = visit(walk, schema.getValueSchema(), depth, shape, name)
    const keys = shown(walk.docs.keys(shape, name), walk.detail)
    return {
      type: "object",
      additionalProperties: nullable(schema, values),
      ...(keys.length === 0 ? {} : { propertyNames: { examples: keys } }),
    }
  }
  if (schema.isStringSchema()) {
    // Examples, not an enum: AWS adds values, and an older list must not forbid them.
    const values = shown(walk.docs.values(shape, name), walk.detail)
    return { type: "string", ...(values.length === 0 ? {} : { examples: values }) }
  }
  if (schema.isBooleanSchema()) return { type: "boolean" }
  if (schema.isNumericSchema()) return { type: "number" }
  if (schema.isBlobSchema()) return { type: ["string", "object"], description: 'base64, or {"text": "…"}' }
  if (schema.isTimestampSchema()) return { type: ["string", "number"], format: "date-time" }
  if (schema.isBigIntegerSchema()) return { type: ["integer", "string"] }
  if (schema.isBigDecimalSchema()) return { type: ["number", "string"] }
  return {}
}

/** All values when they are few; of the thousand instance types, enough to see what one looks like. */
const shown = (values: ReadonlyArray<string>, { values: most }: Detail): ReadonlyArray<string> =>
  values.length <= most ? values : values.slice(0, Math.min(5, most))

const nullable = (schema: NormalizedSchema, item: Json): Json =>
  schema.getMergedTraits().sparse === undefined ? item : { anyOf: [item, { type: "null" }] }

const reference = (walk: Walk, schema: NormalizedSchema, depth: number): Json => {
  const name = schema.getName() ?? ""
  if (name === walk.root) return { $ref: "#" }
  if (walk.waiting.has(name)) return { $ref: `#/$defs/${name}` }
  if (depth < walk.detail.depth) {
    walk.waiting.set(name, { schema, depth: depth + 1 })
    return { $ref: `#/$defs/${name}` }
  }
  walk.cut.add(name)
  return { type: "object", description: clip(`members: ${[...membersOf(schema).keys()].join(", ")}`, 200) }
}
