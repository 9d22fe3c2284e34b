/** What is going on, in a few lines: a line for each task, and for a run of a workflow one for each of its accounts. */
import { unitsByState, type Unit } from "../../orchestrator/RunModel.ts"
import { oneLine } from "../../core/Text.ts"
import { counted } from "../WorkflowOutput.ts"

/** A task as it is drawn. `since`: milliseconds of the clock. */
interface Going {
  readonly shown: string
  readonly since: number
  words: string
}

/** Changed by whoever works, drawn by whoever draws. */
export interface Board {
  readonly begin: (task: number, shown: string, now: number) => void
  readonly words: (task: number, words: string) => void
  readonly end: (task: number) => void
  readonly unit: (unit: Unit) => void
  /** Runs whose units were seen and that are not closed, in the order in which they were first seen. */
  readonly runs: () => ReadonlyArray<string>
  /** A run that was told of: nothing more is drawn of it. */
  readonly close: (run: string) => void
  readonly lines: (now: number, height: number) => ReadonlyArray<string>
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
/** How long a frame stays, and how long something takes before it is worth a line. */
const FRAME = 120
const SOON = 200

const seconds = (millis: number): string => `${(millis / 1000).toFixed(1)} s`

/** `main  8 done, 2 running: find eu-west-1, find us-east-1` */
const accountLine = (name: string, units: ReadonlyArray<Unit>, wide: number): string => {
  const running = units.filter(({ state }) => state === "running")
  const ended = counted(unitsByState(units.filter(({ state }) => state !== "running")))
  const now = running.map(({ region, step }) => (region === undefined ? step : `${step} ${region}`)).join(", ")
  const words = [ended, ...(running.length === 0 ? [] : [`${running.length} running: ${now}`])]
  return `  ${name.padEnd(wide)}  ${words.filter((one) => one !== "").join(", ")}`
}

const runLines = (units: ReadonlyArray<Unit>, room: number): ReadonlyArray<string> => {
  const accounts = new Map<string, Array<Unit>>()
  for (const unit of units) {
    const own = accounts.get(unit.account ?? "")
    if (own === undefined) accounts.set(unit.account ?? "", [unit])
    else own.push(unit)
  }
  const names = [...accounts.keys()].toSorted()
  const wide = Math.max(...names.map((name) => name.length), 0)
  const shown = names.length > room ? names.slice(0, Math.max(0, room - 1)) : names
  const lines = shown.map((name) => accountLine(name, accounts.get(name) ?? [], wide))
  return shown.length === names.length ? lines : [...lines, `  … and ${names.length - shown.length} more accounts`]
}

/** What does not fit on a screen would scroll away and be drawn anew each time. */
const atMost = (lines: ReadonlyArray<string>, most: number): ReadonlyArray<string> =>
  lines.length <= most ? lines : [...lines.slice(0, Math.max(0, most - 1)), `… and ${lines.length - most + 1} more`]

/** An empty board. */
export const makeBoard = (): Board => {
  const tasks = new Map<number, Going>()
  const runs = new Map<string, Map<string, Unit>>()
  const closed = new Set<string>()
  return {
    begin: (task, shown, since) => void tasks.set(task, { shown, since, words: "" }),
    words: (task, words) => {
      const going = tasks.get(task)
      if (going !== undefined) going.words = oneLine(words, 200)
    },
    end: (task) => void tasks.delete(task),
    unit: (unit) => {
      const own = runs.get(unit.run) ?? new Map<string, Unit>()
      own.set(unit.key, unit)
      runs.set(unit.run, own)
    },
    runs: () => [...runs.keys()].filter((run) => !closed.has(run)),
    close: (run) => void closed.add(run),
    lines: (now, height) => {
      const due = [...tasks.values()].filter(({ since }) => now - since >= SOON)
      const frame = FRAMES[Math.floor(now / FRAME) % FRAMES.length] ?? ""
      const lines = due.map(
        ({ shown, since, words }) => `${frame} ${shown}  ${seconds(now - since)}${words === "" ? "" : `  ${words}`}`,
      )
      const open = [...runs].filter(([run]) => !closed.has(run))
      const room = Math.max(2, Math.floor((height - lines.length - 2) / Math.max(1, open.length)))
      return due.length === 0
        ? []
        : atMost([...lines, ...open.flatMap(([, units]) => runLines([...units.values()], room))], height - 2)
    },
  }
}
