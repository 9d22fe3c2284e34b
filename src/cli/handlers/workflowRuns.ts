/** `workflow list`, `show` and `cancel`: what the record tells, also of a run that goes on in another process. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Clock, Effect } from "effect"
import { shippedWorkflows } from "../../orchestrator/Shipped.ts"
import { RunStore } from "../../orchestrator/RunStore.ts"
import type { StoreError } from "../../orchestrator/WorkflowError.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { listing } from "../Listing.ts"
import { columns, print, say } from "../Output.ts"
import { CommandFailed, settings } from "../Session.ts"
import { asJson, asTable, runForPrograms, runsTable, summary } from "../WorkflowOutput.ts"

/** Runs that are listed. */
const LISTED = 100

const failed = (what: string) => new CommandFailed({ what, exitCode: 1 })

/** Runs `body` with the record; what the record cannot do is told in its own words. */
const withStore = <A>(common: CommonArgs, body: Effect.Effect<A, StoreError | CommandFailed, RunStore>) =>
  Effect.flatMap(settings(common), ({ stateDir }) =>
    Effect.provide(body, RunStore.layer(stateDir)).pipe(
      Effect.mapError((error) => (error._tag === "StoreError" ? failed(error.message) : error)),
    ),
  ).pipe(Effect.provide(NodeFileSystem.layer))

const noRun = (id: string) => failed(`There is no run ${id}; \`vault-aws-mcp workflow list\` shows those there are.`)

/** The run of that id, which must be there. */
const runOf = Effect.fnUntraced(function* (id: string) {
  const run = yield* (yield* RunStore).get(id)
  return run ?? (yield* noRun(id))
})

const shipped = () => shippedWorkflows().map(({ description = "", name }) => ({ name, description }))

/** The shipped workflows, and the runs on this machine. */
export const listRuns = (common: CommonArgs, json: boolean) =>
  withStore(
    common,
    Effect.gen(function* () {
      const store = yield* RunStore
      const runs = yield* store.list(LISTED)
      const now = yield* Clock.currentTimeMillis
      if (json) {
        return yield* print(JSON.stringify({ workflows: shipped(), runs: runs.map(runForPrograms) }))
      }
      const width = columns()
      const rows = shipped().map(({ description, name }) => [name, description])
      yield* print(listing(["workflow", "does"], rows, { width }))
      if (runs.length === 0) return yield* print("\nNo runs are recorded.")
      yield* print(`\n${runsTable(runs, now, { width })}`)
    }),
  )

/** A run with its units, as it stands now. */
export const showRun = (common: CommonArgs, id: string, json: boolean) =>
  withStore(
    common,
    Effect.gen(function* () {
      const store = yield* RunStore
      const run = yield* runOf(id)
      const units = yield* store.units(id)
      if (json) return yield* print(asJson(run, units))
      yield* print(asTable(units, { width: columns() }))
      yield* say(summary({ id, state: run.state, units, recorded: true }))
    }),
  )

/** Asks the process that runs it; it undoes what its file says, and ends. */
export const cancelRun = (common: CommonArgs, id: string) =>
  withStore(
    common,
    Effect.gen(function* () {
      const store = yield* RunStore
      const run = yield* runOf(id)
      if (run.state !== "running" || !(yield* store.askCancel(id)))
        return yield* failed(`The run ${id} is not going on: it is ${run.state}.`)
      yield* say(`run ${id} is asked to end; \`vault-aws-mcp workflow show ${id}\` tells when it has.`)
    }),
  )
