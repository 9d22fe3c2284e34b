/** Counts what an agent has used of its budget. Each step is synchronous; the time is the caller's. */
import { Duration } from "effect"
import type { Budget, BudgetLeft } from "./Agent.ts"

/** A budget in use. */
export interface Purse {
  /** Takes one, when there is one left. */
  readonly take: (what: "tasks" | "calls", now: number) => boolean
  readonly left: (now: number) => BudgetLeft
  /** A new life: everything is there again. */
  readonly refill: (now: number) => void
}

/** A full purse. */
export const makePurse = ({ calls, per, tasks }: Budget): Purse => {
  const used = { tasks: 0, calls: 0 }
  const most = { tasks, calls }
  const stretch = per === "life" ? Infinity : Duration.toMillis(per)
  let since: number | undefined
  const refill = (now: number) => {
    since = now
    used.tasks = 0
    used.calls = 0
  }
  const roll = (now: number) => {
    since ??= now
    if (now - since >= stretch) refill(now)
    return since + stretch
  }
  return {
    refill,
    take: (what, now) => {
      roll(now)
      if (used[what] >= most[what]) return false
      used[what]++
      return true
    },
    left: (now) => {
      const end = roll(now)
      return {
        tasks: most.tasks - used.tasks,
        calls: most.calls - used.calls,
        refillsAt: Number.isFinite(end) ? end : undefined,
      }
    },
  }
}
