/**
 * The world that tools work in, made when the first call needs it and not before: real, or the sandbox. All of it is
 * loaded late, so that a server which is only asked for its list starts fast.
 */
import { type Context, Data, Effect, Fiber, FiberSet, Layer, type Scope } from "effect"
import type { Supervisor } from "../agents/Supervisor.ts"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import type { TokenSource } from "../config/TokenSource.ts"
import { late } from "../core/Late.ts"
import { oneLine } from "../core/Text.ts"
import type { Gate } from "../guard/Gate.ts"
import { Redactor } from "../guard/Redactor.ts"
import type { Journal } from "../journal/Journal.ts"
import type { Outcome } from "../tools/Guarded.ts"
import type { ToolCall } from "../tools/ToolCall.ts"
import { RunHome } from "../orchestrator/RunHome.ts"
import type { FaceNeeds } from "./Tools.ts"

/** Everything that tools, checks and whoever works with agents may ask for. */
export type World = FaceNeeds | TokenSource | Journal | Gate | Redactor | Supervisor

/** The world could not be made: today only the sandbox can fail so. */
export class WorldFailed extends Data.TaggedError("WorldFailed")<{ readonly what: string }> {
  override get message(): string {
    return this.what
  }
}

/** The sandbox's two accounts, for whoever has named none. */
const SANDBOX_ACCOUNTS: AppConfigShape["accounts"] = {
  main: { role: "mcp-agent-role" },
  partner: { role: "partner-agent-role" },
}

/** The operator's accounts in the sandbox: its two by turns, or a role of its own by name. What they allow stays. */
const standIns = (accounts: AppConfigShape["accounts"], roles: ReadonlyArray<string>): AppConfigShape["accounts"] => {
  const own = Object.values(SANDBOX_ACCOUNTS)
  return Object.fromEntries(
    Object.entries(accounts).map(([name, { access, regions, role }], at) => [
      name,
      {
        ...(role !== undefined && roles.includes(role) ? { role } : own[at % own.length]),
        ...(access === undefined ? {} : { access }),
        ...(regions === undefined ? {} : { regions }),
      },
    ]),
  )
}

/** The accounts that whoever works in this world can name; `roles`: those that the sandbox has. */
export const accountsIn = (
  { accounts }: AppConfigShape,
  sandbox: boolean,
  roles: ReadonlyArray<string> = [],
): AppConfigShape["accounts"] =>
  !sandbox ? accounts : Object.keys(accounts).length === 0 ? SANDBOX_ACCOUNTS : standIns(accounts, roles)

/** Points the settings at a sandbox. TLS, policies and most roles of the real world do not exist there. */
const sandboxConfig = (
  config: AppConfigShape,
  sandbox: {
    readonly vaultAddr: string
    readonly vaultToken: AppConfigShape["vault"]["token"]
    readonly awsUrl: string
  },
  roles: ReadonlyArray<string>,
): AppConfigShape => ({
  ...config,
  vault: {
    ...config.vault,
    address: sandbox.vaultAddr,
    token: sandbox.vaultToken,
    namespace: undefined,
    mount: "aws",
    role: roles.includes(config.vault.role) ? config.vault.role : "mcp-agent-role",
    credentials: "creds",
    login: { method: "token", wrapped: false },
    childPolicies: undefined,
    tls: { skipVerify: false },
    proxy: undefined,
    srvLookup: false,
    headers: {},
  },
  awsEndpoint: sandbox.awsUrl,
  accounts: accountsIn(config, true, roles),
  agents: Object.fromEntries(
    Object.entries(config.agents).flatMap(([name, { role }]) =>
      role !== undefined && roles.includes(role) ? [[name, { role }] as const] : [],
    ),
  ),
  stateDir: undefined,
})

const inSandbox = Effect.fnUntraced(function* (config: AppConfigShape) {
  const { startSandbox } = yield* Effect.promise(() => import("../sandbox/Sandbox.ts"))
  const sandbox = yield* startSandbox({ empty: false })
  yield* Effect.logInfo("the sandbox runs: an emulated Vault and AWS inside this process, on loopback")
  const { SEEDED_ROLES } = yield* Effect.promise(() => import("../sandbox/VaultSeed.ts"))
  const settings = sandboxConfig(config, sandbox, SEEDED_ROLES)
  if (Object.keys(config.accounts).length > 0) {
    const told = Object.entries(settings.accounts).map(([name, { role }]) => `${name} (${role})`)
    yield* Effect.logWarning(
      `the config file's accounts stand for the sandbox's own here, with the access and regions that the file gives them: ${oneLine(told.join(", "))}`,
    )
  }
  return settings
})

/** Where a run of a workflow works: its record says so, and it goes on nowhere else. */
export const placeOf = ({ vault }: AppConfigShape, sandbox: boolean): string =>
  sandbox ? "sandbox" : `${vault.address}${vault.namespace === undefined ? "" : ` (${vault.namespace})`}`

/** Builds the world in the present scope. */
const makeWorld = Effect.fn("makeWorld")(function* (
  config: AppConfigShape,
  sandbox: boolean,
): Effect.fn.Return<Context.Context<World>, WorldFailed, Scope.Scope | Redactor> {
  const redactor = yield* Redactor
  const settings = sandbox
    ? yield* Effect.mapError(inSandbox(config), ({ message }) => new WorldFailed({ what: message }))
    : config
  const { layerWorld } = yield* Effect.promise(() => import("./Live.ts"))
  // The record of runs is the operator's, also of those in the sandbox, which say so.
  const home = { stateDir: config.stateDir, place: placeOf(config, sandbox) }
  const given = Layer.mergeAll(
    Layer.succeed(AppConfig, settings),
    Layer.succeed(Redactor, redactor),
    Layer.succeed(RunHome, home),
  )
  return yield* Layer.build(Layer.provideMerge(layerWorld, given))
})

/**
 * The world, made once at the first need, by a fiber of its own: a caller who is cancelled does not take it from others.
 * A failure is not kept. It lives as long as the present scope.
 */
export const lazyWorld = Effect.fnUntraced(function* (config: AppConfigShape, sandbox: boolean) {
  const run = yield* FiberSet.makeRuntime<Scope.Scope | Redactor, Context.Context<World>, WorldFailed>()
  let made: Fiber.Fiber<Context.Context<World>, WorldFailed> | undefined
  return Effect.suspend(() => {
    made ??= run(
      Effect.onError(makeWorld(config, sandbox), () =>
        Effect.sync(() => {
          made = undefined
        }),
      ),
    )
    return Fiber.join(made)
  })
})

const loadTools = late(() => import("./Tools.ts"))

/** Calls a tool by its name in the world. The name is one of them: whoever calls has looked it up. */
export const callIn =
  (world: Effect.Effect<Context.Context<World>, WorldFailed>) =>
  (name: string, args: unknown): Effect.Effect<Outcome, never, ToolCall> =>
    Effect.gen(function* () {
      const { TOOLS } = yield* loadTools
      const tool = TOOLS.find(({ meta }) => meta.name === name)
      if (tool === undefined) return yield* Effect.die(new Error(`no tool ${name}`))
      const context = yield* world
      return yield* Effect.provide(tool.call(args), context)
    }).pipe(
      Effect.catch(({ message }) =>
        Effect.succeed<Outcome>({
          _tag: "Failed",
          text: `${message}\ncode=sandbox_failed`,
          code: "sandbox_failed",
        }),
      ),
    )
