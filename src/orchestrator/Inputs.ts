/**
 * A run's inputs: what was given, else the file's defaults. A text `name=value` takes the type of the default; a value by
 * its name has it.
 */
import { Option, Result, Schema } from "effect"
import { nearest, oneLine } from "../core/Text.ts"
import type { Inputs, Workflow } from "./WorkflowModel.ts"

/** What is given: `name=value` as a person types it, or values by their names. */
export type Given = ReadonlyArray<string> | Inputs

/** Longest value of an input, in characters. */
const LONGEST = 16 * 1024

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

/** Without a default an input is a text. */
const kindOf = (value: Schema.Json | undefined): string => {
  if (value === undefined || typeof value === "string") return "text"
  if (Array.isArray(value)) return "list"
  return value === null ? "null" : typeof value
}

/** A kind with its article. */
const aKind = (kind: string): string => (kind === "null" ? kind : `${kind === "object" ? "an" : "a"} ${kind}`)

const isTyped = (given: Given): given is ReadonlyArray<string> => Array.isArray(given)

type Value = Result.Result<Schema.Json, string>

const tooLong = (name: string) => Result.fail(`the input ${name} is longer than ${LONGEST} characters`)

/** The value of a text, or what is wrong with it. */
const ofText = (name: string, text: string, like: Schema.Json | undefined): Value => {
  if (text.length > LONGEST) return tooLong(name)
  if (like === undefined || typeof like === "string") return Result.succeed(text)
  const value = Option.getOrUndefined(decode(text))
  return value !== undefined && (like === null || kindOf(value) === kindOf(like))
    ? Result.succeed(value)
    : Result.fail(`the input ${name} is JSON of the kind of its default, ${aKind(kindOf(like))}`)
}

/** The value as it is, or what is wrong with it. */
const ofJson = (name: string, value: Schema.Json, like: Schema.Json | undefined): Value => {
  if (JSON.stringify(value).length > LONGEST) return tooLong(name)
  const wanted = kindOf(like)
  return like === null || kindOf(value) === wanted
    ? Result.succeed(value)
    : Result.fail(`the input ${name} is ${aKind(wanted)}, not ${aKind(kindOf(value))}`)
}

/** All inputs of a workflow, or everything that is wrong with what was given. */
export const readInputs = (workflow: Workflow, given: Given): Result.Result<Inputs, ReadonlyArray<string>> => {
  const known = workflow.inputs ?? {}
  const problems: Array<string> = []
  const named = new Set<string>()
  const values = new Map<string, Schema.Json>()
  const take = (name: string, read: (like: Schema.Json | undefined) => Value) => {
    const input = Object.hasOwn(known, name) ? known[name] : undefined
    if (input === undefined) {
      const guess = nearest(name, Object.keys(known))
      problems.push(
        `${workflow.name} has no input ${oneLine(name, 60)}${guess === undefined ? "" : `, did you mean ${guess}?`}`,
      )
      return
    }
    named.add(name)
    Result.match(read(input.default), {
      onFailure: (what) => problems.push(what),
      onSuccess: (value) => values.set(name, value),
    })
  }
  const typed = isTyped(given)
  if (typed)
    for (const one of given) {
      const at = one.indexOf("=")
      if (at < 0) problems.push(`an input is name=value, not ${JSON.stringify(oneLine(one, 60))}`)
      else take(one.slice(0, at), (like) => ofText(one.slice(0, at), one.slice(at + 1), like))
    }
  else for (const [name, value] of Object.entries(given)) take(name, (like) => ofJson(name, value, like))
  for (const [name, { default: value, description }] of Object.entries(known)) {
    if (named.has(name)) continue
    if (value !== undefined) values.set(name, value)
    else
      problems.push(
        `the input ${name} is needed${typed ? `: ${name}=…` : ""}${description === undefined ? "" : ` (${description})`}`,
      )
  }
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(Object.fromEntries(values))
}
