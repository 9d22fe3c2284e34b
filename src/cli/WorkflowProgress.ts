/** How far a run is, on stderr: one line that is rewritten on a terminal, a line per ended unit on a pipe. */
import { Effect, Ref, Schedule, type Scope } from "effect"
import { oneLine } from "../core/Text.ts"
import { type Unit, unitsByState } from "../orchestrator/RunModel.ts"
import { say } from "./Output.ts"
import { counted, whatOf } from "./WorkflowOutput.ts"

/** How often the line is written anew: often enough to live, seldom enough to cost nothing. */
const OFTEN = "150 millis"

export interface Progress {
  readonly tell: (unit: Unit) => Effect.Effect<void>
  /** Takes the line away; nothing is written after it. */
  readonly end: Effect.Effect<void>
}

const write = (text: string) => Effect.sync(() => void process.stderr.write(text))

/** Lives as long as the present scope. */
export const makeProgress: Effect.Effect<Progress, never, Scope.Scope> = Effect.gen(function* () {
  const units = new Map<string, Unit>()
  const over = yield* Ref.make(false)
  if (!process.stderr.isTTY) {
    const tell = (unit: Unit) =>
      unit.state === "running" || unit.state === "undoing"
        ? Effect.void
        : say(`${unit.key} ${unit.state} ${whatOf(unit)}`.trimEnd())
    return { tell, end: Effect.void }
  }
  const line = () => {
    const running = [...units.values()].filter(({ state }) => state === "running").map(({ key }) => key)
    return oneLine(
      `${counted(unitsByState(units.values()))}${running.length === 0 ? "" : `: ${running.join(" ")}`}`,
      2000,
    ).slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1))
  }
  const draw = Effect.flatMap(Ref.get(over), (ended) => (ended ? Effect.void : write(`\r\u001b[2K${line()}`)))
  yield* Effect.forkScoped(Effect.repeat(draw, Schedule.spaced(OFTEN)))
  const end = Effect.flatMap(Ref.getAndSet(over, true), (before) => (before ? Effect.void : write("\r\u001b[2K")))
  yield* Effect.addFinalizer(() => end)
  return { tell: (unit) => Effect.sync(() => void units.set(unit.key, unit)), end }
})
