/** The workflow toolset: the shipped workflows and the runs. It is off unless asked for. */
import { Effect, Schema } from "effect"
import { late } from "../core/Late.ts"
import { count, cursor, text } from "../tools/AwsFields.ts"
import { guarded } from "../tools/Guarded.ts"
import { NoInput } from "../tools/ToolSpec.ts"

// Loaded at the first call: a server that is only asked for its list starts without them.
const handlers = late(() => import("./handlers.ts"))

const optional = Schema.optionalKey
const time = optional(Schema.String)
const Counts = Schema.Record(Schema.String, Schema.Finite).annotate({ description: "units by state" })

const Row = Schema.Struct({
  unit: Schema.String,
  step: Schema.String,
  account: optional(Schema.String),
  region: optional(Schema.String),
  state: Schema.String,
  what: optional(Schema.String).annotate({ description: "what came of it, or why not" }),
  result: optional(Schema.Json),
})

const reads = { readOnly: true, destructive: false, idempotent: true, openWorld: false }

export const workflowTools = [
  guarded({
    name: "workflow_list",
    title: "List workflows and runs",
    description:
      "Lists the workflows that workflow_run takes, with their inputs and whether they change anything, and the recorded runs, newest first.",
    toolset: "workflow",
    annotations: reads,
    input: NoInput,
    output: Schema.Struct({
      workflows: Schema.Array(
        Schema.Struct({
          name: Schema.String,
          description: Schema.String,
          changes: Schema.Boolean,
          inputs: Schema.Array(
            Schema.Struct({
              name: Schema.String,
              description: optional(Schema.String),
              required: Schema.Boolean,
              default: optional(Schema.Json),
            }),
          ),
        }),
      ),
      runs: Schema.Array(
        Schema.Struct({
          run: Schema.String,
          workflow: Schema.String,
          state: Schema.String,
          place: Schema.String,
          started_at: Schema.String,
          ended_at: time,
          units: Counts,
        }),
      ),
      message: optional(Schema.String.annotate({ description: "why there are no runs to list" })),
    }),
    handler: () => Effect.flatMap(handlers, ({ listWorkflows }) => listWorkflows),
  }),
  guarded({
    name: "workflow_run",
    title: "Run a workflow",
    description:
      "Runs a workflow of workflow_list in parallel over all accounts and regions, and waits for its end. Some change AWS: see changes there. A unit that fails does not stop the others; rows that did not end well come first. Cancelling ends the run and undoes what its file says.",
    toolset: "workflow",
    annotations: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
    input: Schema.Struct({
      workflow: text("name of the workflow"),
      inputs: optional(Schema.Record(Schema.String, Schema.Json).annotate({ description: "its inputs by name" })),
      concurrency: optional(count(1, 256, "units at once, default 20")),
    }),
    output: Schema.Struct({
      run: Schema.String,
      workflow: Schema.String,
      state: Schema.String,
      units: Counts,
      rows: Schema.Array(Row),
      message: Schema.String,
    }),
    // Each call of a unit passes the gate as well: nothing is let through here that is not let through there.
    reads: ({ workflow }) => Effect.map(handlers, ({ onlyReads }) => onlyReads(workflow)),
    handler: (input) => Effect.flatMap(handlers, ({ runWorkflow }) => runWorkflow(input)),
  }),
  guarded({
    name: "workflow_show",
    title: "Show a run",
    description:
      "Shows a run with a row per unit, also while it goes on. Filter by state or step; with results it gives what each unit found.",
    toolset: "workflow",
    annotations: reads,
    input: Schema.Struct({
      run: text("id of the run"),
      states: optional(Schema.Array(Schema.String).annotate({ description: "only these: done, failed, unknown …" })),
      step: optional(text("only this step")),
      results: optional(Schema.Boolean.annotate({ description: "with results" })),
      limit: optional(count(1, 200, "rows, default 50")),
      cursor,
    }),
    output: Schema.Struct({
      run: Schema.String,
      workflow: Schema.String,
      state: Schema.String,
      started_at: Schema.String,
      ended_at: time,
      units: Counts,
      rows: Schema.Array(Row),
      next_cursor: optional(Schema.String),
    }),
    handler: (input) => Effect.flatMap(handlers, ({ showRun }) => showRun(input)),
  }),
] as const
