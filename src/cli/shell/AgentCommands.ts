/** /stop and /start. */
import { Clock, Context, Duration, Effect } from "effect"
import { Supervisor } from "../../agents/Supervisor.ts"
import { folded } from "../Output.ts"
import { type Command, inWorld, tell, WELL } from "./Command.ts"
import { allStoppedLines, stoppedForPrograms, stoppedLines } from "./GivenBackWords.ts"
import { agentOf } from "./Surface.ts"

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
      const name = word === undefined ? room.active.name : (agentOf(room.surface, word)?.name ?? word)
      const given = yield* supervisor.stop(name)
      yield* tell(
        room,
        () => ({ stopped: [stoppedForPrograms(given)] }),
        (width) => folded(stoppedLines(given), width),
      )
      return given.left.length === 0 ? "well" : "failed"
    }),
  )

/** Begins a new life of an agent that was stopped or has failed. */
export const start: Command["run"] = (room, [word]) =>
  inWorld(
    room,
    Effect.fnUntraced(function* (world) {
      const agent = word === undefined ? room.active : agentOf(room.surface, word)
      yield* Context.get(world, Supervisor).start(agent?.name ?? word ?? "")
      const prompt = agent?.prompt ?? word
      yield* room.json
        ? room.terminal.out(JSON.stringify({ started: [prompt] }))
        : room.terminal.note(`${prompt} takes tasks.`)
      return WELL
    }),
  )
