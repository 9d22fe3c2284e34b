/** A tool's page: what it does, what it changes, its arguments. */
import { definitions, styled, table, wrap } from "./Output.ts"
import type { ObjectSchema } from "../tools/ToolSchema.ts"
import type { ToolMeta } from "../tools/ToolSpec.ts"

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const typeOf = (schema: Readonly<Record<string, unknown>>): string => {
  if (Array.isArray(schema["enum"])) return schema["enum"].join(" | ")
  if (typeof schema["type"] === "string") return schema["type"]
  return Array.isArray(schema["anyOf"]) ? schema["anyOf"].filter(isObject).map(typeOf).join(" | ") : "any"
}

interface Row {
  readonly name: ReadonlyArray<string>
  readonly says: string
}

const argumentRows = ({ properties, required }: ObjectSchema): ReadonlyArray<Row> => {
  if (!isObject(properties)) return []
  const needed = Array.isArray(required) ? required : []
  return Object.entries(properties).map(([name, schema]) => {
    const known = isObject(schema) ? schema : {}
    const says = typeof known["description"] === "string" ? known["description"] : ""
    return { name: [`  ${name}`, typeOf(known), needed.includes(name) ? "required" : ""], says }
  })
}

/** For programs; what it gives back is told by those that know it. */
export const toolForPrograms = ({ annotations, description, name, title, toolset }: ToolMeta, input: ObjectSchema) => ({
  name,
  title,
  toolset,
  description,
  annotations,
  input_schema: input,
})

/** For people, within `width` cells where one is given. */
export const toolPage = (meta: ToolMeta, input: ObjectSchema, width?: number): string => {
  const { annotations, description, name, title } = meta
  const rows = argumentRows(input)
  const names = table(rows.map((row) => row.name)).split("\n")
  const effect = annotations.readOnly ? "only reads" : annotations.destructive ? "changes and may destroy" : "changes"
  return [
    `${styled("bold", name)}  ${title} (${effect})`,
    wrap(description, Math.min(100, width ?? 100)),
    rows.length === 0
      ? "No arguments."
      : definitions(
          rows.map(({ says }, i) => [names[i] ?? "", says] as const),
          width ?? Infinity,
        ),
  ].join("\n\n")
}
