/** What the workflow tools do: the shipped workflows by name, and rows of bounded number. */
import { DateTime, Effect, Result, type Schema } from "effect"
import { ONLY_READS } from "../agents/Roster.ts"
import { nearest, oneLine } from "../core/Text.ts"
import { maybe } from "../tools/AwsFields.ts"
import { ToolFailure } from "../tools/ToolFailure.ts"
import { cameOf } from "./Came.ts"
import { LIBRARY } from "./Library.ts"
import { isFine, type Run, type Unit, unitsByState } from "./RunModel.ts"
import type { PlanInvalid, RunRefused, StoreError } from "./WorkflowError.ts"
import type { Workflow } from "./WorkflowModel.ts"
import { shippedWorkflows } from "./Shipped.ts"
import { telling } from "./RunProgress.ts"
import { check, Workflows } from "./Workflows.ts"

/** Runs that are listed, and rows that are told unasked. */
const LISTED = 20
const ROWS = 50

/** Characters of rows in one answer: it ends with the row that goes beyond. */
const MOST = 48 * 1024

const CODES = { PlanInvalid: "workflow_invalid", RunRefused: "run_refused", StoreError: "record_failed" } as const

const failure = (error: PlanInvalid | RunRefused | StoreError): ToolFailure =>
  new ToolFailure({ code: CODES[error._tag], what: error.message })

const time = (at: number): string => DateTime.formatIso(DateTime.makeUnsafe(at))

const changes = ({ steps }: Workflow): boolean => steps.some(({ tool }) => ONLY_READS.get(tool) !== true)

/** Whether the shipped workflow of that name changes nothing; one that is not there does nothing at all. */
export const onlyReads = (name: string): boolean =>
  shippedWorkflows().every((workflow) => workflow.name !== name || !changes(workflow))

const inputsOf = ({ inputs = {} }: Workflow) =>
  Object.entries(inputs).map(([name, input]) => ({
    name,
    ...maybe("description", input.description),
    required: input.default === undefined,
    ...(input.default === undefined ? {} : { default: input.default }),
  }))

const runOf = (run: Run) => ({
  run: run.id,
  workflow: run.name,
  state: run.state,
  started_at: time(run.startedAt),
  ...maybe("ended_at", run.endedAt === undefined ? undefined : time(run.endedAt)),
  units: run.units,
})

/** What may be run, and what was. */
export const listWorkflows = Effect.gen(function* () {
  const workflows = yield* Workflows
  const runs = yield* Effect.result(workflows.list(LISTED))
  return {
    workflows: shippedWorkflows().map((workflow) => ({
      name: workflow.name,
      description: workflow.description ?? "",
      changes: changes(workflow),
      inputs: inputsOf(workflow),
    })),
    runs: Result.getOrElse(runs, () => []).map((run) => ({ ...runOf(run), place: run.place })),
    // Without the record there are workflows all the same.
    ...(Result.isFailure(runs) ? { message: `Runs cannot be listed. ${runs.failure.message}` } : {}),
  }
})

const rowOf = (unit: Unit, results: boolean) => {
  const came = cameOf(unit)
  return {
    unit: unit.key,
    step: unit.step,
    ...maybe("account", unit.account),
    ...maybe("region", unit.region),
    state: unit.state,
    ...maybe("what", came === "" ? undefined : came),
    ...(results && unit.result !== undefined ? { result: unit.result } : {}),
  }
}

/** As many rows as an answer may have and hold. */
const rowsOf = (units: ReadonlyArray<Unit>, results: boolean) => {
  const rows: Array<ReturnType<typeof rowOf>> = []
  let size = 0
  for (const unit of units) {
    if (size > MOST) break
    const row = rowOf(unit, results)
    size += JSON.stringify(row).length
    rows.push(row)
  }
  return rows
}

/** What did not end well, then what was not begun for that, what changed something, and the rest. */
const rankOf = ({ state, writes }: Unit): number => {
  if (isFine(state)) return writes ? 2 : 3
  return state === "blocked" ? 1 : 0
}

/** Runs a shipped workflow to its end. That a part of it failed is what the rows say, and no failure of the call. */
export const runWorkflow = Effect.fnUntraced(
  function* (input: {
    readonly workflow: string
    readonly inputs?: Readonly<Record<string, Schema.Json>>
    readonly concurrency?: number
  }) {
    const workflows = yield* Workflows
    const text = LIBRARY.get(input.workflow)
    if (text === undefined) {
      const guess = nearest(input.workflow, LIBRARY.keys())
      return yield* new ToolFailure({
        code: "workflow_unknown",
        what: `There is no workflow ${JSON.stringify(oneLine(input.workflow, 60))}${guess === undefined ? "" : `, did you mean ${guess}?`} Known: ${[...LIBRARY.keys()].join(", ")}.`,
      })
    }
    const plan = yield* check(workflows.known, `${input.workflow}.yaml`, text, input.inputs ?? {})
    const tell = yield* telling
    const { id, name, recorded, state, units } = yield* workflows.run(
      plan,
      { concurrency: input.concurrency, lives: true },
      { tell },
    )
    const rows = rowsOf(units.toSorted((a, b) => rankOf(a) - rankOf(b)).slice(0, ROWS), false)
    const left = units.length - rows.length
    return {
      run: id,
      workflow: name,
      state,
      units: unitsByState(units),
      rows,
      message: `${left === 0 ? "" : `${left} more rows: workflow_show. `}workflow_show with results gives what each unit found${recorded ? "" : ", as long as this process lives"}.`,
    }
  },
  Effect.scoped,
  (effect) =>
    Effect.catchTag(effect, ["PlanInvalid", "RunRefused", "StoreError"], (error) => Effect.fail(failure(error))),
)

const positionOf = (cursor: string | undefined): number | undefined => {
  if (cursor === undefined) return 0
  return /^\d{1,6}$/.test(cursor) ? Number(cursor) : undefined
}

/** A run as it stands now, a page of its rows. */
export const showRun = Effect.fnUntraced(function* (input: {
  readonly run: string
  readonly states?: ReadonlyArray<string>
  readonly step?: string
  readonly results?: boolean
  readonly limit?: number
  readonly cursor?: string
}) {
  const { limit = ROWS, results = false, states, step } = input
  const from = positionOf(input.cursor)
  if (from === undefined)
    return yield* new ToolFailure({ code: "invalid_arguments", what: "cursor: is the next_cursor of a page before." })
  const found = yield* Effect.mapError((yield* Workflows).show(input.run), failure)
  if (found === undefined)
    return yield* new ToolFailure({
      code: "run_unknown",
      what: `There is no run ${JSON.stringify(oneLine(input.run, 60))}; workflow_list shows those there are.`,
    })
  const rows = found.units.filter(
    (unit) => (states === undefined || states.includes(unit.state)) && (step === undefined || unit.step === step),
  )
  const told = rowsOf(rows.slice(from, from + limit), results)
  const end = from + told.length
  return { ...runOf(found.run), rows: told, ...(end < rows.length ? { next_cursor: String(end) } : {}) }
})
