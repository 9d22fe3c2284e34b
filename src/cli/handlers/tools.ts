/** `tools [NAME]`: what may be called, and how. Needs neither Vault nor AWS. */
import { Effect } from "effect"
import { nearest } from "../../core/Text.ts"
import { toolsOf } from "../../app/Tools.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { print, styled, table, wrap } from "../Output.ts"
import { CommandFailed, settings } from "../Session.ts"

type AnyTool = ReturnType<typeof toolsOf>[number]

const described = (tool: AnyTool, accounts: boolean) => ({
  name: tool.meta.name,
  title: tool.meta.title,
  toolset: tool.meta.toolset,
  description: tool.meta.description,
  annotations: tool.meta.annotations,
  input_schema: tool.inputSchema(accounts),
  output_schema: tool.outputSchema(),
})

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const typeOf = (schema: Readonly<Record<string, unknown>>): string => {
  if (Array.isArray(schema["enum"])) return schema["enum"].join(" | ")
  if (typeof schema["type"] === "string") return schema["type"]
  return Array.isArray(schema["anyOf"]) ? schema["anyOf"].filter(isObject).map(typeOf).join(" | ") : "any"
}

const argumentRows = (tool: AnyTool, accounts: boolean): ReadonlyArray<ReadonlyArray<string>> => {
  const { properties, required } = tool.inputSchema(accounts)
  if (!isObject(properties)) return []
  const needed = Array.isArray(required) ? required : []
  return Object.entries(properties).map(([name, schema]) => {
    const known = isObject(schema) ? schema : {}
    const says = typeof known["description"] === "string" ? known["description"] : ""
    return [`  ${name}`, typeOf(known), needed.includes(name) ? "required" : "", says]
  })
}

const page = (tool: AnyTool, accounts: boolean): string => {
  const { annotations, description, name, title } = tool.meta
  const rows = argumentRows(tool, accounts)
  const effect = annotations.readOnly ? "only reads" : annotations.destructive ? "changes and may destroy" : "changes"
  return [
    `${styled("bold", name)}  ${title} (${effect})`,
    wrap(description),
    rows.length === 0 ? "No arguments." : table(rows),
  ].join("\n\n")
}

/** Lists the tools that are switched on, or shows one. */
export const showTools = Effect.fnUntraced(function* (common: CommonArgs, name: string | undefined, json: boolean) {
  const config = yield* settings(common)
  const accounts = Object.keys(config.accounts).length > 0
  const tools = toolsOf(config.toolsets)
  if (name === undefined) {
    if (json) return yield* print(JSON.stringify(tools.map((tool) => described(tool, accounts))))
    const rows = tools.map(({ meta }) => [meta.toolset, meta.name, meta.title])
    return yield* print(table(rows))
  }
  const tool = tools.find(({ meta }) => meta.name === name)
  if (tool === undefined) {
    const guess = nearest(
      name,
      tools.map(({ meta }) => meta.name),
    )
    return yield* new CommandFailed({
      what: `There is no tool ${JSON.stringify(name)} here${guess === undefined ? "" : `, did you mean ${guess}?`}`,
      exitCode: 1,
    })
  }
  yield* print(json ? JSON.stringify(described(tool, accounts)) : page(tool, accounts))
})
