/**
 * Parameters as a model writes them (JSON) into the input of an SDK command, against AWS's own schema. Finds all problems
 * in one pass, each with its path; the caller sends nothing when there is one. The SDK itself checks next to nothing: it
 * drops or forwards what it does not know.
 */
import type { NormalizedSchema } from "@smithy/core/schema"
import { nearest, oneLine } from "../../core/Text.ts"
import type { Issue } from "./ApiError.ts"
import { coerceScalar, kindOf } from "./CoerceScalar.ts"
import type { Docs } from "./Docs.ts"
import { membersOf, requiredMembers } from "./ServiceModel.ts"

/** What came of the parameters. `value` is only good to send when `issues` is empty. */
export interface Coerced {
  readonly value: unknown
  readonly issues: ReadonlyArray<Issue>
  /** Values that AWS does not document: it may know them nevertheless, so they are sent. */
  readonly warnings: ReadonlyArray<string>
}

/** Bounds of one call's parameters. */
const limits = {
  depth: 64,
  /** Entries of one list or map. */
  items: 10_000,
  /** Characters of text plus one per value, of everything together. */
  size: 1_048_576,
  /** Issues told; a model mends the first few and tries again. */
  issues: 50,
} as const

interface Walk {
  readonly docs: Docs
  readonly issues: Array<Issue>
  readonly warnings: Array<string>
  size: number
}

/** The structure's member that a value stands in: documentation is kept by it. */
interface Place {
  readonly shape: string
  readonly member: string
}

type Json = Readonly<Record<string, unknown>>

/** Checks and converts `value`; `path` is what its root is called in messages. */
export const coerce = (schema: NormalizedSchema, value: unknown, docs: Docs, path = "parameters"): Coerced => {
  const walk: Walk = { docs, issues: [], warnings: [], size: 0 }
  const result = visit(walk, schema, value, path, 0)
  if (walk.size > limits.size) walk.issues.unshift({ path, problem: "is larger than 1 MiB altogether" })
  const more = walk.issues.length - limits.issues
  const issues = walk.issues.slice(0, limits.issues)
  if (more > 0) issues.push({ path, problem: `and ${more} more problems` })
  return { value: result, issues, warnings: walk.warnings.slice(0, limits.issues) }
}

const visit = (
  walk: Walk,
  schema: NormalizedSchema,
  value: unknown,
  path: string,
  depth: number,
  place?: Place,
): unknown => {
  walk.size += typeof value === "string" ? value.length : 1
  if (walk.size > limits.size) return undefined
  if (depth > limits.depth) return issue(walk, path, `is nested deeper than ${limits.depth} levels`)
  if (schema.isUnitSchema() || schema.isStructSchema()) return structure(walk, schema, value, path, depth)
  if (schema.isDocumentSchema()) return document(walk, value, path, depth)
  if (schema.isListSchema()) return list(walk, schema, value, path, depth, place)
  if (schema.isMapSchema()) return map(walk, schema, value, path, depth, place)
  const scalar = coerceScalar(schema, value)
  if ("problem" in scalar) return issue(walk, path, scalar.problem)
  if (typeof scalar.value === "string" && place !== undefined) {
    documented(walk, walk.docs.values(place.shape, place.member), scalar.value, path)
  }
  return scalar.value
}

const issue = (walk: Walk, path: string, problem: string): undefined => {
  walk.issues.push({ path, problem })
}

const documented = (walk: Walk, known: ReadonlyArray<string>, value: string, path: string): void => {
  if (known.length === 0 || known.includes(value)) return
  const near = nearest(value.slice(0, 80), known)
  const hint = near === undefined ? ` (${known.slice(0, 10).join(", ")}${known.length > 10 ? ", …" : ""})` : ""
  walk.warnings.push(
    `${path} is not among the values AWS documents for it${hint}${near === undefined ? "" : `; did you mean ${near}?`}`,
  )
}

