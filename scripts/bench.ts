/**
 * The budgets, measured: start, memory, cost of a call, and one creds request for a thousand first calls. Every figure is
 * a ratio to something measured in the same run, in turns, so that a busy machine slows both. `--quick` for fewer rounds.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { Effect, Exit, Redacted, Scope } from "effect"
import { rolldown } from "rolldown"
import { fault } from "../src/sandbox/Faults.ts"
import { observe } from "../src/sandbox/faults/Custom.ts"
import { startSandbox } from "../src/sandbox/Sandbox.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const quick = process.argv.includes("--quick")
const ROUNDS = quick ? 5 : 15
const CALLS = quick ? 200 : 1000

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const millis = (): number => Number(process.hrtime.bigint()) / 1e6

/** A server spoken to in raw lines, so that no client library is part of the figures. */
class Peer {
  readonly child: ChildProcess
  #rest = ""
  #id = 0
  readonly #waiting = new Map<number, (message: unknown) => void>()
  constructor(args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, args, {
      env: { PATH: process.env["PATH"] ?? "", VAULT_AWS_MCP_ACCESS: "full", ...env },
      stdio: ["pipe", "pipe", "ignore"],
    })
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#rest += text
      for (let at = this.#rest.indexOf("\n"); at >= 0; at = this.#rest.indexOf("\n")) {
        const message = JSON.parse(this.#rest.slice(0, at)) as { readonly id?: number }
        this.#rest = this.#rest.slice(at + 1)
        if (message.id !== undefined) this.#waiting.get(message.id)?.(message)
      }
    })
  }
  request(method: string, params: object): Promise<unknown> {
    const id = ++this.#id
    this.child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`)
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }
  async open(): Promise<void> {
    const clientInfo = { name: "bench", version: "0" }
    await this.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo })
    this.child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`)
  }
  async whoAmI(): Promise<void> {
    const answer = JSON.stringify(await this.request("tools/call", { name: "aws_get_caller_identity", arguments: {} }))
    if (!answer.includes("arn:aws:")) throw new Error(`no identity: ${answer.slice(0, 300)}`)
  }
  /** Resident memory in MB (Linux). */
  rss(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8")
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024
  }
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.child.on("exit", () => resolve())
      this.child.stdin?.end()
    })
  }
}

const lines: Array<string> = []
let failed = false
const report = (name: string, value: string, budget: string, kept: boolean): void => {
  failed ||= !kept
  lines.push(`${kept ? "ok  " : "OVER"}  ${name.padEnd(44)} ${value.padEnd(34)} budget ${budget}`)
}

/** The bare server, bundled by the same bundler as the product. */
const bundleBare = async (folder: string): Promise<string> => {
  const bundle = await rolldown({
    cwd: root,
    input: { bare: "test/bench/bareServer.ts" },
    platform: "node",
    external: [/^node:/, /^@aws-sdk\//, /^@smithy\//],
  })
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].mjs", minify: true })
  await bundle.close()
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  return join(folder, "bare.mjs")
}

const startOf = async (args: ReadonlyArray<string>): Promise<number> => {
  const before = millis()
  const peer = new Peer(args, {})
  await peer.open()
  await peer.request("tools/list", {})
  const took = millis() - before
  await peer.close()
  return took
}

const nodeAlone = (): number => {
  const before = millis()
  spawnSync(process.execPath, ["-e", "0"])
  return millis() - before
}

const measureStart = async (ours: ReadonlyArray<string>, bare: string): Promise<void> => {
  const taken = { node: [] as Array<number>, bare: [] as Array<number>, ours: [] as Array<number> }
  for (let round = 0; round < ROUNDS; round++) {
    taken.node.push(nodeAlone())
    taken.bare.push(await startOf([bare]))
    taken.ours.push(await startOf(ours))
  }
  const [node, plain, own] = [median(taken.node), median(taken.bare), median(taken.ours)]
  report("spawn to tools/list, over the bare server", `${(own / plain).toFixed(2)}x`, "1.5x", own / plain <= 1.5)
  lines.push(
    `      node -e 0 ${node.toFixed(0)} ms; bare ${plain.toFixed(0)} ms (${(plain / node).toFixed(1)}x node); ours ${own.toFixed(0)} ms (${(own / node).toFixed(1)}x node)`,
  )
}

