/** /stop and /start. */
import { Clock, Context, Duration, Effect } from "effect"
import { Supervisor } from "../../agents/Supervisor.ts"
import { folded } from "../Output.ts"
import { type Command, inWorld, WELL } from "./Command.ts"
import { allStoppedLines, stoppedLines } from "./GivenBackWords.ts"
import { agentOf } from "./Surface.ts"

/** One agent, or with --all the kill switch, whose time is measured. */
export const stop: Command["run"] = (room, [word]) =>
  inWorld(
    room,
    Effect.fnUntraced(function* (world) {
      const supervisor = Context.get(world, Supervisor)
      const { width } = yield* room.terminal.size
      if (word === "--all") {
        const before = yield* Clock.monotonicTimeNanos
        const all = yield* supervisor.stopAll
        const took = Duration.nanos((yield* Clock.monotonicTimeNanos) - before)
        yield* room.terminal.out(folded(allStoppedLines(all, took), width))
        return all.every(({ left }) => left.length === 0) ? "well" : "failed"
      }
      const name = word === undefined ? room.active.name : (agentOf(room.surface, word)?.name ?? word)
      const given = yield* supervisor.stop(name)
      yield* room.terminal.out(folded(stoppedLines(given), width))
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
      yield* room.terminal.note(`${agent?.prompt ?? word} takes tasks.`)
      return WELL
    }),
  )
