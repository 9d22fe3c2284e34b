/** A run and its units for people and for programs. */
import { DateTime, Duration } from "effect"
import { oneLine } from "../core/Text.ts"
import { cameOf } from "../orchestrator/Came.ts"
import { type Run, type Unit, unitsByState } from "../orchestrator/RunModel.ts"
import type { Report } from "../orchestrator/Workflows.ts"
import { listing, type ListingOptions } from "./Listing.ts"
import { shownTime } from "./Output.ts"

const millis = (unit: Unit): number | undefined =>
  unit.attempt === 0 || unit.startedAt === undefined || unit.endedAt === undefined
    ? undefined
    : unit.endedAt - unit.startedAt

const took = (unit: Unit): string => {
  const time = millis(unit)
  if (time === undefined) return "–"
  return time < 1000 ? `${time} ms` : `${(time / 1000).toFixed(1)} s`
}

/** What a unit is for, beside its account and region. */
const itemOf = ({ item }: Unit): string =>
  item === undefined || item === null ? "" : typeof item === "object" ? "" : `${String(item)}: `

/** In one line: what it is for, and what came of it or why not. */
export const whatOf = (unit: Unit): string => oneLine(`${itemOf(unit)}${cameOf(unit)}`, 300)

const ranked = (units: ReadonlyArray<Unit>): ReadonlyArray<Unit> => {
  const steps = [...new Set(units.map(({ step }) => step))]
  const rank = (unit: Unit) => [
    String(steps.indexOf(unit.step)).padStart(4, "0"),
    unit.account ?? "",
    unit.region ?? "",
    unit.key,
  ]
  return units
    .map((unit) => ({ unit, rank: rank(unit).join("\u0000") }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
    .map(({ unit }) => unit)
}

/** A row per unit: steps as they began, then by account and region. */
export const asTable = (units: ReadonlyArray<Unit>, options: ListingOptions = {}): string =>
  listing(
    ["step", "account", "region", "state", "took", "what"],
    ranked(units).map((unit) => [
      unit.step,
      unit.account ?? "–",
      unit.region ?? "–",
      unit.state,
      took(unit),
      whatOf(unit),
    ]),
    options,
  )

const time = (at: number | undefined): string | undefined =>
  at === undefined ? undefined : DateTime.formatIso(DateTime.makeUnsafe(at))

/** One line of JSON; `heading`: what was asked for, where that is not the run alone. */
export const asJson = (
  run: Pick<Run, "id" | "name" | "state">,
  units: ReadonlyArray<Unit>,
  heading: object = {},
): string =>
  JSON.stringify({
    ...heading,
    run: run.id,
    name: run.name,
    state: run.state,
    units: units.map((unit) => ({
      unit: unit.key,
      step: unit.step,
      agent: unit.agent,
      tool: unit.tool,
      account: unit.account,
      region: unit.region,
      item: unit.item,
      state: unit.state,
      attempts: unit.attempt,
      started_at: time(unit.startedAt),
      took_ms: millis(unit),
      what: unit.what,
      result: unit.result,
      ...(unit.cut ? { result_is_cut: true } : {}),
    })),
  })

/** `3 done, 1 failed`, the most telling first. */
export const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([state, n]) => `${n} ${state}`)
    .join(", ")

/** The last line: how it ended, and what a person can do; `run`: how a run is typed where this is read. */
export const summary = (
  { id, recorded, state, units }: Pick<Report, "id" | "state" | "units" | "recorded">,
  run = "vault-aws-mcp workflow run",
): string => {
  const unknown = units.filter((unit) => unit.state === "unknown")
  const steps = [...new Set(unknown.map(({ step }) => step))]
  const again =
    state === "succeeded" || state === "running" || !recorded
      ? ""
      : `\n\`${run} --resume ${id}\` goes on with what is not done${
          unknown.length === 0
            ? ""
            : `; what is unknown is not repeated unless you looked and add ${steps.map((step) => `--redo ${step}`).join(" ")}`
        }.`
  return `run ${id} ${state}: ${counted(unitsByState(units)) || "nothing to do"}${again}`
}

/** How long a run took, or has been going. */
const age = (run: Run, now: number): string =>
  Duration.format(Duration.seconds(Math.round(((run.endedAt ?? now) - run.startedAt) / 1000)))

/** A run without its units, for programs. */
export const runForPrograms = (run: Run) => ({
  run: run.id,
  name: run.name,
  state: run.state,
  place: run.place,
  started_at: time(run.startedAt),
  units: run.units,
})

/** A row per run, the newest first. */
export const runsTable = (runs: ReadonlyArray<Run>, now: number, options: ListingOptions = {}): string =>
  listing(
    ["run", "state", "started", "took", "units"],
    runs.map((run) => [
      run.id,
      run.state,
      shownTime(DateTime.makeUnsafe(run.startedAt)),
      age(run, now),
      counted(run.units),
    ]),
    options,
  )
