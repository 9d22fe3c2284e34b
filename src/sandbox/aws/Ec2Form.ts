/** The fields of an EC2 request: `InstanceId.1`, `Filter.2.Value.1`, flags and numbers, each with EC2's own complaints. */
import { Effect } from "effect"
import { AwsRefusal } from "./AwsCall.ts"

/** Fields by name; of a field sent twice the last one counts. */
export type Ec2Form = ReadonlyMap<string, string>

/** A value that EC2 does not take. */
export const invalidValue = (message: string): AwsRefusal =>
  new AwsRefusal({ status: 400, code: "InvalidParameterValue", message })

/** The numbered rows under a prefix, in the order of their numbers: `Tag.1.Key` is `Key` of the first row of `Tag`. */
export const rowsOf = (form: Ec2Form, prefix: string): ReadonlyArray<Ec2Form> => {
  const rows = new Map<number, Map<string, string>>()
  for (const [name, value] of form) {
    const [, number, rest = ""] = name.startsWith(`${prefix}.`)
      ? (/^(\d{1,5})(?:\.(.+))?$/.exec(name.slice(prefix.length + 1)) ?? [])
      : []
    if (number === undefined) continue
    const row = rows.get(Number(number)) ?? new Map<string, string>()
    rows.set(Number(number), row.set(rest, value))
  }
  return [...rows].sort(([a], [b]) => a - b).map(([, row]) => row)
}

/** A list of plain values: `InstanceId.1`, `InstanceId.2`, … */
export const valuesOf = (form: Ec2Form, prefix: string): ReadonlyArray<string> =>
  rowsOf(form, prefix).flatMap((row) => {
    const value = row.get("")
    return value === undefined ? [] : [value]
  })

/** A flag, false where it was not sent. */
export const flagOf = (form: Ec2Form, name: string): Effect.Effect<boolean, AwsRefusal> => {
  const text = form.get(name)?.toLowerCase() ?? "false"
  return text === "true" || text === "false"
    ? Effect.succeed(text === "true")
    : Effect.fail(invalidValue(`Value (${form.get(name)}) for parameter ${name} is invalid. Expecting a boolean.`))
}

/** A whole number within bounds, undefined where it was not sent. */
export const numberOf = Effect.fnUntraced(function* (
  form: Ec2Form,
  name: string,
  least: number,
  most: number,
): Effect.fn.Return<number | undefined, AwsRefusal> {
  const text = form.get(name)
  if (text === undefined) return undefined
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  return yield* invalidValue(
    `Value ( ${text} ) for parameter ${name} is invalid. Expecting a value from ${least} to ${most}.`,
  )
})

/** A field that must be there. */
export const requiredOf = (form: Ec2Form, name: string): Effect.Effect<string, AwsRefusal> => {
  const value = form.get(name)
  return value === undefined || value === ""
    ? Effect.fail(
        new AwsRefusal({
          status: 400,
          code: "MissingParameter",
          message: `The request must contain the parameter ${name}`,
        }),
      )
    : Effect.succeed(value)
}
