/** /stop and /start. */
import { Clock, Context, Duration, Effect } from "effect"
import { Supervisor } from "../../agents/Supervisor.ts"
import { folded } from "../Output.ts"
import { type Command, inWorld, tell, WELL, wrong } from "./Command.ts"
import { allStoppedLines, stoppedForPrograms, stoppedLines } from "./GivenBackWords.ts"
import { agentOf, noAgent, promptOf } from "./Surface.ts"

/** One agent, or with --all the kill switch, whose time is measured. */
export const stop: Command["run"] = (room, [word]) =>
  inWorld(
    room,
    Effect.fnUntraced(function* (world) {
      const supervisor = Context.get(world, Supervisor)
      if (word === "--all") {
        const before = yield* Clock.monotonicTimeNanos
        const all = yield* supervisor.stopAll
        const took = Duration.nanos((yield* Clock.monotonicTimeNanos) - before)
        yield* tell(
          room,
          () => ({ stopped: all.map(stoppedForPrograms), took_ms: Math.round(Duration.toMillis(took)) }),
          (width) => folded(allStoppedLines(all, took), width),
        )
        return all.every(({ left }) => left.length === 0) ? "well" : "failed"
      }
      const agent = word === undefined ? room.active : agentOf(room.surface, word)
      if (agent === undefined) return yield* wrong(room, noAgent(room.surface, word ?? ""))
      const given = yield* supervisor.stop(agent.name)
      yield* tell(
        room,
        () => ({ stopped: [stoppedForPrograms(given)] }),
        (width) => folded(stoppedLines(given), width),
      )
      return given.left.length === 0 ? "well" : "failed"
    }),
  )

/** The agents that take no task until they are started. */
const down = (world: Context.Context<Supervisor>) =>
  Effect.map(Context.get(world, Supervisor).status, (all) =>
    all.filter(({ state }) => state === "stopped" || state === "failed").map(({ name }) => name),
  )

/** Begins a new life of an agent that was stopped or has failed, or with --all of each such one. */
export const start: Command["run"] = (room, [word]) =>
  inWorld(
    room,
    Effect.fnUntraced(function* (world) {
      const agent = word === undefined ? room.active : agentOf(room.surface, word)
      if (agent === undefined && word !== "--all") return yield* wrong(room, noAgent(room.surface, word ?? ""))
      const names = agent === undefined ? yield* down(world) : [agent.name]
      yield* Effect.forEach(names, Context.get(world, Supervisor).start, { discard: true })
      const started = names.map(promptOf)
      const words =
        started.length === 0
          ? "No agent is stopped"
          : `${started.join(", ")} take${started.length === 1 ? "s" : ""} tasks`
      yield* room.json ? room.terminal.out(JSON.stringify({ started })) : room.terminal.note(`${words}.`)
      return WELL
    }),
  )
