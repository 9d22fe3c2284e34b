/** What a workflow may name: agents with the tools they may call, and those tools with their arguments. */
import type { Tool } from "../tools/Guarded.ts"

/** A tool as far as a plan needs to know it. */
export interface KnownTool {
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
  /** The names of each agent's tools. */
  readonly agents: ReadonlyMap<string, ReadonlyArray<string>>
  readonly tools: ReadonlyMap<string, KnownTool>
  /** How many tasks an agent works on at a time. */
  readonly atOnce: ReadonlyMap<string, number>
}

const membersOf = (properties: unknown): Readonly<Record<string, ArgumentShape>> =>
  typeof properties === "object" && properties !== null
    ? (properties as Readonly<Record<string, ArgumentShape>>) // `properties` of a JSON Schema
    : {}

/** An agent as far as a plan needs to know it. */
export interface KnownAgent {
  readonly name: string
  readonly concurrency: number
  readonly tools: ReadonlyArray<Pick<Tool<never>, "meta" | "inputSchema" | "outputSchema">>
}

/** Of these agents. */
export const knownOf = (agents: ReadonlyArray<KnownAgent>): Known => ({
  agents: new Map(agents.map(({ name, tools }) => [name, tools.map(({ meta }) => meta.name)])),
  atOnce: new Map(agents.map(({ concurrency, name }) => [name, concurrency])),
  tools: new Map(
    agents.flatMap(({ tools }) =>
      tools.map(({ inputSchema, meta, outputSchema }) => {
        const { properties, required } = inputSchema(true)
        const tool: KnownTool = {
          input: membersOf(properties),
          required: Array.isArray(required) ? required.filter((one) => typeof one === "string") : [],
          output: Object.keys(membersOf(outputSchema()["properties"])),
        }
        return [meta.name, tool] as const
      }),
    ),
  ),
})
