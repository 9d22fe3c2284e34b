/** What can be told of a tool's arguments before they are filled in: names, what is missing, and the type of literals. */
import { nearest, oneLine } from "../core/Text.ts"
import type { ArgumentShape, KnownTool } from "./Known.ts"
import { expressionsOf } from "./Reference.ts"

const typeOf = (value: unknown): string =>
  Array.isArray(value) ? "array" : value === null ? "null" : typeof value === "number" ? "number" : typeof value

/** Why the value does not suit; a value with references is known when they are filled in. */
const misfit = (shape: ArgumentShape, value: unknown): string | undefined => {
  if (expressionsOf(value).length > 0) return undefined
  if (Array.isArray(shape.enum))
    return shape.enum.includes(value) ? undefined : `expected one of ${shape.enum.join(", ")}`
  const expected = shape.type === "integer" ? "number" : shape.type
  return typeof expected !== "string" || expected === typeOf(value)
    ? undefined
    : `expected ${expected}, got ${typeOf(value)}`
}

/** A problem of the arguments; `member` is absent for what is missing. */
export interface ArgumentProblem {
  readonly member?: string
  readonly what: string
}

/** All that is wrong with these arguments. */
export const argumentProblems = (
  tool: string,
  { input, required }: KnownTool,
  args: Readonly<Record<string, unknown>>,
): ReadonlyArray<ArgumentProblem> => [
  ...required
    .filter((name) => !(name in args) && name !== "account" && name !== "region")
    .map((name) => ({ what: `${tool} needs the argument ${name}` })),
  ...Object.entries(args).flatMap(([member, value]): ReadonlyArray<ArgumentProblem> => {
    const shape = Object.hasOwn(input, member) ? input[member] : undefined
    if (shape !== undefined) {
      const what = misfit(shape, value)
      return what === undefined ? [] : [{ member, what: `${member}: ${what}` }]
    }
    const guess = nearest(member, Object.keys(input))
    const more = guess === undefined ? "" : `, did you mean ${guess}?`
    return [{ member, what: `${oneLine(member, 60)} is not an argument of ${tool}${more}` }]
  }),
]
