/**
 * A server's JSON Schema made harmless: only keywords whose cost is known are kept, and every reference within the
 * document is put in its place, so that what is left is a small tree without references. What is dropped is not checked
 * here; the server checks its arguments itself. Pure.
 */

type Json = Readonly<Record<string, unknown>>

/** A tree of more nodes than that is not made: a chain of references can double at every link. */
const MOST_NODES = 5000
const MOST_DEPTH = 40

const TYPES: ReadonlyArray<unknown> = ["string", "number", "integer", "boolean", "array", "object", "null"]

const isNumber = (value: unknown): boolean => typeof value === "number"
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0

/**
 * Kept as they are, where their value is of the right kind: older dialects give some of them another meaning. Not among
 * them: `pattern`, `format` (expressions that may run for ever), `uniqueItems`.
 */
const PLAIN: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ["type", (value) => (Array.isArray(value) ? value.every((one) => TYPES.includes(one)) : TYPES.includes(value))],
  ["enum", Array.isArray],
  ["const", () => true],
  ["required", (value) => Array.isArray(value) && value.every((one) => typeof one === "string")],
  ["minimum", isNumber],
  ["maximum", isNumber],
  ["exclusiveMinimum", isNumber],
  ["exclusiveMaximum", isNumber],
  ["minLength", isCount],
  ["maxLength", isCount],
  ["minItems", isCount],
  ["maxItems", isCount],
  ["minProperties", isCount],
  ["maxProperties", isCount],
])
/** A schema each. */
const ONE = new Set(["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"])
/** Schemas in a list. */
const LIST = new Set(["allOf", "anyOf", "oneOf", "prefixItems"])
/** Schemas by name. */
const NAMED = new Set(["properties", "dependentSchemas"])

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** What `#/a/b` leads to; nothing for what leads elsewhere. */
const target = (root: unknown, reference: string): unknown => {
  if (reference === "#") return root
  if (!reference.startsWith("#/")) return undefined
  let at: unknown = root
  for (const step of reference.slice(2).split("/")) {
    if (typeof at !== "object" || at === null) return undefined
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~")
    at = Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
  }
  return at
}

/** A schema without teeth, whether all of it is in it, and how many nodes it has. */
export interface Tamed {
  readonly schema: Json
  readonly whole: boolean
  readonly nodes: number
}

/** Tames a bounded schema. */
export const tame = (root: unknown): Tamed => {
  const old = isObject(root) && /draft-0[3-7]/.test(String(root["$schema"]))
  let nodes = 0
  let dropped = 0
  const drop = (): boolean => {
    dropped++
    return true
  }
  const visit = (schema: unknown, depth: number, within: ReadonlySet<unknown>): Json | boolean => {
    if (typeof schema === "boolean") return schema
    // A reference to what it stands in has no end as a tree.
    if (!isObject(schema) || ++nodes > MOST_NODES || depth > MOST_DEPTH || within.has(schema)) return drop()
    const inside = new Set(within).add(schema)
    const made: Array<readonly [string, unknown]> = []
    for (const [key, value] of Object.entries(schema)) {
      const before = dropped
      const plain = PLAIN.get(key)
      if (plain !== undefined) {
        if (Array.isArray(value)) nodes += value.length
        if (plain(value)) made.push([key, value])
        else drop()
      } else if (ONE.has(key)) {
        const one = visit(value, depth + 1, inside)
        // Where a schema that takes less than it says would refuse more, it is left out altogether.
        const turned = key === "not" || key === "if" ? dropped > before : key === "contains" && "minContains" in schema
        if (turned) drop()
        else made.push([key, one])
      } else if (LIST.has(key) && Array.isArray(value)) {
        const all = value.map((one) => visit(one, depth + 1, inside))
        if (key !== "oneOf" || dropped === before) made.push([key, all])
        else if (!("anyOf" in schema)) made.push(["anyOf", all])
      } else if (NAMED.has(key) && isObject(value))
        made.push([
          key,
          Object.fromEntries(Object.entries(value).map(([name, one]) => [name, visit(one, depth + 1, inside)])),
        ])
      else if (key !== "$ref" && !NOTES.has(key)) drop()
    }
    // With patternProperties gone, the names it stood for would count as additional.
    const loose = isObject(schema["patternProperties"]) ? made.filter(([key]) => key !== "additionalProperties") : made
    const own = Object.fromEntries(loose)
    const reference = schema["$ref"]
    if (typeof reference !== "string") return own
    const referred = visit(target(root, reference), depth + 1, inside)
    // In older dialects what stands beside a reference does not count.
    return loose.length === 0 || old ? referred : { allOf: [own, referred] }
  }
  const schema = visit(root, 0, new Set())
  if (nodes > MOST_NODES) return { schema: {}, whole: false, nodes: 1 }
  return { schema: isObject(schema) ? schema : schema ? {} : { not: {} }, whole: dropped === 0, nodes }
}

/** Keywords that say nothing of a value. */
const NOTES = new Set([
  "$schema",
  "$id",
  "$defs",
  "definitions",
  "$comment",
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
])
