/** The product's whole world over a sandbox, or over the sandbox's Vault with moto for AWS, and the tools in it. */
import { type Context, Effect, Layer, type Scope } from "effect"
import { layerWorld } from "../../src/app/Live.ts"
import { AppConfig, type AppConfigShape } from "../../src/config/AppConfig.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/Sandbox.ts"
import { TOOLS } from "../../src/app/Tools.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import type { World } from "../../src/app/World.ts"
import { config } from "./FakeVault.ts"

type Args = Readonly<Record<string, unknown>>

export interface ToolWorld {
  readonly sandbox: Sandbox
  readonly context: Context.Context<World>
  /** The call's outcome, whatever it is. */
  readonly outcome: (tool: string, args?: Args) => Effect.Effect<Outcome>
  /** The result of a call that must succeed. */
  readonly good: <A = Args>(tool: string, args?: Args) => Effect.Effect<A>
  /** The text of a call that must fail. */
  readonly bad: (tool: string, args?: Args) => Effect.Effect<string>
  /** Progress as it was told, message by message. */
  readonly told: Array<string>
}

/** Starts the sandbox and builds the world in the present scope. */
export const makeToolWorld = Effect.fnUntraced(function* (
  options: SandboxOptions = { empty: false },
  settings: Partial<Omit<AppConfigShape, "vault">> & { readonly vault?: Partial<AppConfigShape["vault"]> } = {},
): Effect.fn.Return<ToolWorld, unknown, Scope.Scope> {
  const sandbox = yield* startSandbox(options)
  const settled: AppConfigShape = {
    ...config,
    ...settings,
    vault: { ...config.vault, address: sandbox.vaultAddr, token: sandbox.vaultToken, ...settings.vault },
    awsEndpoint: settings.awsEndpoint ?? sandbox.awsUrl,
  }
  const given = Layer.merge(Layer.succeed(AppConfig, settled), Redactor.layer)
  const context = yield* Layer.build(Layer.provideMerge(layerWorld, given))
  const told: Array<string> = []
  const outcome: ToolWorld["outcome"] = (name, args = {}) => {
    const tool = TOOLS.find(({ meta }) => meta.name === name)
    if (tool === undefined) return Effect.die(new Error(`no tool ${name}`))
    return tool.call(args).pipe(
      Effect.provideService(ToolCall, {
        principal: "test",
        progress: ({ message }) => Effect.sync(() => void told.push(message ?? "")),
      }),
      Effect.provide(context),
    )
  }
  return {
    sandbox,
    context,
    told,
    outcome,
    good: <A>(name: string, args?: Args) =>
      Effect.flatMap(outcome(name, args), (result) =>
        result._tag === "Done"
          ? Effect.succeed(result.value as A) // tests name the members they know to be there
          : Effect.die(new Error(`${name}: ${result.text}`)),
      ),
    bad: (name, args) =>
      Effect.flatMap(outcome(name, args), (result) =>
        result._tag === "Failed"
          ? Effect.succeed(result.text)
          : Effect.die(new Error(`${name} succeeded: ${JSON.stringify(result.value).slice(0, 300)}`)),
      ),
  }
})
