/** A fleet over a file of servers made for the test, and the mcp tools over it. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Logger, References, type Scope } from "effect"
import { AppConfig, type AppConfigShape } from "../../src/config/AppConfig.ts"
import { childEnvironment } from "../../src/config/ChildEnvironment.ts"
import { Fleet } from "../../src/fleet/Fleet.ts"
import { Limits } from "../../src/fleet/Limits.ts"
import { Gate } from "../../src/guard/Gate.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { mcpTools } from "../../src/tools/mcp/tools.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import { config } from "./FakeVault.ts"

const HOSTILE = fileURLToPath(new URL("../fleet/fixtures/hostile.mjs", import.meta.url))

/** An entry that starts the misbehaving server. */
export const hostile = (mode: string, word = "", env: Readonly<Record<string, string>> = {}) => ({
  command: process.execPath,
  args: [HOSTILE, mode, word],
  env,
})

/** A folder that goes with the present scope. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "fleet-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
)

/** Patience for tests: enough for a busy machine, and a quick end. Tests of silence set less. */
export const QUICK = {
  probe: Duration.seconds(5),
  handshake: Duration.seconds(20),
  page: Duration.seconds(10),
  list: Duration.seconds(20),
  health: Duration.seconds(30),
  ping: Duration.seconds(5),
  patience: Duration.millis(300),
}

/** Writes a file of servers. */
export const fleetFile = Effect.fnUntraced(function* (servers: Readonly<Record<string, unknown>>) {
  const path = join(yield* folder, "mcp.json")
  writeFileSync(path, JSON.stringify({ mcpServers: servers }))
  chmodSync(path, 0o600)
  return path
})

interface FleetOptions {
  readonly access?: AppConfigShape["access"]
  readonly stateDir?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly limits?: { readonly [K in keyof typeof QUICK]?: Duration.Input }
}

type Args = Readonly<Record<string, unknown>>

/** The fleet of these servers, and all that is said of it. */
export const makeFleet = Effect.fnUntraced(function* (
  servers: Readonly<Record<string, unknown>>,
  { access = "full", env = process.env, limits = {}, stateDir }: FleetOptions = {},
) {
  const said: Array<string> = []
  const settings = {
    ...config,
    access,
    stateDir,
    fleet: { file: yield* fleetFile(servers), env: childEnvironment(env) },
  }
  const logger = Logger.layer([Logger.make(({ message }) => void said.push(String(message)))])
  const layer = Layer.merge(Fleet.layer, Gate.layer).pipe(
    Layer.provideMerge(Layer.merge(Layer.succeed(AppConfig, settings), Redactor.layer)),
    Layer.provide(NodeFileSystem.layer),
    Layer.provideMerge(logger),
  )
  const told: Array<string> = []
  const context = yield* Layer.build(layer).pipe(
    Effect.provideService(Limits, {
      ...QUICK,
      ...Object.fromEntries(Object.entries(limits).map(([key, limit]) => [key, Duration.fromInputUnsafe(limit)])),
    }),
    Effect.provideService(References.MinimumLogLevel, "Debug"),
  )
  const outcome = (name: string, args: Args = {}): Effect.Effect<Outcome> => {
    const tool = mcpTools.find(({ meta }) => meta.name === name)
    if (tool === undefined) return Effect.die(new Error(`no tool ${name}`))
    return tool.call(args).pipe(
      Effect.provideService(ToolCall, {
        principal: "test",
        progress: ({ message, progress }) => Effect.sync(() => void told.push(`${progress} ${message ?? ""}`)),
      }),
      Effect.provide(context),
    )
  }
  const good = <A = Args>(name: string, args?: Args): Effect.Effect<A> =>
    Effect.map(outcome(name, args), (result) =>
      // tests name the members they know to be there
      result._tag === "Done" ? (result.value as A) : assert.fail(`${name}: ${result.text}`),
    )
  const bad = (name: string, args?: Args): Effect.Effect<string> =>
    Effect.map(outcome(name, args), (result) =>
      result._tag === "Failed" ? result.text : assert.fail(`${name}: ${JSON.stringify(result.value).slice(0, 300)}`),
    )
  return {
    fleet: Context.get(context, Fleet),
    redactor: Context.get(context, Redactor),
    outcome,
    good,
    bad,
    said,
    told,
  }
})

/** The texts of a call's result, one after the other. */
export const textOf = (result: Args): string =>
  (result["content"] as ReadonlyArray<{ readonly text?: string }>).map(({ text = "" }) => text).join("\n")

/** Whether a process runs. One that ended and that nobody has asked about yet is listed still, as a zombie. */
export const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const status = `/proc/${pid}/stat`
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, "utf8"))
}
