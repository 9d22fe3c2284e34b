/**
 * Tells whoever called how far a run is. Clients give up on a call that is silent for a minute, and hear only of progress
 * that grows: whatever else changes, and that nothing does, is told by a growing part of the way to the next whole number.
 */
import { Effect, Schedule, type Scope } from "effect"
import { oneLine } from "../core/Text.ts"
import { ToolCall } from "../tools/ToolCall.ts"
import { type Unit, unitsByState } from "./RunModel.ts"

/** How often the caller hears of changes, at most. */
const OFTEN = "500 millis"
/** Looks without a change after which the caller hears that it is still waited: 15 seconds. */
const SIGN = 30
/** Parts of a whole number: more than a run of days tells. */
const PARTS = 1_000_000

/** `12 done, 1 failed; now find[main/eu-west-1] …` */
const wordsOf = (units: Iterable<Unit>): string => {
  const all = [...units]
  const counts = Object.entries(unitsByState(all)).map(([state, n]) => `${n} ${state}`)
  const now = all.filter(({ state }) => state === "running").map(({ key }) => key)
  return oneLine(`${counts.join(", ")}${now.length === 0 ? "" : `; now ${now.slice(0, 3).join(" ")}`}`, 200)
}

/** Tells it of the units that it is given, as long as the present scope lives. */
export const telling: Effect.Effect<(unit: Unit) => Effect.Effect<void>, never, ToolCall | Scope.Scope> = Effect.gen(
  function* () {
    const { progress } = yield* ToolCall
    const units = new Map<string, Unit>()
    let changed = false
    let silent = 0
    // The most that had ended: what is being undone has ended before, and is no step back.
    let reached = 0
    let more = 0
    const look = Effect.suspend(() => {
      if (!changed && ++silent < SIGN) return Effect.void
      changed = false
      silent = 0
      const ended = [...units.values()].filter(({ state }) => state !== "running" && state !== "undoing").length
      more = ended > reached ? 0 : Math.min(more + 1, PARTS - 1)
      reached = Math.max(reached, ended)
      return progress({ progress: (reached * PARTS + more) / PARTS, message: wordsOf(units.values()) })
    })
    yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(OFTEN)))
    return (unit) =>
      Effect.sync(() => {
        units.set(unit.key, unit)
        changed = true
      })
  },
)
