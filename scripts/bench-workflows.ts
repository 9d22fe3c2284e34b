/**
 * The budget of workflows, over the whole path: 340 units (20 accounts in 17 regions), each on record and in the durable
 * engine, both on disk, each called by an agent on its account's own lease, signed, and answered over HTTP by a sandbox in
 * another process whose AWS takes 100 ms. Over the time that the 340 answers alone would take, at 20 at once at most 1.3
 * times, at 64 at most 1.6 times: of a run in a process that has its code and its leases, from the begin of its record to
 * its end. What a first run costs beyond that, and the whole command with Node's start, is told beside it.
 *
 * It is the processor that is short at 64 at once: other programs on the machine make every number worse, and so do the
 * first runs, whose code is still being compiled. The best of five counts, of runs in which all others on the machine
 * (and its host, where it is a part of one) took at most a twentieth of a processor; pairs are run until there are so
 * many, or fifteen. Without any such run nothing is judged, and that is no success.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Context, Effect, Layer } from "effect"
import { ROSTER } from "../src/agents/Roster.ts"
import { callIn, type World, type WorldFailed } from "../src/app/World.ts"
import { withWorld } from "../src/cli/Session.ts"
import { AppConfig } from "../src/config/AppConfig.ts"
import { knownOf } from "../src/orchestrator/Known.ts"
import { RunHome } from "../src/orchestrator/RunHome.ts"
import { Worker } from "../src/orchestrator/Worker.ts"
import { check, Workflows } from "../src/orchestrator/Workflows.ts"
import { ToolCall } from "../src/tools/ToolCall.ts"
import type { FarAway, Seen } from "../test/bench/FarSandbox.ts"

const ACCOUNTS = 20
const LATENCY = 100
const QUICK = process.argv.includes("--quick")
/** Runs at each concurrency of which the best counts. */
const PAIRS = QUICK ? 1 : 5
/** The most that others may take of a processor in a run that counts (where nobody tells, each does), and pairs at most. */
const QUIET = 0.05
const MOST_PAIRS = 3 * PAIRS
const BUDGETS = [
  { concurrency: 20, most: 1.3 },
  { concurrency: 64, most: 1.6 },
] as const
/** By how much the heap may grow from the second run to the last. */
const HEAP_MB = 8

const REGIONS =
  "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1 eu-west-1 eu-west-2 eu-west-3 eu-central-1 eu-north-1 eu-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1".split(
    " ",
  )
const UNITS = ACCOUNTS * REGIONS.length

const FILE = `name: bench
steps:
  - id: instances
    agent: aws
    tool: ec2_list_instances
    forEach: { accounts: true, regions: true }
`

const ideal = (concurrency: number) => Math.ceil(UNITS / concurrency) * LATENCY

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc") as (how: { readonly type: "major"; readonly flavor: "last-resort" }) => void // what the flag puts there
const heapMb = (): number => {
  collect({ type: "major", flavor: "last-resort" })
  return process.memoryUsage().heapUsed / 1_048_576
}

