/**
 * The budget of workflows: 340 units (20 accounts in 17 regions) of 100 ms each, every one on record in SQLite, over the
 * time that they would take if nothing else cost anything. At 20 at once at most 1.3 times, at 64 at most 1.6 times.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, Layer, Result } from "effect"
import type { Place } from "../src/orchestrator/Course.ts"
import { knownOf } from "../src/orchestrator/Known.ts"
import { begin } from "../src/orchestrator/Orchestrator.ts"
import { checkPlan } from "../src/orchestrator/PlanCheck.ts"
import { readPlan } from "../src/orchestrator/PlanFile.ts"
import { RunStore } from "../src/orchestrator/RunStore.ts"
import { Worker } from "../src/orchestrator/Worker.ts"
import { ROSTER } from "../src/agents/Roster.ts"

const ACCOUNTS = 20
const REGIONS = 17
const LATENCY = 100
const ROUNDS = process.argv.includes("--quick") ? 1 : 3

const places: ReadonlyArray<Place> = Array.from({ length: ACCOUNTS }, (_, i) => ({
  account: `account-${i}`,
  regions: Array.from({ length: REGIONS }, (_, j) => `region-${j}`),
}))

const FILE = `name: bench
steps:
  - id: instances
    agent: aws
    tool: ec2_list_instances
    forEach: { accounts: true, regions: true }
`

const instances = Array.from({ length: 5 }, (_, i) => ({
  instance_id: `i-${i}`,
  instance_type: "t3.micro",
  state: "running",
}))

let calls = 0
const worker = Layer.succeed(Worker, {
  readOnly: () => true,
  run: () =>
    Effect.suspend(() => {
      calls++
      return Effect.as(Effect.sleep(LATENCY), { _tag: "Done" as const, value: { instances } })
    }),
})

const once = (concurrency: number, stateDir: string) =>
  Effect.gen(function* () {
    const source = Result.getOrThrow(readPlan("bench.yaml", FILE))
    const known = knownOf(ROSTER)
    const steps = yield* checkPlan(source, known)
    const before = performance.now()
    const prepared = yield* begin(source.workflow, steps, {}, concurrency, {
      known,
      place: "bench",
      places,
      tell: () => Effect.void,
      onInterrupted: () => Effect.void,
    })
    const ended = yield* prepared.going
    const took = performance.now() - before
    const recorded = yield* (yield* RunStore).units(prepared.id)
    if (
      ended.state !== "succeeded" ||
      recorded.length !== ACCOUNTS * REGIONS ||
      recorded.some(({ state }) => state !== "done")
    )
      return yield* Effect.die(new Error(`the run is not on record: ${ended.state}, ${recorded.length} units`))
    return took
  }).pipe(Effect.provide([worker, RunStore.layer(stateDir)]), Effect.provide(NodeFileSystem.layer))

const folder = mkdtempSync(join(tmpdir(), "vault-aws-mcp-bench-"))
let over = false
try {
  await Effect.runPromise(once(64, folder)) // warm: modules and the file are there
  const heap = process.memoryUsage().rss
  for (const [concurrency, budget] of [
    [20, 1.3],
    [64, 1.6],
  ] as const) {
    const ideal = Math.ceil((ACCOUNTS * REGIONS) / concurrency) * LATENCY
    const taken: Array<number> = []
    for (let round = 0; round < ROUNDS; round++) taken.push(await Effect.runPromise(once(concurrency, folder)))
    const median = taken.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN
    const ratio = median / ideal
    over ||= ratio > budget
    console.log(
      `${ratio <= budget ? "ok  " : "OVER"}  ${ACCOUNTS * REGIONS} units, ${concurrency} at once: ${ratio.toFixed(2)}x of ${ideal} ms, budget ${budget}x (${taken.map((one) => one.toFixed(0)).join(", ")} ms)`,
    )
  }
  console.log(
    `      ${calls} calls; memory ${((process.memoryUsage().rss - heap) / 1_048_576).toFixed(0)} MB more than after the first run`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = over ? 1 : 0
