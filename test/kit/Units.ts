/** Units of a run, as far as a test cares what is in them. */
import type { Unit } from "../../src/orchestrator/RunModel.ts"

export const unit = (over: Partial<Unit>): Unit => ({
  run: "r",
  key: "k",
  step: "s",
  agent: "aws",
  tool: "look",
  writes: false,
  account: undefined,
  region: undefined,
  item: undefined,
  state: "done",
  attempt: 1,
  startedAt: 0,
  endedAt: 120,
  result: undefined,
  cut: false,
  what: undefined,
  ...over,
})
