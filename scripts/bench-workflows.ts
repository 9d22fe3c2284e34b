/**
 * The budget of workflows, over the whole path: 340 units (20 accounts in 17 regions), each on record and in the durable
 * engine, both on disk, each called by an agent on its account's own lease, signed, and answered over HTTP by a sandbox in
 * another process whose AWS takes 100 ms. Over the time that the 340 answers alone would take, at 20 at once at most 1.3
 * times, at 64 at most 1.6 times: of a run in a process that has its code and its leases, from the begin of its record to
 * its end. What a first run costs beyond that, and the whole command with Node's start, is told beside it.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Context, Effect } from "effect"
import type { World, WorldFailed } from "../src/app/World.ts"
import { withWorld } from "../src/cli/Session.ts"
import { check, Workflows } from "../src/orchestrator/Workflows.ts"
import type { FarAway, Seen } from "../test/bench/FarSandbox.ts"

const ACCOUNTS = 20
const LATENCY = 100
const QUICK = process.argv.includes("--quick")
/** Pairs of runs, one at each concurrency: the best counts, as others may be at work on the machine. */
const PAIRS = QUICK ? 1 : 3
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

const once = (world: Effect.Effect<Context.Context<World>, WorldFailed>, concurrency: number) =>
  Effect.gen(function* () {
    const workflows = Context.get(yield* world, Workflows)
    yield* workflows.run(yield* check(workflows.known, "bench.yaml", FILE, []), { concurrency })
    const { done, took } = recorded()
    if (done !== UNITS) return yield* Effect.die(new Error(`${done} of ${UNITS} units are on record as done`))
    return took
  })

const inOneProcess = (seen: () => Promise<Seen>) =>
  withWorld({ flags: {}, sandbox: false }, (_, world) =>
    Effect.gen(function* () {
      const first = yield* once(world, 20)
      const asked = yield* Effect.promise(seen)
      const counts = Object.values(asked.creds)
      report(
        counts.length === ACCOUNTS && counts.every((n) => n === 1),
        `requests for credentials in the first run: ${counts.reduce((a, b) => a + b, 0)} for ${counts.length} accounts, budget one for each`,
      )
      report(
        undefined,
        `the first run of a process, with logins, leases and code to load: ${(first / ideal(20)).toFixed(2)}x`,
      )
      yield* once(world, 64)
      const heaps = [heapMb()]
      const taken = new Map<number, Array<number>>(BUDGETS.map(({ concurrency }) => [concurrency, []]))
      for (let pair = 0; pair < PAIRS; pair++) {
        for (const { concurrency } of BUDGETS) taken.get(concurrency)?.push(yield* once(world, concurrency))
        heaps.push(heapMb())
      }
      for (const { concurrency, most } of BUDGETS) {
        const all = taken.get(concurrency) ?? []
        const ratio = Math.min(...all) / ideal(concurrency)
        report(
          ratio <= most,
          `${UNITS} units, ${concurrency} at once, leases at hand: ${ratio.toFixed(2)}x of ${ideal(concurrency)} ms, budget ${most}x (${all.join(", ")} ms)`,
        )
      }
      const later = yield* Effect.promise(seen)
      report(
        Object.keys(later.creds).length === 0,
        `requests for credentials in the ${1 + 2 * PAIRS} runs after it: ${Object.keys(later.creds).length}`,
      )
      const grown = (heaps.at(-1) ?? 0) - (heaps[0] ?? 0)
      report(
        grown <= HEAP_MB,
        `heap after each pair of runs: ${heaps.map((mb) => mb.toFixed(1)).join(", ")} MB, may grow by ${HEAP_MB}`,
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
