/** How results, failures and runs get to the person or the program. */
import { Context, Effect } from "effect"
import type { Outcome } from "../../tools/Guarded.ts"
import { Workflows } from "../../orchestrator/Workflows.ts"
import type { Report } from "../../orchestrator/Workflows.ts"
import { isFine, type Unit } from "../../orchestrator/RunModel.ts"
import { styled, wrap } from "../Output.ts"
import { asJson, asTable, summary } from "../WorkflowOutput.ts"
import { tell, tellTrouble, WELL } from "./Command.ts"
import type { Room, Went } from "./Room.ts"
import { shownResult } from "./Show.ts"
import { CONDUCTOR, promptOf } from "./Surface.ts"
import type { Place } from "./ShownCall.ts"

/** What a task was asked as, for programs. `nth`: its number in its line. */
export interface Heading {
  readonly shown: string
  readonly nth?: number
  readonly place?: Place
  readonly tool?: string
}

const forPrograms = ({ nth, place, shown, tool }: Heading): object => ({
  task: shown,
  ...(nth === undefined ? {} : { nth }),
  ...place,
  ...(tool === undefined ? {} : { tool }),
})

/** An agent's end in words of the prompt: its name there, and what is typed to have it work again. */
const atPrompt = (what: string): string => {
  const [, name = ""] = /The (\S+) agent /.exec(what) ?? []
  const prompt = name === CONDUCTOR ? promptOf(CONDUCTOR) : name
  return what.replace(`The ${name} agent `, `The ${prompt} agent `).replace("Start it to", `Type /start ${prompt} to`)
}

/** A failure, in its own words. */
export const tellFailure = (room: Room, heading: Heading, what: string, code: string): Effect.Effect<Went> =>
  tellTrouble(room, code.startsWith("agent_") ? atPrompt(what) : what, (text) => ({
    ...forPrograms(heading),
    outcome: "failed",
    code,
    text,
  }))

/** The result of a call. A delegated one is the other agent's. */
export const tellOutcome = (room: Room, heading: Heading, outcome: Outcome): Effect.Effect<Went> => {
  if (outcome._tag === "Failed") return tellFailure(room, heading, outcome.text, outcome.code)
  const inner = heading.tool === "delegate" ? outcome.value["result"] : undefined
  const value =
    typeof inner === "object" && inner !== null ? (inner as Readonly<Record<string, unknown>>) : outcome.value // an object, as every tool's result
  return Effect.as(
    tell(
      room,
      () => ({ ...forPrograms(heading), outcome: "done", result: value }),
      (width) => shownResult(value, width),
    ),
    WELL,
  )
}

const WENT: Readonly<Record<string, Went>> = { succeeded: "well", partial: "partial" }

const COLOURS: Readonly<Record<string, "green" | "red" | "yellow" | "dim">> = {
  done: "green",
  failed: "red",
  unknown: "red",
  "not undone": "red",
  broken: "yellow",
  undone: "yellow",
  blocked: "dim",
  skipped: "dim",
}

/** Reasons that are told in full below a table that had to cut them. */
const REASONS = 5

/** Why units did not end well, each reason once with how many had it; those that the table shows whole are left out. */
const reasons = (units: ReadonlyArray<Unit>, width: number | undefined): ReadonlyArray<string> => {
  if (width === undefined) return []
  const counts = new Map<string, number>()
  for (const { state, what } of units)
    if (!isFine(state) && what !== undefined && what.length > width / 3) counts.set(what, (counts.get(what) ?? 0) + 1)
  const lines = [...counts]
    .slice(0, REASONS)
    .map(([what, n]) => wrap(`${n === 1 ? "" : `${n} times: `}${what}`, width, "  "))
  return lines.map((line) => styled("red", line))
}

/** A run as its record has it: a row per unit, and how it ended. */
export const tellRun = Effect.fnUntraced(function* (room: Room, id: string, heading?: Heading) {
  const { json, terminal } = room
  const { show } = Context.get(yield* room.world, Workflows)
  const found = yield* show(id)
  if (found === undefined)
    return yield* tellFailure(room, heading ?? { shown: id }, `There is no run ${id}.`, "run_unknown")
  const { run, units } = found
  const { width } = yield* terminal.size
  const recorded = room.config.stateDir !== undefined
  const report: Pick<Report, "id" | "state" | "units" | "recorded"> = { id, state: run.state, units, recorded }
  yield* terminal.out(
    json
      ? asJson(run, units, heading === undefined ? {} : forPrograms(heading))
      : asTable(units, {
          width,
          paint: (cell, column) => {
            const colour = column === 3 ? COLOURS[cell.trim()] : undefined
            return colour === undefined ? cell : styled(colour, cell)
          },
        }),
  )
  if (!json) for (const line of reasons(units, width)) yield* terminal.note(line)
  yield* terminal.note(summary(report, "/run"))
  return WENT[run.state] ?? "failed"
})
