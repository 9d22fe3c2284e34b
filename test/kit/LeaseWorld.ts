/**
 * The product's leases, from LeaseManager down to VaultHttp, on a machine of the test's making and over a Vault that
 * answers in the same instant. Tells what is left of a key in truth, whatever the product believes.
 */
import { Clock, Context, Duration, Effect, Exit, Layer, Redacted, Scope } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { AppConfig, type AppConfigShape } from "../../src/config/AppConfig.ts"
import { TokenSource } from "../../src/config/TokenSource.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import type { LeaseError } from "../../src/lease/LeaseError.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import type { ActiveLease, LeaseTarget } from "../../src/lease/LeaseModel.ts"
import type { VaultHalf } from "../../src/sandbox/vault/Server.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { Login } from "../../src/vault/login/Login.ts"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import { VaultHttp } from "../../src/vault/VaultHttp.ts"
import { type HostClock, makeHostClock } from "./HostClock.ts"
import { type Asked, type InstantVaultOptions, type Issued, makeInstantVault } from "./InstantVault.ts"
import { memoryJournal } from "./MemoryJournal.ts"
import { type FakeAws, ROOT } from "./VaultCalls.ts"
import { settings, recordsLayer } from "./VaultOverHttp.ts"

/** Where the calls of a world's agent come from. */
const target: LeaseTarget = {
  principal: "mcp",
  account: undefined,
  mount: "aws",
  endpoint: "creds",
  role: "deploy",
  roleArn: undefined,
  namespace: undefined,
  ttl: Duration.hours(1),
}

/** What a tool of the vault toolset may ask for. */
type Needs = LeaseManager | Vault | AppConfig | ToolCall

export interface LeaseWorld {
  readonly host: HostClock
  readonly half: VaultHalf
  readonly aws: FakeAws
  readonly manager: LeaseManager["Service"]
  /** The lease that a call of the agent signs with. */
  readonly call: (to?: Partial<LeaseTarget>) => Effect.Effect<ActiveLease, LeaseError>
  /** Calls each `every` for `time`. */
  readonly callFor: (time: Duration.Input, every: Duration.Input) => Effect.Effect<void, LeaseError>
  /** Runs what a tool does for the agent, or for another. */
  readonly tool: <A, E>(handler: Effect.Effect<A, E, Needs>, principal?: string) => Effect.Effect<A, E>
  /** What Vault was asked; a long test empties it. */
  readonly asked: Array<Asked>
  /** When Vault was asked so, in seconds since the world was made. */
  readonly timesOf: (what: string) => ReadonlyArray<number>
  /** By access key id; a long test empties it. */
  readonly issued: Map<string, Issued>
  /** Milliseconds that a call signed now has in truth: until the first of both ends. */
  readonly left: (lease: ActiveLease) => number
  /** Whether the lease's secret would be taken out of a text. */
  readonly isWatched: (lease: ActiveLease) => boolean
  /** Ends the product's layers. */
  readonly close: Effect.Effect<void>
}

export interface LeaseWorldOptions extends InstantVaultOptions {
  readonly settings?: Partial<AppConfigShape>
}

/** Builds the world in the present scope; the product's layers have one of their own. */
export const makeLeaseWorld = Effect.fnUntraced(function* (options: LeaseWorldOptions = {}) {
  const host = yield* makeHostClock
  const world = yield* Clock.clockWith(Effect.succeed)
  const { asked, aws, client, half, issued } = yield* makeInstantVault(options)
  const config: AppConfigShape = {
    ...settings,
    vault: { ...settings.vault, token: Redacted.make(ROOT), childPolicies: ["agent"], role: "deploy" },
    ...options.settings,
  }
  const given = yield* Layer.build(Layer.mergeAll(Layer.succeed(AppConfig, config), Redactor.layer, memoryJournal))
  const layers = LeaseManager.layer.pipe(
    Layer.provideMerge(VaultAuth.layer),
    Layer.provideMerge(Vault.layer),
    Layer.provide(VaultHttp.layer),
    Layer.provide([Layer.succeed(HttpClient.HttpClient, client), recordsLayer()]),
    Layer.provide(Layer.succeed(Login, { logIn: undefined })),
    Layer.provide(Layer.succeed(TokenSource, { token: Effect.succeed(Redacted.make(ROOT)) })),
    Layer.provide(Layer.succeedContext(given)),
  )
  const scope = yield* Scope.make()
  const context = yield* host.run(Layer.buildWithScope(layers, scope))
  yield* Effect.addFinalizer((exit) => Scope.close(scope, exit))
  const manager = Context.get(context, LeaseManager)
  const call: LeaseWorld["call"] = (to) => host.run(manager.lease({ ...target, ...to }))

  const made: LeaseWorld = {
    host,
    half,
    aws,
    manager,
    call,
    callFor: Effect.fnUntraced(function* (time, every) {
      const calls = Math.round(Duration.toMillis(time) / Duration.toMillis(every))
      for (let n = 0; n < calls; n++) {
        yield* call()
        yield* TestClock.adjust(every)
      }
    }),
    tool: (handler, principal = target.principal) =>
      handler.pipe(
        Effect.provideService(ToolCall, { principal, progress: () => Effect.void }),
        Effect.provide(Context.merge(context, given)),
        host.run,
      ),
    asked,
    timesOf: (what) => asked.flatMap((one) => (one.what === what ? [one.at / 1000] : [])),
    issued,
    left: ({ credentials }) => {
      const one = issued.get(credentials.accessKeyId)
      if (one === undefined) throw new Error(`nobody gave out ${credentials.accessKeyId}`)
      return Math.min(one.leaseEnds, one.sessionEnds) - world.currentTimeMillisUnsafe()
    },
    isWatched: ({ credentials }) => {
      const secret = Redacted.value(credentials.secretAccessKey)
      return !Context.get(given, Redactor).text(`it is ${secret}`).includes(secret)
    },
    close: host.run(Scope.close(scope, Exit.void)),
  }
  return made
})
