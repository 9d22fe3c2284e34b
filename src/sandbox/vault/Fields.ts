/**
 * Parameters of a request, checked against what an endpoint declares. Vault converts loosely (the command line sends
 * every value as text) and complains in its own words; the words here are those a client may meet.
 */
import { Result } from "effect"
import { goText, parseDuration } from "./Duration.ts"
import type { Json, JsonRecord } from "./Protocol.ts"

/** `list`: an array or a comma-separated text. `map`: an object of texts, or `k=v` texts. `any`: taken as it is. */
export type FieldType = "text" | "duration" | "int" | "flag" | "list" | "map" | "any"

/** The parameters an endpoint knows. */
export type Fields = Readonly<Record<string, FieldType>>

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"])
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False", ""])

const toText = (value: Json): Result.Result<Json, string> => {
  if (typeof value === "object" && value !== null)
    return Result.fail(`'' expected type 'string', got unconvertible value '${goText(value)}'`)
  return Result.succeed(value === null ? "" : typeof value === "boolean" ? (value ? "1" : "0") : String(value))
}

const toInt = (value: Json): Result.Result<Json, string> => {
  const number = value === "" || value === null ? 0 : typeof value === "string" ? Number(value) : value
  return typeof number === "number" && Number.isInteger(number)
    ? Result.succeed(number)
    : Result.fail(`cannot parse '' as int: strconv.ParseInt: parsing ${JSON.stringify(goText(value))}: invalid syntax`)
}

const toFlag = (value: Json): Result.Result<Json, string> => {
  if (typeof value === "boolean") return Result.succeed(value)
  const text = value === null ? "" : goText(value)
  if (TRUE.has(text) || FALSE.has(text)) return Result.succeed(TRUE.has(text))
  return Result.fail(`cannot parse '' as bool: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`)
}

const toList = (value: Json): Result.Result<Json, string> => {
  if (Array.isArray(value)) return Result.succeed(value.map(goText))
  const text = value === null ? "" : goText(value)
  return Result.succeed(
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  )
}

const toMap = (value: Json): Result.Result<Json, string> => {
  if (value === null || value === "") return Result.succeed({})
  if (typeof value === "object" && !Array.isArray(value))
    return Result.succeed(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, goText(item)])))
  const pairs = Array.isArray(value) ? value.map(goText) : [goText(value)]
  return pairs.every((pair) => pair.includes("="))
    ? Result.succeed(
        Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)])),
      )
    : Result.fail(`'' expected a map, got 'string'`)
}

const convert: Readonly<Record<FieldType, (value: Json) => Result.Result<Json, string>>> = {
  text: toText,
  duration: parseDuration,
  int: toInt,
  flag: toFlag,
  list: toList,
  map: toMap,
  any: Result.succeed,
}

/** The parameters of one request after conversion; what was not sent gives the fallback. */
export class Params {
  readonly values: JsonRecord
  constructor(values: JsonRecord) {
    this.values = values
  }
  has(name: string): boolean {
    return this.values[name] !== undefined
  }
  raw(name: string): Json | undefined {
    return this.values[name]
  }
  text(name: string, fallback = ""): string {
    const value = this.values[name]
    return typeof value === "string" ? value : fallback
  }
  /** Whole seconds of a duration, or an integer. */
  number(name: string, fallback = 0): number {
    const value = this.values[name]
    return typeof value === "number" ? value : fallback
  }
  flag(name: string, fallback: boolean): boolean {
    const value = this.values[name]
    return typeof value === "boolean" ? value : fallback
  }
  list(name: string): ReadonlyArray<string> | undefined {
    const value = this.values[name]
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined
  }
  map(name: string): Readonly<Record<string, string>> | undefined {
    const value = recordOf(this.values[name])
    return value === undefined
      ? undefined
      : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, goText(item)]))
  }
}

/** The value as a JSON object, if it is one. */
export const recordOf = (value: Json | undefined): JsonRecord | undefined =>
  // An array is the only other object among JSON values; TypeScript does not narrow readonly arrays away by itself.
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined

/** Converts what was sent; gives the names nobody declared as well. The failure is the text of the 400. */
export const checkFields = (
  fields: Fields,
  sent: JsonRecord,
): Result.Result<{ readonly params: Params; readonly ignored: ReadonlyArray<string> }, string> => {
  const values: Record<string, Json> = {}
  const ignored: Array<string> = []
  for (const [name, value] of Object.entries(sent)) {
    const type = fields[name]
    if (type === undefined) {
      ignored.push(name)
      continue
    }
    const converted = convert[type](value)
    if (Result.isFailure(converted))
      return Result.fail(
        `Field validation failed: error converting input ${goText(value)} for field ${JSON.stringify(name)}: ${converted.failure}`,
      )
    values[name] = converted.success
  }
  return Result.succeed({ params: new Params(values), ignored: ignored.sort() })
}
