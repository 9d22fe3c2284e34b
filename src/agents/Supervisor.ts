/**
 * Starts, stops and watches the agents. An agent starts with its first task; one that was stopped, or crashed too often,
 * takes no task until it is started again. Whatever ends an agent, what it holds in Vault is given back.
 */
import {
  Context,
  Deferred,
  Duration,
  Effect,
  Fiber,
  FiberMap,
  FiberSet,
  Layer,
  Option,
  Semaphore,
  type Stream,
} from "effect"
import { type AgentName, principalOf } from "../config/Agents.ts"
import { nearest, oneLine } from "../core/Text.ts"
import type { Gate } from "../guard/Gate.ts"
import { Redactor } from "../guard/Redactor.ts"
import { LeaseManager } from "../lease/LeaseManager.ts"
import type { ToolNeeds } from "../tools/Catalog.ts"
import type { Outcome } from "../tools/Guarded.ts"
import type { VaultAuth } from "../vault/VaultAuth.ts"
import type { AgentStatus, Role } from "./Agent.ts"
import { AgentError, AgentUnknown } from "./AgentError.ts"
import { type AgentEvent, makeEvents } from "./AgentEvent.ts"
import { type Agent, makeAgent } from "./AgentRuntime.ts"
import { Delegation } from "./Delegation.ts"
import { type GivenBack, makeGivingBack } from "./GivingBack.ts"
import { Mind } from "./Mind.ts"
import type { OnProgress, Task } from "./Task.ts"
import type { AgentPorts } from "./Worker.ts"

/** An agent that is stopped gets so long to end before its leases are taken all the same; its tasks have less. */
const TO_END = Duration.seconds(6)

/** What agents work with. */
type Needs = ToolNeeds | VaultAuth | Gate | Redactor

export class Supervisor extends Context.Service<
  Supervisor,
  {
    /** Starts an agent that does not run; one that was stopped or has failed begins a new life. */
    readonly start: (name: string) => Effect.Effect<void, AgentError>
    /** The outcome of a task, which starts the agent when it never was. Interrupting the wait cancels the task. */
    readonly submit: (
      name: string,
      task: Task,
      options?: { readonly onProgress?: OnProgress },
    ) => Effect.Effect<Outcome, AgentError>
    /** Ends the agent's tasks, gives back its leases and its token, and takes no more until it is started. */
    readonly stop: (name: string) => Effect.Effect<GivenBack, AgentError>
    /** The kill switch: stops all agents at once, and says what could not be given back. */
    readonly stopAll: Effect.Effect<ReadonlyArray<GivenBack>>
    readonly status: Effect.Effect<ReadonlyArray<AgentStatus>>
    /** The last events of all agents and those that follow. */
    readonly events: Stream.Stream<AgentEvent>
  }
