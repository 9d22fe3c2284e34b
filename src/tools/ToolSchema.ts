/** JSON Schema of a tool's input and output, as small and as portable as clients need it: an object at the root, no `$ref`. */
import { Schema } from "effect"

/** A JSON Schema with an object at its root. */
export interface ObjectSchema {
  readonly type: "object"
  readonly [key: string]: unknown
}

type Json = { readonly [key: string]: unknown }

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** Bounds that only say "a safe integer": they cost tokens and tell a model nothing. */
const SAFE = new Set([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])

/**
 * Follows every reference, folds `allOf` of one schema with its notes into it, drops what says nothing. Tool schemas are
 * not recursive, so this ends; a depth of 24 is refused.
 */
const inline = (schema: unknown, definitions: Json, depth: number): unknown => {
  if (Array.isArray(schema)) return schema.map((item) => inline(item, definitions, depth))
  if (!isObject(schema)) return schema
  if (depth > 24) throw new Error("a tool schema must not be recursive") // a programming error, met by the first test that builds the catalog
  const reference = schema["$ref"]
  if (typeof reference === "string") {
    const { $ref: _, ...notes } = schema
    return inline(
      { ...(definitions[reference.replace(/^#\/(?:\$defs|definitions)\//, "")] as Json), ...notes },
      definitions,
      depth + 1,
    )
  }
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === "$schema") continue
    if ((key === "minimum" || key === "maximum") && typeof value === "number" && SAFE.has(value)) continue
    result[key] = key === "enum" || key === "const" ? value : inline(value, definitions, depth + 1)
  }
  const all = result["allOf"]
  if (Array.isArray(all)) {
    delete result["allOf"]
    for (const part of all) if (isObject(part)) for (const [key, value] of Object.entries(part)) result[key] ??= value
  }
  return result
}

const documentOf = (schema: Schema.Constraint, onExcessProperty: "error" | "ignore"): ObjectSchema => {
  const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema, { onExcessProperty })
  const flat = inline(root, definitions, 0)
  if (!isObject(flat) || flat["type"] !== "object") throw new Error("a tool schema must be an object at its root")
  return { ...flat, type: "object" }
}

/** The input: unknown keys are refused, and the schema says so. `without` names arguments that are of no use here. */
export const inputDocument = (schema: Schema.Constraint, without: ReadonlyArray<string> = []): ObjectSchema => {
  const document = documentOf(schema, "error")
  const properties = document["properties"]
  if (!isObject(properties) || without.length === 0) return document
  return {
    ...document,
    properties: Object.fromEntries(Object.entries(properties).filter(([key]) => !without.includes(key))),
  }
}

/** The output: a later version may add members. */
export const outputDocument = (schema: Schema.Constraint): ObjectSchema => documentOf(schema, "ignore")