/** `a.b`, or `a["b c"]` when the key is no plain name. */
const below = (path: string, key: string): string =>
  /^\w{1,80}$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(oneLine(key, 80))}]`

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const structure = (walk: Walk, schema: NormalizedSchema, value: unknown, path: string, depth: number): unknown => {
  if (!isRecord(value)) return issue(walk, path, `expected an object, got ${kindOf(value)}`)
  const members = membersOf(schema)
  const shape = schema.getName() ?? ""
  for (const key of Object.keys(value)) {
    if (!members.has(key)) unknownKey(walk, below(path, key), key, members)
  }
  const result: Array<readonly [string, unknown]> = []
  let required = requiredMembers(schema)
  for (const [name, member] of members) {
    const mandatory = required-- > 0
    const given = Object.hasOwn(value, name) ? value[name] : undefined
    // null is how JSON says that there is nothing.
    if (given === undefined || given === null) {
      if (mandatory && !member.isIdempotencyToken()) issue(walk, below(path, name), "is required")
      continue
    }
    const at = below(path, name)
    if (member.isUnionSchema() && member.isStreaming()) {
      issue(walk, at, "is a stream of events, which cannot be sent from here")
      continue
    }
    if (member.getMergedTraits().httpLabel !== undefined) label(walk, given, at)
    result.push([name, visit(walk, member, given, at, depth + 1, { shape, member: name })])
  }
  if (schema.isUnionSchema() && result.length !== 1) {
    issue(walk, path, `give exactly one of ${[...members.keys()].join(", ")}`)
  }
  return Object.fromEntries(result)
}

const unknownKey = (walk: Walk, path: string, key: string, members: ReadonlyMap<string, unknown>): void => {
  const near = nearest(key.slice(0, 80), members.keys())
  const names = [...members.keys()]
  const hint = names.length === 0 ? "it takes no parameters" : `known: ${names.slice(0, 30).join(", ")}`
  issue(walk, path, `is not known to AWS; ${near === undefined ? hint : `did you mean ${near}?`}`)
}

/** A value that becomes a part of the path: as a dot or nothing it would name another resource (a bucket, not its object). */
const label = (walk: Walk, value: unknown, path: string): void => {
  if (value === "") issue(walk, path, "must not be empty")
  if (value === "." || value === "..") issue(walk, path, "must not be a dot or two: it would change what is addressed")
}

const list = (
  walk: Walk,
  schema: NormalizedSchema,
  value: unknown,
  path: string,
  depth: number,
  place?: Place,
): unknown => {
  if (!Array.isArray(value)) return issue(walk, path, `expected a list, got ${kindOf(value)}`)
  if (value.length > limits.items) return issue(walk, path, `has more than ${limits.items} items`)
  const item = schema.getValueSchema()
  const sparse = isSparse(schema)
  return value.map((each: unknown, index): unknown => {
    const at = `${path}[${index}]`
    if (each === null) return sparse ? null : issue(walk, at, "must not be null")
    return visit(walk, item, each, at, depth + 1, place)
  })
}

const map = (
  walk: Walk,
  schema: NormalizedSchema,
  value: unknown,
  path: string,
  depth: number,
  place?: Place,
): unknown => {
  if (!isRecord(value)) return issue(walk, path, `expected an object, got ${kindOf(value)}`)
  const entries = Object.entries(value)
  if (entries.length > limits.items) return issue(walk, path, `has more than ${limits.items} entries`)
  const item = schema.getValueSchema()
  const sparse = isSparse(schema)
  const known = place === undefined ? [] : walk.docs.keys(place.shape, place.member)
  return Object.fromEntries(
    entries.map(([key, each]): [string, unknown] => {
      const at = below(path, key)
      walk.size += key.length
      documented(walk, known, key, at)
      if (each === null) return [key, sparse ? null : issue(walk, at, "must not be null")]
      return [key, visit(walk, item, each, at, depth + 1, place)]
    }),
  )
}

const isSparse = (schema: NormalizedSchema): boolean => Boolean(schema.getMergedTraits().sparse)

/** Free JSON: only its bounds are checked. */
const document = (walk: Walk, value: unknown, path: string, depth: number): unknown => {
  walk.size += typeof value === "string" ? value.length : 1
  if (walk.size > limits.size) return undefined
  if (depth > limits.depth) return issue(walk, path, `is nested deeper than ${limits.depth} levels`)
  if (Array.isArray(value)) return value.map((each, index) => document(walk, each, `${path}[${index}]`, depth + 1))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      walk.size += key.length
      return [key, document(walk, each, below(path, key), depth + 1)]
    }),
  )
}
