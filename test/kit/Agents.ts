/** Agents for tests: tools that do as they are told, roles with small bounds, and a supervisor over whatever is at hand. */
import { assert } from "@effect/vitest"
import { TestClock } from "effect/testing"
import { type Context, Duration, Effect, Layer, Schedule, type Scope, Stream } from "effect"
import type { AgentTool, Role } from "../../src/agents/Agent.ts"
import type { AgentEvent } from "../../src/agents/AgentEvent.ts"
import { Supervisor } from "../../src/agents/Supervisor.ts"
import { AwsSession } from "../../src/aws/AwsSession.ts"
import { AppConfig } from "../../src/config/AppConfig.ts"
import { Fleet } from "../../src/fleet/Fleet.ts"
import { Git } from "../../src/git/Git.ts"
import { Gate } from "../../src/guard/Gate.ts"
import { Redactor } from "../../src/guard/Redactor.ts"
import { LeaseManager } from "../../src/lease/LeaseManager.ts"
import type { Revocation } from "../../src/lease/LeaseModel.ts"
import type { Outcome } from "../../src/tools/Guarded.ts"
import { ToolCall } from "../../src/tools/ToolCall.ts"
import { Kv } from "../../src/vault/kv/Kv.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { VaultAuth } from "../../src/vault/VaultAuth.ts"
import { config } from "./FakeVault.ts"

/** A tool whose call is the effect given, or made of the arguments. */
export const toolNamed = (
  name: string,
  call: (args: unknown) => Effect.Effect<Outcome, never, ToolCall>,
): AgentTool => ({
  meta: {
    name,
    title: name,
    description: name,
    toolset: "agents",
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  },
  inputSchema: () => ({ type: "object" }),
  outputSchema: () => ({ type: "object" }),
  call,
})

/** An outcome that holds this. */
export const done = (value: Readonly<Record<string, unknown>> = {}): Outcome => ({ _tag: "Done", value })

/** Would be a leak in an event. */
export const CANARY = "hvs.canaryThatNoEventMayHold0000"

/** Crashes whatever agent has it. */
export const crash = toolNamed("crash", () => Effect.die(new Error(`a fault of ours with ${CANARY}`)))
/** Never ends by itself. */
export const hang = toolNamed("hang", () => Effect.never)
/** Answers with the arguments it got and with who called. */
export const echo = toolNamed("echo", (args) => Effect.map(ToolCall, ({ principal }) => done({ args, principal })))

/** Does not let itself be ended for an hour. With it a test ends by {@link anHourLater}. */
export const deaf = toolNamed("deaf", () => Effect.as(Effect.uninterruptible(Effect.sleep("1 hour")), done()))
export const anHourLater = Effect.addFinalizer(() => TestClock.adjust("1 hour"))

/** A role with small bounds. */
export const roleNamed = (name: Role["name"], more: Partial<Role> = {}): Role => ({
  name,
  says: `the ${name} of the test`,
  tools: [echo, hang, crash],
  concurrency: 2,
  mailbox: 2,
  stall: Duration.minutes(1),
  budget: { tasks: 100, calls: 100, per: "life" },
  restart: { schedule: Schedule.exponential("1 second"), times: 2, quiet: Duration.minutes(5) },
  ...more,
})

type Needs = Layer.Services<ReturnType<typeof Supervisor.layerOf>>

/** A supervisor of these roles in the present scope. */
export const supervise = (
  context: Context.Context<Needs>,
  roster: ReadonlyArray<Role>,
): Effect.Effect<Supervisor["Service"], never, Scope.Scope> =>
  Effect.flatMap(Layer.build(Layer.provide(Supervisor.layerOf(roster), Layer.succeedContext(context))), (built) =>
    Effect.provideContext(Supervisor, built),
  )

/** What giving back meets in Vault, and what there is of other servers. */
interface FakePorts {
  readonly fleet?: Fleet["Service"]
  /** The last moment; none when absent, so that a test ends without its clock being moved. */
  readonly moment?: Duration.Input
  readonly revoke?: (principal: string) => Effect.Effect<ReadonlyArray<Revocation>>
  readonly release?: (principal: string) => Effect.Effect<"revoked" | "not-owned" | "failed">
}

/** What agents stand on, with nothing behind it; `log` is what they asked to be given back, in order. */
const fakeNeeds = Effect.fnUntraced(function* (fake: FakePorts = {}) {
  const log: Array<string> = []
  const say = (line: string) => Effect.sync(() => void log.push(line))
  const context = yield* Layer.build(
    Layer.mergeAll(
      Layer.mock(LeaseManager, {
        status: Effect.succeed([]),
        revoke: (principal) =>
          Effect.andThen(say(`leases ${principal}`), fake.revoke?.(principal) ?? Effect.succeed([])),
      }),
      Layer.mock(VaultAuth, {
        sessions: Effect.succeed([]),
        release: (principal) =>
          Effect.andThen(say(`token ${principal}`), fake.release?.(principal) ?? Effect.succeed("revoked" as const)),
        lastMoment: Effect.succeed(Duration.fromInputUnsafe(fake.moment ?? 0)),
      }),
      Layer.mock(Vault, {}),
      Layer.mock(Kv, {}),
      Layer.mock(Git, {}),
      Layer.mock(AwsSession, {}),
      Layer.mock(Fleet, fake.fleet ?? {}),
      Redactor.layer,
      Layer.provideMerge(Gate.layer, Layer.succeed(AppConfig, config)),
    ),
  )
  return { context, log }
})

const missing = (name: string): never => assert.fail(`no agent ${name}`)

/** A supervisor of these roles with nothing behind it. */
export const agentsAlone = Effect.fnUntraced(function* (roster: ReadonlyArray<Role>, fake: FakePorts = {}) {
  const { context, log } = yield* fakeNeeds(fake)
  const supervisor = yield* supervise(context, roster)
  const status = (name: string) =>
    Effect.map(supervisor.status, (all) => all.find((one) => one.name === name) ?? missing(name))
  return { supervisor, log, status }
})

/** Collects events in the background; the array grows as they come. */
export const collect = Effect.fnUntraced(function* (supervisor: Supervisor["Service"]) {
  const heard: Array<AgentEvent> = []
  yield* Effect.forkScoped(
    Stream.runForEach(supervisor.events, (event) => Effect.sync(() => void heard.push(event))),
    { startImmediately: true },
  )
  return heard
})
