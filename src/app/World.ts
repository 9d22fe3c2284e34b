/**
 * The world that tools work in, made when the first call needs it and not before: real, or the sandbox. Loaded late, so
 * that a server which is only asked for its list starts fast.
 */
import { type Context, Effect, Fiber, FiberSet, Layer, type Scope } from "effect"
import type { AwsSession } from "../aws/AwsSession.ts"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import type { TokenSource } from "../config/TokenSource.ts"
import { Redactor } from "../guard/Redactor.ts"
import type { LeaseManager } from "../lease/LeaseManager.ts"
import type { Tool } from "../tools/Guarded.ts"
import { ToolFailure } from "../tools/ToolFailure.ts"
import type { Vault } from "../vault/Vault.ts"
import type { VaultAuth } from "../vault/VaultAuth.ts"

/** Everything a tool may ask for. */
export type World = AppConfig | TokenSource | Vault | VaultAuth | LeaseManager | AwsSession

/** The settings for a world inside the sandbox: the operator's own, but for where Vault and AWS are. */
const inSandbox = Effect.fnUntraced(function* (config: AppConfigShape) {
  const { startSandbox } = yield* Effect.promise(() => import("../sandbox/Sandbox.ts"))
  const sandbox = yield* startSandbox({ empty: false })
  yield* Effect.logInfo("the sandbox runs: an emulated Vault and AWS inside this process, on loopback")
  return sandboxConfig(config, sandbox)
})

/** Points the settings at a sandbox. Accounts, roles and TLS of the real world do not exist there. */
export const sandboxConfig = (
  config: AppConfigShape,
  sandbox: {
    readonly vaultAddr: string
    readonly vaultToken: AppConfigShape["vault"]["token"]
    readonly awsUrl: string
  },
): AppConfigShape => ({
  ...config,
  vault: {
    ...config.vault,
    address: sandbox.vaultAddr,
    token: sandbox.vaultToken,
    namespace: undefined,
    mount: "aws",
    role: "mcp-agent-role",
    childPolicies: undefined,
    tls: { skipVerify: false },
    proxy: undefined,
  },
  awsEndpoint: sandbox.awsUrl,
  accounts: {},
})

/** Builds the world in the present scope. */
export const makeWorld = Effect.fn("makeWorld")(function* (
  config: AppConfigShape,
  sandbox: boolean,
): Effect.fn.Return<Context.Context<World>, ToolFailure, Scope.Scope | Redactor> {
  const redactor = yield* Redactor
  const settings = sandbox
    ? yield* Effect.mapError(
        inSandbox(config),
        (error) => new ToolFailure({ code: "sandbox_failed", what: error.message }),
      )
    : config
  const { layerWorld } = yield* Effect.promise(() => import("./Live.ts"))
  return yield* Layer.build(
    layerWorld.pipe(
      Layer.provideMerge(Layer.succeed(AppConfig, settings)),
      Layer.provide(Layer.succeed(Redactor, redactor)),
    ),
  )
})

/**
 * The world, made once at the first need, by a fiber of its own: a caller who is cancelled does not take it from others.
 * A failure is not kept. It lives as long as the present scope.
 */
export const lazyWorld = Effect.fnUntraced(function* (config: AppConfigShape, sandbox: boolean) {
  const run = yield* FiberSet.makeRuntime<Scope.Scope | Redactor, Context.Context<World>, ToolFailure>()
  let made: Fiber.Fiber<Context.Context<World>, ToolFailure> | undefined
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

/** A tool that brings its own world. */
export const inWorld =
  (world: Effect.Effect<Context.Context<World>, ToolFailure>) =>
  (tool: Tool<World>): Tool<never> => ({
    ...tool,
    call: (args) =>
      Effect.matchEffect(world, {
        onFailure: (failure) =>
          Effect.succeed({
            _tag: "Failed" as const,
            text: `${failure.message}\ncode=${failure.code}`,
            code: failure.code,
          }),
        onSuccess: (context) => Effect.provide(tool.call(args), context),
      }),
  })