>()("vault-aws-mcp/agents/Supervisor") {
  /** A supervisor of these agents. */
  static readonly layerOf = (roster: ReadonlyArray<Role>): Layer.Layer<Supervisor, never, Needs> =>
    Layer.effect(
      Supervisor,
      Effect.gen(function* () {
        const context = yield* Effect.context<Needs>()
        const redactor = yield* Redactor
        const manager = yield* LeaseManager
        const mind = yield* Mind
        const events = yield* makeEvents
        const giveBack = yield* makeGivingBack

        /** An agent, and the turn in which it is started and stopped. */
        interface Charge {
          readonly agent: Agent
          readonly turn: Semaphore.Semaphore
        }
        const charges = new Map<string, Charge>()
        // At the end: no more tasks, then the fibers, then whoever still waits for one that never began.
        yield* Effect.addFinalizer(() =>
          Effect.forEach(charges.values(), ({ agent }) => agent.dismiss, { discard: true }),
        )
        const fibers = yield* FiberMap.make<AgentName, void>()
        const halts = yield* FiberSet.make<GivenBack>()
        const shutDoors = Effect.sync(() => {
          for (const { agent } of charges.values()) agent.state = "stopped"
        })
        yield* Effect.addFinalizer(() => shutDoors)
        const ports: AgentPorts = {
          mind,
          redactor,
          run: (tool, args) =>
            tool.call(args).pipe(Effect.provideService(Delegation, { submit }), Effect.provide(context)),
        }

        for (const role of roster) {
          const emit = (happening: Parameters<typeof events.emit>[1]) => events.emit(role.name, happening)
          charges.set(role.name, {
            agent: yield* makeAgent(role, ports, emit, giveBack(role.name)),
            turn: yield* Semaphore.make(1),
          })
        }

        const find = (name: string): Effect.Effect<Charge, AgentError> => {
          const charge = charges.get(name)
          if (charge !== undefined) return Effect.succeed(charge)
          const known = [...charges.keys()]
          const guess = nearest(name, known)
          const reason = new AgentUnknown({
            name: oneLine(name, 100),
            known,
            ...(guess === undefined ? {} : { guess }),
          })
          return Effect.fail(new AgentError({ reason }))
        }

        /** Runs a life, when there is none. */
        const launch = ({ agent, turn }: Charge, from: ReadonlyArray<Agent["state"]>) =>
          Effect.suspend(() =>
            from.includes(agent.state)
              ? Effect.andThen(agent.begin, FiberMap.run(fibers, agent.role.name, agent.life))
              : Effect.void,
          ).pipe(Semaphore.withPermit(turn), Effect.uninterruptible)

        const start = Effect.fn("Supervisor.start")(function* (name: string) {
          yield* launch(yield* find(name), ["idle", "stopped", "failed"])
        })

        const submit = Effect.fn("Supervisor.submit")(function* (
          name: string,
          task: Task,
          options?: { readonly onProgress?: OnProgress },
        ): Effect.fn.Return<Outcome, AgentError> {
          const charge = yield* find(name)
          const { agent } = charge
          if (agent.state === "idle") {
            yield* agent.check(task)
            yield* launch(charge, ["idle"])
          }
          return yield* Effect.uninterruptibleMask((restore) =>
            Effect.flatMap(agent.accept(task, options?.onProgress), (job) =>
              Effect.onInterrupt(restore(Deferred.await(job.done)), () => agent.cancel(job)),
            ),
          )
        })

        const halting = Effect.fnUntraced(function* ({ agent }: Charge) {
          const { name } = agent.role
          // Once more, as it may have been started before this had its turn.
          agent.state = "stopped"
          const fiber = FiberMap.getUnsafe(fibers, name)
          if (Option.isSome(fiber)) {
            yield* Effect.forkChild(Fiber.interrupt(fiber.value), { startImmediately: true })
            yield* Effect.timeoutOption(Fiber.await(fiber.value), TO_END)
          }
          yield* agent.dismiss
          const ends = Effect.timeoutOption(Effect.provide(agent.role.ends ?? Effect.void, context), TO_END)
          const [given] = yield* Effect.all([giveBack(name), ends], { concurrency: "unbounded" })
          yield* events.emit(name, { kind: "stopped", left: given.left })
          return given
        })

        /**
         * Marks the agent first: from here on nothing is taken, and what ends is told why. The rest goes on when the one
         * who asked goes away.
         */
        const halt = (charge: Charge) =>
          Effect.suspend(() => {
            charge.agent.state = "stopped"
            return FiberSet.run(halts, Semaphore.withPermit(charge.turn, halting(charge)))
          })

        const stop = Effect.fn("Supervisor.stop")(function* (name: string) {
          return yield* Fiber.join(yield* halt(yield* find(name)))
        })

        const stopAll = Effect.gen(function* () {
          // Every door is shut before the first agent ends: who hears of its end cannot turn to another one.
          yield* shutDoors
          const stopping = yield* Effect.forEach(charges.values(), halt)
          return yield* Effect.forEach(stopping, Fiber.join)
        }).pipe(Effect.withSpan("Supervisor.stopAll"))

        const status = Effect.gen(function* () {
          const leases = yield* manager.status
          return yield* Effect.forEach(
            [...charges.values()],
            Effect.fnUntraced(function* ({ agent }) {
              const { mailbox, name, says, tools } = agent.role
              const principal = principalOf(name)
              return {
                name,
                principal,
                says,
                tools: tools.map(({ meta }) => meta.name),
                state: agent.state,
                mailbox,
                ...(yield* agent.status),
                leases: leases.filter(({ lease }) => lease.target.principal === principal),
              } satisfies AgentStatus
            }),
          )
        })

        return Supervisor.of({ start, submit, stop, stopAll, status, events: events.stream })
      }),
    )
}
