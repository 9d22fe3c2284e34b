/** `agents`, and the bare command on a terminal: the interactive command line, or a script of it from a pipe. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Context, Effect, Layer } from "effect"
import { TEAM } from "../../app/Team.ts"
import { accountsIn, placeOf } from "../../app/World.ts"
import type { AppConfigShape } from "../../config/AppConfig.ts"
import { Redactor } from "../../guard/Redactor.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { folded, styled } from "../Output.ts"
import { CommandFailed, withWorld } from "../Session.ts"
import { COMMANDS } from "../shell/Commands.ts"
import { completionOf } from "../shell/Complete.ts"
import { openHistory, worthKeeping } from "../shell/History.ts"
import { layerLine } from "../shell/LineTerminal.ts"
import { layerPipe } from "../shell/PipeTerminal.ts"
import type { Room } from "../shell/Room.ts"
import { runShell } from "../shell/Shell.ts"
import { surfaceOf } from "../shell/Surface.ts"
import { Terminal } from "../shell/Terminal.ts"

/** What `agents` was asked for. */
export interface AgentsOptions {
  readonly json: boolean
  readonly stopOnError: boolean
}

const EXIT = { failed: 1, partial: 2 } as const

const WORDS = { failed: "Not every line went well.", partial: "A part of a workflow failed." } as const

/** Runs the shell. A person's mistakes are no failure of the program; a script's are. */
export const runAgents = Effect.fnUntraced(function* (common: CommonArgs, { json, stopOnError }: AgentsOptions) {
  const person = process.stdin.isTTY && process.stdout.isTTY && !json
  // The log goes where the person reads; until there is a terminal, to stderr as always.
  let say = (line: string): void => void process.stderr.write(`${line}\n`)
  const body = (config: AppConfigShape, world: Room["world"]) =>
    Effect.gen(function* () {
      const redactor = yield* Redactor
      const surface = surfaceOf(TEAM, { accounts: accountsIn(config, common.sandbox), region: config.region })
      const history = person ? yield* openHistory(config.stateDir, surface) : { lines: [], keep: () => Effect.void }
      let room: Pick<Room, "active"> | undefined
      const [conductor] = surface.agents
      const layer: Layer.Layer<Terminal> = person
        ? layerLine({
            history: history.lines,
            ready: (made) => {
              say = made
            },
            worth: (line) => worthKeeping(surface, line) && redactor.text(line) === line,
            complete: (line) => {
              const agent = room?.active ?? conductor
              return agent === undefined
                ? { candidates: [], replaces: line }
                : completionOf(surface, COMMANDS, agent, line)
            },
          })
        : layerPipe
      const terminal = Context.get(yield* Layer.build(layer), Terminal)
      const how = yield* runShell({
        terminal,
        redactor,
        surface,
        config,
        place: placeOf(config, common.sandbox),
        json,
        world,
        stopOnError,
        keep: (line) => (redactor.text(line) === line ? history.keep(line) : Effect.void),
        active: (made) => {
          room = made
        },
      })
      return person ? "well" : how
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  const went = yield* withWorld(
    common,
    body,
    person ? { tell: (line) => say(styled("yellow", folded([line], process.stdout.columns))) } : {},
  )
  if (went !== "well") return yield* new CommandFailed({ what: WORDS[went], exitCode: EXIT[went] })
})
