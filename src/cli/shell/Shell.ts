/** The interactive command line: asks for lines until there are no more, does each, and gives everything back at the end. */
import { Clock, Context, Duration, Effect, FiberSet, Result, Stream } from "effect"
import type { AgentEvent } from "../../agents/AgentEvent.ts"
import { Supervisor } from "../../agents/Supervisor.ts"
import type { World } from "../../app/World.ts"
import { printable } from "../../core/Text.ts"
import { VERSION } from "../../core/Version.ts"
import { folded, styled } from "../Output.ts"
import { makeBoard } from "./Board.ts"
import { WELL, wrong } from "./Command.ts"
import { runNamed } from "./Commands.ts"
import { allStoppedLines } from "./GivenBackWords.ts"
import { meaningOf } from "./Line.ts"
import { tellEvent } from "./Looking.ts"
import type { Room, Went } from "./Room.ts"
import { CONDUCTOR } from "./Surface.ts"
import { runAll } from "./Tasks.ts"
import { watch } from "./Watch.ts"

/** Events that are remembered. */
const REMEMBERED = 500

/** What the shell is given; the rest of its room is its own. */
export interface ShellOptions extends Pick<Room, "terminal" | "redactor" | "surface" | "config" | "place" | "json"> {
  readonly world: Room["world"]
  /** Whether a script ends with the first line that does not go well. */
  readonly stopOnError: boolean
  readonly keep: (line: string) => Effect.Effect<void>
  /** Told whose prompt it is: completion needs it. */
  readonly active: (room: Pick<Room, "active">) => void
}

const banner = ({ config, place, surface }: Room): string => {
  const where = place === "sandbox" ? styled("yellow", "sandbox: an emulated Vault and AWS") : place
  return [
    `${styled("bold", `vault-aws-mcp ${VERSION}`)}  ${where} · ${config.region} · access ${config.access}`,
    styled("dim", `agents: ${surface.agents.map(({ prompt }) => prompt).join(", ")} · /help says what can be typed`),
  ].join("\n")
}

/** The end: everything is given back here, where somebody reads what that came to. */
const leave = Effect.fnUntraced(function* (room: Room) {
  const world = room.made()
  if (world === undefined) return
  const before = yield* Clock.monotonicTimeNanos
  const all = yield* Context.get(world, Supervisor).stopAll
  const took = Duration.nanos((yield* Clock.monotonicTimeNanos) - before)
  const quiet = all.every(({ leases, left }) => leases.length === 0 && left.length === 0)
  if (quiet) return
  const { width } = yield* room.terminal.size
  yield* room.terminal.note(styled("dim", folded(allStoppedLines(all, took), width)))
})

/** Does a command, and shows that it goes on when it takes its time. */
const watched = Effect.fnUntraced(function* (room: Room, name: string, command: Effect.Effect<Went>) {
  const board = makeBoard()
  board.begin(1, `/${name}`, yield* Clock.currentTimeMillis)
  yield* watch(room.terminal, board)
  return yield* command
}, Effect.scoped)

/** Does what the line says. `beside`: while another line is done. */
const does = (room: Room, line: string, beside: boolean): Effect.Effect<Went> => {
  const meaning = meaningOf(room.surface, room.active, line)
  if (Result.isFailure(meaning)) return wrong(room, meaning.failure)
  switch (meaning.success.kind) {
    case "nothing":
      return Effect.succeed(WELL)
    case "command": {
      const { name, words } = meaning.success
      const command = runNamed(room, name, words)
      // What runs a workflow draws that; and one alone may draw.
      return beside || name === "run" ? command : watched(room, name, command)
    }
    case "asked":
      return runAll(room, meaning.success.all)
  }
}

/** What a person wants to do and to see while something else goes on. */
const BESIDE = /^\s*\/(?:stop|status|events|leases)(?:\s|$)/
const isBeside = (line: string): boolean => BESIDE.test(line)

/**
 * Does a line, and beside it the commands that cannot wait for its end. Ctrl-C ends it, unless something within it knows
 * better how it ends.
 */
const doLine = Effect.fnUntraced(function* (room: Room, line: string, prompt: string) {
  const { terminal } = room
  const others = yield* FiberSet.make()
  const beside = Effect.flatMap(terminal.beside(isBeside), (text) =>
    Effect.andThen(
      terminal.note(`${prompt}${printable(text)}`),
      // Not at once: /stop may end the work in its first step, and is to be in the set by then.
      FiberSet.run(others, does(room, text, true), { startImmediately: false }),
    ),
  )
  yield* Effect.forkScoped(Effect.forever(beside), { startImmediately: true })
  const work = Effect.tap(does(room, line, false), () => FiberSet.awaitEmpty(others))
  const went = yield* Effect.raceFirst(Effect.as(terminal.broken, undefined), work)
  if (went !== undefined) return went
  yield* terminal.note(styled("yellow", "cancelled; what was asked for until then may have happened"))
  return "failed"
}, Effect.scoped)

/** Runs until the input ends or /quit is typed; tells how the lines went. */
export const runShell = Effect.fn("runShell")(function* (options: ShellOptions) {
  const { active, keep, stopOnError, surface, terminal } = options
  const [first] = surface.agents
  const conductor = surface.agents.find(({ name }) => name === CONDUCTOR) ?? first
  if (conductor === undefined) return yield* Effect.die(new Error("a shell needs an agent"))

  const events: Array<AgentEvent> = []
  let world: Context.Context<World> | undefined
  const listen = (context: Context.Context<World>) =>
    Stream.runForEach(Context.get(context, Supervisor).events, (event) => {
      events.push(event)
      if (events.length > REMEMBERED) events.shift()
      return room.follow ? tellEvent(room, event) : Effect.void
    })
  const scope = yield* Effect.scope
  const room: Room = {
    ...options,
    world: Effect.tap(options.world, (context) =>
      Effect.suspend(() => {
        if (world !== undefined) return Effect.void
        world = context
        return Effect.forkIn(listen(context), scope, { startImmediately: true })
      }),
    ),
    made: () => world,
    events,
    follow: false,
    active: conductor,
    leaving: false,
  }
  active(room)

  if (terminal.interactive) yield* terminal.note(banner(room))
  const went = new Set<Went>()
  while (!room.leaving) {
    const prompt = terminal.interactive ? styled("cyan", `${room.active.prompt}> `) : ""
    const heard = yield* terminal.ask(prompt)
    if (heard.kind === "end") break
    if (heard.kind === "break") {
      yield* terminal.note(styled("dim", "Ctrl-D or /quit leaves."))
      continue
    }
    yield* keep(heard.text)
    const how = yield* doLine(room, heard.text, prompt)
    went.add(how)
    if (how !== "well" && stopOnError) break
  }
  yield* terminal.close
  yield* leave(room)
  return went.has("failed") ? "failed" : went.has("partial") ? "partial" : WELL
}, Effect.scoped)