const measureMemory = async (ours: ReadonlyArray<string>, bare: string): Promise<void> => {
  const idle = async (args: ReadonlyArray<string>): Promise<number> => {
    const peer = new Peer(args, {})
    await peer.open()
    await peer.request("tools/list", {})
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const rss = peer.rss()
    await peer.close()
    return rss
  }
  const [own, plain] = [await idle(ours), await idle([bare])]
  report("idle memory", `${own.toFixed(0)} MB (bare ${plain.toFixed(0)} MB)`, "90 MB", own <= 90)
}

const folder = mkdtempSync(join(tmpdir(), "vault-aws-mcp-bench-"))
const scope = Effect.runSync(Scope.make())
try {
  const bare = await bundleBare(folder)
  const ours = [join(root, "dist", "bin.mjs"), "serve"]
  await measureStart(ours, bare)
  await measureMemory(ours, bare)

  const sandbox = await Effect.runPromise(Scope.provide(startSandbox({ empty: false }), scope))
  // The others sign with a session as well, so that AWS has the same to check.
  const leased = (await (
    await fetch(`${sandbox.vaultAddr}/v1/aws/creds/mcp-agent-role`, {
      headers: { "x-vault-token": Redacted.value(sandbox.vaultToken) },
    })
  ).json()) as {
    readonly data: { readonly access_key: string; readonly secret_key: string; readonly security_token: string }
  }
  const env = {
    VAULT_AWS_MCP_VAULT_ADDR: sandbox.vaultAddr,
    VAULT_AWS_MCP_VAULT_TOKEN: Redacted.value(sandbox.vaultToken),
    VAULT_AWS_MCP_AWS_ENDPOINT_URL: sandbox.awsUrl,
    BENCH_AWS_URL: sandbox.awsUrl,
    BENCH_KEY: leased.data.access_key,
    BENCH_SECRET: leased.data.secret_key,
    BENCH_TOKEN: leased.data.security_token,
  }

  const { GetCallerIdentityCommand, STSClient } = await import("@aws-sdk/client-sts")
  const raw = new STSClient({
    region: "us-east-1",
    endpoint: sandbox.awsUrl,
    credentials: { accessKeyId: env.BENCH_KEY, secretAccessKey: env.BENCH_SECRET, sessionToken: env.BENCH_TOKEN },
  })
  const peers = { ours: new Peer(ours, env), bare: new Peer([bare], env) }
  await Promise.all([peers.ours.open(), peers.bare.open()])
  const timed = { ours: [] as Array<number>, bare: [] as Array<number>, raw: [] as Array<number> }
  const time = async (into: Array<number>, work: () => Promise<unknown>): Promise<void> => {
    const before = millis()
    await work()
    into.push(millis() - before)
  }
  for (let i = 0; i < CALLS + 50; i++) {
    const warm = i >= 50
    await time(warm ? timed.ours : [], () => peers.ours.whoAmI())
    await time(warm ? timed.bare : [], () => peers.bare.whoAmI())
    await time(warm ? timed.raw : [], () => raw.send(new GetCallerIdentityCommand({})))
  }
  const [own, plain, alone] = [median(timed.ours), median(timed.bare), median(timed.raw)]
  report(
    "aws_get_caller_identity p50, over the bare server",
    `${(own / plain).toFixed(2)}x`,
    "1.25x",
    own / plain <= 1.25,
  )
  lines.push(`      ours ${own.toFixed(2)} ms, bare ${plain.toFixed(2)} ms, raw SDK call ${alone.toFixed(2)} ms`)
  await Promise.all([peers.ours.close(), peers.bare.close()])

  let creds = 0
  const counting = observe(() => void creds++)
  await Effect.runPromise(sandbox.faults.add(fault(counting, { half: "vault", about: "/creds/" })))
  const crowd = new Peer(ours, env)
  await crowd.open()
  await Promise.all(Array.from({ length: 1000 }, () => crowd.whoAmI()))
  await crowd.close()
  report("creds requests of 1,000 concurrent first calls", String(creds), "1", creds === 1)
} finally {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
}
console.log(lines.join("\n"))
process.exit(failed ? 1 : 0)
