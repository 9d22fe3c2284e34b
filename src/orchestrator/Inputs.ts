/** A run's inputs: what was given as `name=value`, else the file's defaults. A text takes the type of the default. */
import { Option, Result, Schema } from "effect"
import { nearest, oneLine } from "../core/Text.ts"
import type { Inputs, Workflow } from "./WorkflowModel.ts"

/** Longest value of an input, in characters. */
const LONGEST = 16 * 1024

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

const kindOf = (value: Schema.Json | undefined): string =>
  value === undefined ? "text" : Array.isArray(value) ? "list" : value === null ? "null" : typeof value

/** The value, or what is wrong with it. */
const valueOf = (name: string, text: string, like: Schema.Json | undefined): Result.Result<Schema.Json, string> => {
  if (text.length > LONGEST) return Result.fail(`the input ${name} is longer than ${LONGEST} characters`)
  if (like === undefined || typeof like === "string") return Result.succeed(text)
  const value = Option.getOrUndefined(decode(text))
  return value !== undefined && (like === null || kindOf(value) === kindOf(like))
    ? Result.succeed(value)
    : Result.fail(`the input ${name} is JSON of the kind of its default, a ${kindOf(like)}`)
}

/** All inputs of a workflow, or everything that is wrong with what was given. */
export const readInputs = (
  workflow: Workflow,
  given: ReadonlyArray<string>,
): Result.Result<Inputs, ReadonlyArray<string>> => {
  const known = workflow.inputs ?? {}
  const problems: Array<string> = []
  const values = new Map<string, Schema.Json>()
  for (const one of given) {
    const at = one.indexOf("=")
    const name = at < 0 ? one : one.slice(0, at)
    const input = Object.hasOwn(known, name) ? known[name] : undefined
    if (at < 0) problems.push(`an input is name=value, not ${JSON.stringify(oneLine(one, 60))}`)
    else if (input === undefined) {
      const guess = nearest(name, Object.keys(known))
      problems.push(
        `${workflow.name} has no input ${oneLine(name, 60)}${guess === undefined ? "" : `, did you mean ${guess}?`}`,
      )
    } else
      Result.match(valueOf(name, one.slice(at + 1), input.default), {
        onFailure: (what) => problems.push(what),
        onSuccess: (value) => values.set(name, value),
      })
  }
  for (const [name, { default: value, description }] of Object.entries(known)) {
    if (values.has(name) || problems.some((one) => one.includes(`input ${name} `))) continue
    if (value !== undefined) values.set(name, value)
    else problems.push(`the input ${name} is needed: ${name}=…${description === undefined ? "" : ` (${description})`}`)
  }
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(Object.fromEntries(values))
}
