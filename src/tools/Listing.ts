/**
 * The tools as a client lists them, from listing.json, which `npm run docs` writes out of the catalog and `npm run check`
 * compares with it: the schemas' own library is not loaded to answer a list.
 */
import listing from "./listing.json" with { type: "json" }
import type { ObjectSchema } from "./ToolSchema.ts"
import type { ToolGroup } from "./ToolSpec.ts"

/** One tool in MCP's own terms. */
export interface ListedTool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly inputSchema: ObjectSchema
  readonly outputSchema: ObjectSchema
  readonly annotations: {
    readonly readOnlyHint: boolean
    readonly destructiveHint: boolean
    readonly idempotentHint: boolean
    readonly openWorldHint: boolean
  }
}

/** An entry of the file: the tool, and the toolset it belongs to. */
export interface Entry {
  readonly toolset: ToolGroup
  readonly tool: ListedTool
}

const withoutAccount = (tool: ListedTool): ListedTool => {
  const { account: _, ...properties } = tool.inputSchema["properties"] as Readonly<Record<string, unknown>> // as the file has it
  return { ...tool, inputSchema: { ...tool.inputSchema, properties } }
}

/** The tools of the toolsets; the argument `account` is left out where no accounts are configured. */
export const listedTools = (toolsets: ReadonlyArray<ToolGroup>, accounts: boolean): ReadonlyArray<ListedTool> =>
  // Written by our own generator in this shape.
  (listing as unknown as ReadonlyArray<Entry>)
    .filter(({ toolset }) => toolsets.includes(toolset))
    .map(({ tool }) => (accounts || tool.inputSchema["properties"] === undefined ? tool : withoutAccount(tool)))
