/** The orchestrator: has other agents work. It holds no lease and has no tool of theirs. */
import { Duration, Effect, Schema } from "effect"
import { RESTART } from "../../core/Restarts.ts"
import { text } from "../../tools/AwsFields.ts"
import { guarded } from "../../tools/Guarded.ts"
import { ToolCall } from "../../tools/ToolCall.ts"
import { toolFailure, ToolFailure } from "../../tools/ToolFailure.ts"
import type { Role } from "../Agent.ts"
import { Delegation } from "../Delegation.ts"

/** A failed tool's text ends with a line for programs, which its own failure writes again. */
const CODES = /\ncode=\S+(?: request_id=(\S+))?$/

const delegate = Effect.fnUntraced(function* (input: {
  readonly agent: string
  readonly tool: string
  readonly args?: Readonly<Record<string, unknown>>
}) {
  const { agent, args = {}, tool } = input
  const { progress } = yield* ToolCall
  const { submit } = yield* Delegation
  if (agent === orchestratorRole.name)
    return yield* new ToolFailure({
      code: "invalid_arguments",
      what: "agent: the orchestrator does not delegate to itself.",
    })
  const outcome = yield* submit(agent, { tool, args }, { onProgress: progress }).pipe(Effect.mapError(toolFailure))
  // Guarded encodes every result by its tool's JSON codec.
  if (outcome._tag === "Done") return { agent, tool, result: outcome.value as Schema.JsonObject }
  const [, requestId] = CODES.exec(outcome.text) ?? []
  return yield* toolFailure({ ...outcome, message: outcome.text.replace(CODES, ""), requestId })
})

const delegateTool = guarded({
  name: "delegate",
  title: "Delegate to an agent",
  description: "Has another agent call one of its own tools, with its own role and leases, and gives the result.",
  toolset: "agents",
  // It changes nothing by itself: the gate judges the call that the other agent makes.
  annotations: { readOnly: true, destructive: false, idempotent: false, openWorld: true },
  input: Schema.Struct({
    agent: text("name of the agent"),
    tool: text("one of its tools"),
    args: Schema.optionalKey(
      Schema.Record(Schema.String, Schema.Unknown).annotate({ description: "the tool's arguments" }),
    ),
  }),
  output: Schema.Struct({ agent: Schema.String, tool: Schema.String, result: Schema.Json }),
  // Whatever the other tool says of that: no argument of this name means anything else.
  reveals: ({ args }) => args?.["reveal"] === true,
  handler: delegate,
})

export const orchestratorRole: Role = {
  name: "orchestrator",
  says: "coordinates the agents, runs workflows",
  tools: [delegateTool],
  concurrency: 64,
  mailbox: 256,
  // What it waits for is given up first: longer than any other agent's.
  stall: Duration.minutes(13),
  budget: { tasks: 20_000, calls: 20_000, per: Duration.hours(1) },
  restart: RESTART,
}
