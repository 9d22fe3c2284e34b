/**
 * What a tool is, whoever calls it: a contract in Schema and a handler that is an Effect. Nothing here knows MCP.
 * A ToolSpec becomes callable through Guarded alone.
 */
import { type Effect, Schema } from "effect"
import type { Toolset } from "../config/AppConfig.ts"
import type { ToolFailure } from "./ToolFailure.ts"

/** The input of a tool without arguments: an object in which no key is allowed. */
export const NoInput = Schema.Record(Schema.String, Schema.Never)

/** MCP's four hints; all of them are set, and all of them are true. */
export interface Annotations {
  readonly readOnly: boolean
  readonly destructive: boolean
  readonly idempotent: boolean
  readonly openWorld: boolean
}

/** What a tool belongs to: a toolset, or `agents` for those that only an agent has, which no face offers. */
export type ToolGroup = Toolset | "agents"

/** The name, words and hints of a tool. */
export interface ToolMeta {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly toolset: ToolGroup
  readonly annotations: Annotations
}

/** A tool as its toolset declares it. */
export interface ToolSpec<I, IE, O, OE, R> extends ToolMeta {
  readonly input: Schema.Codec<I, IE>
  /** Other spellings of the arguments that are taken too, turned into those of the schema. */
  readonly spellings?: (args: unknown) => unknown
  readonly output: Schema.Codec<O, OE>
  /** Whether a call with this input puts secret values into its result, which access `read-only` refuses. Absent: never. */
  readonly reveals?: (input: I) => boolean
  /** Whether a call with this input only reads, of a tool that counts as a writer. Absent: never. */
  readonly reads?: (input: I) => Effect.Effect<boolean>
  /** Whether a call with this input passes with access `full` alone, as it needs a person's consent. Absent: never. */
  readonly demands?: (input: I) => boolean
  readonly handler: (input: I) => Effect.Effect<O, ToolFailure, R>
}
