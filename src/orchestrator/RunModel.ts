/** What is kept of a run and of each of its units; the text of it is read by later versions. */
import { Schema } from "effect"

/** How a run stands. `crashed` is nowhere written: its process is gone. */
export type RunState = "running" | "succeeded" | "partial" | "failed" | "cancelled" | "crashed"

/**
 * How a unit stands. `unknown`: a write that may or may not have happened, never repeated unasked. `skipped`: left out by
 * `when`. `blocked`: not begun, as something before it failed or the run ended. `broken`: a read that was ended.
 */
export type UnitState =
  | "running"
  | "done"
  | "failed"
  | "unknown"
  | "skipped"
  | "blocked"
  | "broken"
  | "undoing"
  | "undone"
  | "not undone"

/** A unit: one call of a step, for one item, account and region. */
export interface Unit {
  readonly run: string
  /** The step and, with forEach, what it is for: unique within the run. */
  readonly key: string
  readonly step: string
  readonly agent: string
  readonly tool: string
  /** Whether it may change something. */
  readonly writes: boolean
  readonly account: string | undefined
  readonly region: string | undefined
  readonly item: Schema.Json | undefined
  readonly state: UnitState
  readonly attempt: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly result: Schema.Json | undefined
  /** Whether the result is not all there: it was too long, or shows secret values and is not kept. */
  readonly cut: boolean
  /** Whether the result shows secret values. Later steps of this process use it; others see the unit without it. */
  readonly revealed?: boolean
  /** One line: why it failed, or what is worth knowing. */
  readonly what: string | undefined
}

/** A run, without its units. */
export interface Run {
  readonly id: string
  readonly name: string
  /** Where it works: `sandbox`, or Vault's address. It goes on nowhere else. */
  readonly place: string
  /** The workflow and its inputs, as they were checked. */
  readonly plan: Schema.Json
  readonly planHash: string
  readonly state: RunState
  readonly startedAt: number
  readonly endedAt: number | undefined
  /** Units by state. */
  readonly units: Readonly<Record<string, number>>
}

/** What is worth knowing of a result that is there. */
export const NOTES = {
  cut: "the result was too long and is kept in part",
  revealed: "what it revealed is not kept",
  more: "there is more than this page",
} as const

/** Whether a unit in this state ended well. */
export const isFine = (state: UnitState): boolean => state === "done" || state === "skipped"

/** How many units stand how. */
export const unitsByState = (units: Iterable<Unit>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { state } of units) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

/** What a run came to, by its units' states. */
export const verdict = (states: ReadonlyArray<UnitState>, cancelled: boolean): RunState => {
  if (cancelled) return "cancelled"
  if (states.every(isFine)) return "succeeded"
  return states.includes("done") ? "partial" : "failed"
}
