/** Filters of EC2's lists: values of one filter are alternatives, filters add up, `*` and `?` stand for any text. */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { type Ec2Form, invalidValue, rowsOf, valuesOf } from "./Ec2Form.ts"

/** What each filter looks at; a resource may have several values (its security groups) or none. */
export type Facts<A> = Readonly<Record<string, (resource: A) => ReadonlyArray<string | undefined>>>

/** A filter as it was sent. */
interface Filter {
  readonly name: string
  readonly values: ReadonlyArray<string>
}

/** A pattern as an expression; a backslash takes the meaning from the character behind it. */
const expressionOf = (pattern: string): RegExp => {
  const source = pattern.replace(/\\([\s\S])|([\s\S])/g, (_, escaped?: string, plain?: string) => {
    if (plain === "*") return "[\\s\\S]*"
    if (plain === "?") return "[\\s\\S]"
    return (escaped ?? plain ?? "").replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
  })
  return new RegExp(`^${source}$`)
}

/** Whether a value is what the pattern says; case counts. */
export const matchesPattern = (pattern: string, value: string): boolean =>
  // Without a wildcard there is nothing to interpret, and a run of `*` is one `*`: it keeps the expression fast.
  /[*?\\]/.test(pattern) ? expressionOf(pattern.replace(/\*+/g, "*")).test(value) : pattern === value

/** The filters of a request. */
const filtersOf = Effect.fnUntraced(function* (form: Ec2Form): Effect.fn.Return<ReadonlyArray<Filter>, AwsRefusal> {
  const filters: Array<Filter> = []
  for (const row of rowsOf(form, "Filter")) {
    const name = row.get("Name")
    const values = valuesOf(row, "Value")
    if (name === undefined || name === "") return yield* invalidValue("The filter 'null' is invalid")
    if (values.length === 0) return yield* invalidValue(`The filter '${name}' has no values`)
    filters.push({ name, values })
  }
  return filters
})

const tagFacts = (
  name: string,
): ((tags: ReadonlyMap<string, string>) => ReadonlyArray<string | undefined>) | undefined => {
  if (name === "tag-key") return (tags) => [...tags.keys()]
  if (name === "tag-value") return (tags) => [...tags.values()]
  return name.startsWith("tag:") ? (tags) => [tags.get(name.slice(4))] : undefined
}

/** The fact of that name; names come from clients, so what every object inherits must not answer to them. */
const own = <A>(facts: Facts<A>, name: string) => (Object.hasOwn(facts, name) ? facts[name] : undefined)

/**
 * The resources that pass every filter of the request. A filter that the list does not know is refused, also when there
 * is nothing to filter. `tagsOf` brings `tag:KEY`, `tag-key` and `tag-value` to resources that bear tags.
 */
export const filtered = Effect.fnUntraced(function* <A>(
  form: Ec2Form,
  resources: ReadonlyArray<A>,
  facts: Facts<A>,
  tagsOf?: (resource: A) => ReadonlyMap<string, string>,
): Effect.fn.Return<ReadonlyArray<A>, AwsRefusal> {
  let passing = resources
  for (const { name, values } of yield* filtersOf(form)) {
    const byTag = tagsOf === undefined ? undefined : tagFacts(name)
    const look =
      byTag !== undefined && tagsOf !== undefined ? (resource: A) => byTag(tagsOf(resource)) : own(facts, name)
    if (look === undefined) return yield* invalidValue(`The filter '${name}' is invalid`)
    passing = passing.filter((resource) =>
      look(resource).some((value) => value !== undefined && values.some((pattern) => matchesPattern(pattern, value))),
    )
  }
  return passing
})
