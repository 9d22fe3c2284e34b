/** Turns typed words into a tool's arguments: `key=value`, one JSON object, or without names: the required ones in their order. */
import { Option, Result, Schema } from "effect"
import type { ObjectSchema } from "../../tools/ToolSchema.ts"

/** The part of an argument's JSON Schema that tells how a typed value is read. */
export interface Argument {
  readonly type: string | undefined
  /** The type of a list's items. */
  readonly items: string | undefined
  readonly values: ReadonlyArray<string>
  readonly says: string
  readonly required: boolean
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const typeOf = (type: unknown): string | undefined => (typeof type === "string" ? type : undefined)

/** The arguments of a tool by name, in their order. */
export const argumentsOf = (schema: ObjectSchema): ReadonlyMap<string, Argument> => {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {}
  const required: ReadonlyArray<unknown> = Array.isArray(schema["required"]) ? schema["required"] : []
  return new Map(
    Object.entries(properties).map(([name, property]) => {
      const { description, enum: values, items, type } = isObject(property) ? property : {}
      const argument: Argument = {
        type: typeOf(type),
        items: isObject(items) ? typeOf(items["type"]) : undefined,
        values: Array.isArray(values) ? values.filter((one) => typeof one === "string") : [],
        says: typeof description === "string" ? description : "",
        required: required.includes(name),
      }
      return [name, argument] as const
    }),
  )
}

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

/** Never with the value, which may be a secret that stands in the wrong place. */
const expected = (name: string, what: string) => Result.fail(`${name}: expected ${what}`)

/** A typed value as its argument's type wants it. */
const valueOf = (
  name: string,
  text: string,
  { items = "string", type }: Pick<Argument, "type"> & Partial<Pick<Argument, "items">>,
): Result.Result<Schema.Json, string> => {
  if (type === "string") return Result.succeed(text)
  const json = Option.getOrUndefined(decode(text))
  if (type === "array") {
    if (Array.isArray(json)) return Result.succeed(json)
    if (text === "") return Result.succeed([])
    if (text.startsWith("[") || items === "object" || items === "array") return expected(name, "a list as JSON")
    return Result.all(text.split(",").map((part, at) => valueOf(`${name}.${at}`, part, { type: items })))
  }
  if (type === "boolean") return typeof json === "boolean" ? Result.succeed(json) : expected(name, "true or false")
  if (type === "number" || type === "integer")
    return typeof json === "number" ? Result.succeed(json) : expected(name, "a number")
  if (type === "object") return isObject(json) ? Result.succeed(json) : expected(name, "an object as JSON")
  return Result.succeed(json ?? text)
}

/** An argument that the tool does not know: it tells so itself. */
const ANY = { type: undefined }

/** A name and its value; what has no = has no name. */
const NAMED = /^([A-Za-z_][\w.-]*)=([\s\S]*)$/

/** The arguments that the words stand for, or all that is wrong with them. */
export const readArguments = (
  schema: ObjectSchema,
  words: ReadonlyArray<string>,
): Result.Result<Readonly<Record<string, Schema.Json>>, ReadonlyArray<string>> => {
  const [first] = words
  if (words.length === 1 && first?.startsWith("{") === true) {
    const json = Option.getOrUndefined(decode(first))
    return isObject(json) ? Result.succeed(json) : Result.fail(["not JSON"])
  }
  const known = argumentsOf(schema)
  const problems: Array<string> = []
  const given: Record<string, Schema.Json> = {}
  const required = [...known].filter(([, argument]) => argument.required).map(([name]) => name)
  // A tool that needs nothing takes its first argument so: most often what is meant.
  const open = required.length > 0 ? required : [...known.keys()].slice(0, 1)
  const put = (name: string, value: Result.Result<Schema.Json, string>): void => {
    if (Object.hasOwn(given, name)) problems.push(`${name} is given twice`)
    else if (Result.isFailure(value)) problems.push(value.failure)
    else given[name] = value.success
  }
  const named = new Set(words.flatMap((word) => NAMED.exec(word)?.[1] ?? []))
  const places = open.filter((name) => !named.has(name))
  for (const [at, word] of words.entries()) {
    const [, name, text = ""] = NAMED.exec(word) ?? []
    if (name !== undefined) put(name, valueOf(name, text, known.get(name) ?? ANY))
    else if (known.get(word)?.type === "boolean") put(word, Result.succeed(true))
    else {
      const place = places.shift()
      if (place === undefined) problems.push(`word ${at + 1} after the tool is no argument: they are name=value`)
      else put(place, valueOf(place, word, known.get(place) ?? ANY))
    }
  }
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(given)
}
