/** Parameters that a schema accepts, made up from the schema alone, and a small checker of JSON Schema: for the sweeps. */
import type { NormalizedSchema } from "@smithy/core/schema"
import { Effect } from "effect"
import { loadService, services } from "../../../src/aws/api/Registry.ts"
import { membersOf, type Operation, requiredMembers } from "../../../src/aws/api/ServiceModel.ts"

/** All operations of all clients. */
export const everyOperation = Effect.gen(function* () {
  const models = yield* Effect.forEach(services, ({ id }) => loadService(id))
  return models.flatMap((model): ReadonlyArray<Operation> => [...model.operations.values()])
})

/** One operation by AWS's name. */
export const operationOf = (service: (typeof services)[number]["id"], name: string) =>
  Effect.orDie(Effect.flatMap(loadService(service), (model) => Effect.fromNullishOr(model.operations.get(name))))

/** A value as a caller would write it: every member down to `depth` structures, below that only what is required. */
export const sample = (schema: NormalizedSchema, depth = 4): unknown => {
  if (schema.isListSchema()) return [sample(schema.getValueSchema(), depth)]
  if (schema.isMapSchema()) return { key: sample(schema.getValueSchema(), depth) }
  if (schema.isUnionSchema()) {
    const [[name, member] = ["", schema]] = membersOf(schema)
    return { [name]: sample(member, depth - 1) }
  }
  if (schema.isStructSchema()) {
    const names = [...membersOf(schema)].slice(0, depth > 0 ? undefined : requiredMembers(schema))
    return Object.fromEntries(names.map(([name, member]) => [name, sample(member, depth - 1)]))
  }
  if (schema.isUnitSchema()) return {}
  if (schema.isBlobSchema()) return "aGVsbG8="
  if (schema.isTimestampSchema()) return "2026-01-31T12:00:00Z"
  if (schema.isNumericSchema()) return 1
  if (schema.isBooleanSchema()) return true
  return "text"
}

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const WORDS = new Set(
  [
    "$defs $ref $schema additionalProperties anyOf description examples format items maxProperties minProperties",
    "properties propertyNames required type",
  ].flatMap((line) => line.split(" ")),
)

/** What a JSON Schema has against a value. Knows the words that our schemas use, and complains of others. */
export const complaints = (root: Json, value: unknown, schema: unknown = root, path = "$"): ReadonlyArray<string> => {
  if (!isObject(schema)) return [`${path}: no schema`]
  const { $ref, additionalProperties, items, maxProperties, minProperties, properties, required, type } = schema
  const found = Object.keys(schema).flatMap((word) => (WORDS.has(word) ? [] : [`${path}: unknown word ${word}`]))
  if (typeof $ref === "string") {
    const name = $ref.replace("#/$defs/", "")
    return complaints(root, value, $ref === "#" ? root : isObject(root["$defs"]) ? root["$defs"][name] : {}, path)
  }
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value
  if (type !== undefined && ![type].flat().includes(kind)) found.push(`${path}: ${kind} is not ${JSON.stringify(type)}`)
  if (Array.isArray(value) && items !== undefined) {
    value.forEach((each, index) => found.push(...complaints(root, each, items, `${path}[${index}]`)))
  }
  if (!isObject(value)) return found
  const known = isObject(properties) ? properties : {}
  for (const name of Array.isArray(required) ? required : []) {
    if (!(String(name) in value)) found.push(`${path}.${name}: missing`)
  }
  const count = Object.keys(value).length
  if (typeof minProperties === "number" && count < minProperties) found.push(`${path}: too few`)
  if (typeof maxProperties === "number" && count > maxProperties) found.push(`${path}: too many`)
  for (const [name, each] of Object.entries(value)) {
    const inner = known[name] ?? additionalProperties
    if (inner === false) found.push(`${path}.${name}: not allowed`)
    else if (inner !== undefined) found.push(...complaints(root, each, inner, `${path}.${name}`))
  }
  return found
}
