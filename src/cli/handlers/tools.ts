/** `tools [NAME]`: what may be called, and how. Needs neither Vault nor AWS. */
import { Effect } from "effect"
import { nearest } from "../../core/Text.ts"
import { TOOLS, toolsOf } from "../../app/Tools.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { print, table } from "../Output.ts"
import { CommandFailed, settings } from "../Session.ts"
import { toolForPrograms, toolPage } from "../ToolPage.ts"

type AnyTool = ReturnType<typeof toolsOf>[number]

const described = (tool: AnyTool, accounts: boolean) => ({
  ...toolForPrograms(tool.meta, tool.inputSchema(accounts)),
  output_schema: tool.outputSchema(),
})

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
    const off = TOOLS.find(({ meta }) => meta.name === name)
    if (off !== undefined)
      return yield* new CommandFailed({
        what: `${name} is a tool of the toolset ${off.meta.toolset}, which is off. With --toolsets ${off.meta.toolset} it is shown here; VAULT_AWS_MCP_TOOLSETS decides what is offered.`,
        exitCode: 1,
      })
    const guess = nearest(
      name,
      tools.map(({ meta }) => meta.name),
    )
    return yield* new CommandFailed({
      what: `There is no tool ${JSON.stringify(name)} here${guess === undefined ? "" : `, did you mean ${guess}?`}`,
      exitCode: 1,
    })
  }
  yield* print(json ? JSON.stringify(described(tool, accounts)) : toolPage(tool.meta, tool.inputSchema(accounts)))
})