let over = false
const report = (kept: boolean | undefined, words: string): void => {
  over ||= kept === false
  console.log(`${kept === undefined ? "    " : kept ? "ok  " : "OVER"}  ${words}`)
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Starts the sandbox, and asks it what it has seen. */
const farAway = async () => {
  const child = spawn(process.execPath, [here("../test/bench/FarSandbox.ts"), String(ACCOUNTS), String(LATENCY)], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const where = JSON.parse(String((await lines.next()).value)) as FarAway
  const seen = async (): Promise<Seen> => {
    child.stdin.write("\n")
    return JSON.parse(String((await lines.next()).value)) as Seen
  }
  return { child, where, seen }
}

/**
 * Milliseconds that all processors together have worked since the machine began, or were kept by the host for other
 * machines; Linux tells, others say nothing.
 */
const worked = (): number => {
  if (process.platform !== "linux") return Number.NaN
  const [, user, nice, system, , , irq, softirq, steal] = (
    readFileSync("/proc/stat", "utf8").split("\n")[0] ?? ""
  ).split(/\s+/)
  return [user, nice, system, irq, softirq, steal].reduce((sum, ticks) => sum + Number(ticks) * 10, 0)
}

const folder = mkdtempSync(join(tmpdir(), "vault-aws-mcp-bench-"))
const stateDir = join(folder, "state")

/** From the begin of the record of the last run to its end, in milliseconds, and how many units of it are done. */
const recorded = (): { readonly took: number; readonly done: number } => {
  const db = new DatabaseSync(join(stateDir, "workflows", "runs.db"), { readOnly: true })
  const row = db
    .prepare(
      `SELECT ended_at - started_at AS took, (SELECT count(*) FROM units WHERE run = id AND state = 'done') AS done
       FROM runs WHERE state = 'succeeded' ORDER BY started_at DESC LIMIT 1`,
    )
    .get()
  db.close()
  return { took: Number(row?.["took"]), done: Number(row?.["done"]) }
}

type Look = () => Promise<Seen>

const once = (world: Effect.Effect<Context.Context<World>, WorldFailed>, seen: Look, concurrency: number) =>
  Effect.gen(function* () {
    const workflows = Context.get(yield* world, Workflows)
    const plan = yield* check(workflows.known, "bench.yaml", FILE, [])
    yield* Effect.promise(seen)
    const before = { at: performance.now(), all: worked(), own: process.cpuUsage() }
    yield* workflows.run(plan, { concurrency })
    const own = process.cpuUsage(before.own)
    const mine = (own.user + own.system) / 1000
    const { cpu, creds } = yield* Effect.promise(seen)
    const others = Math.max(0, (worked() - before.all - mine - cpu) / (performance.now() - before.at))
    const { done, took } = recorded()
    if (done !== UNITS) return yield* Effect.die(new Error(`${done} of ${UNITS} units are on record as done`))
    return { took, others, perUnit: mine / UNITS, asked: Object.values(creds) }
  })

/** The same runs, on record and in the durable engine, of a worker that just waits: what orchestrating alone costs. */
const waitingAlone = Effect.gen(function* () {
  const worker = Layer.succeed(Worker, {
    readOnly: () => true,
    run: () => Effect.delay(Effect.succeed({ _tag: "Done" as const, value: { instances: [] } }), LATENCY),
  })
  const layer = Workflows.layer(knownOf(ROSTER)).pipe(
    Layer.provide([worker, NodeFileSystem.layer, Layer.succeed(RunHome, { stateDir, place: "bench" })]),
  )
  const workflows = Context.get(yield* Layer.build(layer), Workflows)
  const plan = yield* check(workflows.known, "bench.yaml", FILE, [])
  const taken = BUDGETS.map(() => [] as Array<number>)
  // The first pair warms up.
  for (let pair = 0; pair <= PAIRS; pair++)
    for (const [nth, { concurrency }] of BUDGETS.entries()) {
      yield* workflows.run(plan, { concurrency })
      if (pair > 0) taken[nth]?.push(recorded().took)
    }
  for (const [nth, { concurrency, most }] of BUDGETS.entries()) {
    const all = taken[nth] ?? []
    const ratio = Math.min(...all) / ideal(concurrency)
    report(
      ratio <= most,
      `${UNITS} units that wait in the process, ${concurrency} at once: ${ratio.toFixed(2)}x of ${ideal(concurrency)} ms, budget ${most}x (${all.join(", ")} ms)`,
    )
  }
})

/** The same calls by their tool alone, without agents, workflow, engine and record: what the machine can do at all. */
const toolAlone = Effect.fnUntraced(function* (
  world: Effect.Effect<Context.Context<World>, WorldFailed>,
  concurrency: number,
) {
  const calls = Array.from({ length: UNITS }, (_, i) => ({
    account: `account-${i % ACCOUNTS}`,
    region: REGIONS[Math.floor(i / ACCOUNTS)] ?? "",
  }))
  const all = Effect.forEach(calls, (args) => callIn(world)("ec2_list_instances", args), { concurrency }).pipe(
    Effect.provideService(ToolCall, { principal: "bench", progress: () => Effect.void }),
  )
  // The first one leases and warms up.
  yield* all
  const taken: Array<number> = []
  for (let again = 0; again < PAIRS; again++) {
    const began = performance.now()
    const outcomes = yield* all
    taken.push(performance.now() - began)
    if (outcomes.some(({ _tag }) => _tag !== "Done")) return yield* Effect.die(new Error("a call failed"))
  }
  return Math.min(...taken)
})

const inOneProcess = (seen: Look) =>
  withWorld({ flags: {}, sandbox: false }, (config, world) =>
    Effect.gen(function* () {
      yield* Effect.provideService(Effect.scoped(waitingAlone), AppConfig, config)
      const first = yield* once(world, seen, 20)
      report(
        first.asked.length === ACCOUNTS && first.asked.every((n) => n === 1),
        `requests for credentials in the first run: ${first.asked.reduce((a, b) => a + b, 0)} for ${first.asked.length} accounts, budget one for each`,
      )
      report(
        undefined,
        `the first run of a process, with logins, leases and code to load: ${(first.took / ideal(20)).toFixed(2)}x`,
      )
      const again = [yield* once(world, seen, 64)]
      const measured = BUDGETS.map((): Array<Effect.Success<ReturnType<typeof once>>> => [])
      const quiet = (nth: number) => (measured[nth] ?? []).filter(({ others }) => !(others > QUIET))
      const enough = () => BUDGETS.every((_, nth) => quiet(nth).length >= PAIRS)
      for (let pair = 0; pair < MOST_PAIRS && !enough(); pair++)
        for (const [nth, { concurrency }] of BUDGETS.entries()) {
          const run = yield* once(world, seen, concurrency)
          measured[nth]?.push(run)
          again.push(run)
        }
      for (const [nth, { concurrency, most }] of BUDGETS.entries()) {
        const all = (measured[nth] ?? []).map(({ others, took }) => `${took}${others > QUIET ? "*" : ""}`).join(", ")
        const [best] = quiet(nth)
          .slice(0, PAIRS)
          .toSorted((a, b) => a.took - b.took)
        const what = `${UNITS} units, ${concurrency} at once, leases at hand`
        const told = `of ${ideal(concurrency)} ms, budget ${most}x (${all} ms; * others took more than ${QUIET * 100} % of a processor)`
        if (best === undefined) {
          report(false, `${what}: not judged, as others were at work in every run; ${told}`)
          continue
        }
        const ratio = best.took / ideal(concurrency)
        report(ratio <= most, `${what}: ${ratio.toFixed(2)}x ${told}, ${best.perUnit.toFixed(1)} ms of work a unit`)
      }
      for (const { concurrency } of BUDGETS) {
        const millis = yield* toolAlone(world, concurrency)
        report(
          undefined,
          `the same calls by their tool alone, ${concurrency} at once: ${(millis / ideal(concurrency)).toFixed(2)}x (${millis.toFixed(0)} ms)`,
        )
      }
      yield* Effect.promise(seen)
      const heaps = [heapMb()]
      for (let half = 0; half < 2; half++) {
        for (let run = 0; run < PAIRS; run++) again.push(yield* once(world, seen, 64))
        heaps.push(heapMb())
      }
      const grown = (heaps.at(-1) ?? 0) - (heaps[0] ?? 0)
      report(
        grown <= HEAP_MB,
        `heap before, amid and after ${2 * PAIRS} more runs: ${heaps.map((mb) => mb.toFixed(1)).join(", ")} MB, may grow by ${HEAP_MB}`,
      )
      report(
        again.every(({ asked }) => asked.length === 0),
        `requests for credentials in the ${again.length} runs after the first: ${again.flatMap(({ asked }) => asked).length}`,
      )
    }),
  )

/** The command as a person types it. */
const command = (args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number | null; readonly millis: number }>((resolve) => {
    const began = performance.now()
    const child: ChildProcess = spawn(process.execPath, [here("../dist/bin.mjs"), ...args], { stdio: "ignore" })
    child.on("close", (code) => resolve({ code, millis: performance.now() - began }))
  })

const { child, seen, where } = await farAway()
try {
  const config = join(folder, "config.yaml")
  const accounts = Array.from(
    { length: ACCOUNTS },
    (_, i) => `  account-${i}: { role: bench-${i}, regions: [${REGIONS.join(", ")}] }`,
  )
  writeFileSync(config, `accounts:\n${accounts.join("\n")}\n`)
  const file = join(folder, "bench.yaml")
  writeFileSync(file, FILE)
  for (const name of Object.keys(process.env)) if (/^(VAULT|BAO|AWS)_/.test(name)) delete process.env[name]
  Object.assign(process.env, {
    VAULT_AWS_MCP_VAULT_ADDR: where.vaultAddr,
    VAULT_AWS_MCP_VAULT_TOKEN: where.vaultToken,
    VAULT_AWS_MCP_AWS_ENDPOINT_URL: where.awsUrl,
    VAULT_AWS_MCP_STATE_DIR: stateDir,
    VAULT_AWS_MCP_CONFIG: config,
  })
  await Effect.runPromise(inOneProcess(seen))
  report((await seen()).leases === 0, "no lease is left after the process's runs")
  for (const { concurrency } of QUICK ? [] : BUDGETS) {
    let best = { millis: Infinity, took: 0 }
    for (let again = 0; again < PAIRS; again++) {
      const { code, millis } = await command(["workflow", "run", file, "--json", "--concurrency", String(concurrency)])
      const { done, took } = recorded()
      if (code !== 0 || done !== UNITS) throw new Error(`the command ended with ${code}, ${done} units done`)
      if (millis < best.millis) best = { millis, took }
    }
    const { creds, leases } = await seen()
    const asked = Object.values(creds)
    report(
      leases === 0 && asked.length === ACCOUNTS && asked.every((n) => n === PAIRS),
      `the whole command at ${concurrency}: ${(best.millis / ideal(concurrency)).toFixed(2)}x (${best.millis.toFixed(0)} ms), its run ${(best.took / ideal(concurrency)).toFixed(2)}x; ${asked.reduce((a, b) => a + b, 0)} requests for credentials in ${PAIRS} commands, ${leases} leases left`,
    )
  }
  report(
    readdirSync(join(stateDir, "workflows", "engine")).length === 0,
    "no engine's file is left of runs that succeeded",
  )
} finally {
  child.kill()
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = over ? 1 : 0
