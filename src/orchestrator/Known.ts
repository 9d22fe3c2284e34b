/** What a workflow may name: agents with their toolsets, and tools with their arguments. */
import type { Toolset } from "../config/AppConfig.ts"
import type { Tool } from "../tools/Guarded.ts"

/** A tool as far as a plan needs to know it. */
export interface KnownTool {
  readonly toolset: string
  readonly input: Readonly<Record<string, ArgumentShape>>
  readonly required: ReadonlyArray<string>
  /** First level of what it answers. */
  readonly output: ReadonlyArray<string>
}

/** The part of an argument's JSON Schema that is compared with what a plan writes. */
export interface ArgumentShape {
  readonly type?: unknown
  readonly enum?: unknown
}

/** All that may be named. */
export interface Known {
  readonly agents: ReadonlyMap<string, ReadonlyArray<string>>
  readonly tools: ReadonlyMap<string, KnownTool>
}

/** Who does what; the roster of the agents will say so itself. */
const AGENTS: ReadonlyMap<string, ReadonlyArray<Toolset>> = new Map([
  ["aws", ["s3", "ec2", "aws"]],
  ["vault", ["vault"]],
])

const membersOf = (properties: unknown): Readonly<Record<string, ArgumentShape>> =>
  typeof properties === "object" && properties !== null
    ? (properties as Readonly<Record<string, ArgumentShape>>) // `properties` of a JSON Schema
    : {}

/** Of the catalog's tools. */
export const knownOf = (catalog: ReadonlyArray<Pick<Tool<never>, "meta" | "inputSchema" | "outputSchema">>): Known => ({
  agents: AGENTS,
  tools: new Map(
    catalog.map(({ inputSchema, meta, outputSchema }) => {
      const { properties, required } = inputSchema(true)
      return [
        meta.name,
        {
          toolset: meta.toolset,
          input: membersOf(properties),
          required: Array.isArray(required) ? required.filter((one) => typeof one === "string") : [],
          output: Object.keys(membersOf(outputSchema()["properties"])),
        },
      ]
    }),
  ),
})
