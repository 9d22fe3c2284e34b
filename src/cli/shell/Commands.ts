/** The shell's commands: what a person can do besides asking an agent. */
import { Effect } from "effect"
import { nearest, oneLine } from "../../core/Text.ts"
import { listing } from "../Listing.ts"
import { definitions, folded, styled } from "../Output.ts"
import { toolForPrograms, toolPage } from "../ToolPage.ts"
import { type Command, tell, WELL, wrong } from "./Command.ts"
import { start, stop } from "./AgentCommands.ts"
import { revoke, showLeases } from "./LeaseCommands.ts"
import { showAgents, showEvents, showStatus } from "./Looking.ts"
import type { Room, Went } from "./Room.ts"
import { runCommand } from "./RunCommand.ts"
import { agentOf, noAgent, shortOf, toolNamed } from "./Surface.ts"

const well = (effect: Effect.Effect<void>): Effect.Effect<Went> => Effect.as(effect, WELL)

const switchTo: Command["run"] = (room, words) =>
  Effect.suspend(() => {
    const [word] = words
    if (word === undefined)
      return wrong(room, `To whom? /switch ${room.surface.agents.map(({ prompt }) => prompt).join(" | ")}`)
    const agent = agentOf(room.surface, word)
    if (agent === undefined) return wrong(room, noAgent(room.surface, word))
    room.active = agent
    if (room.json) return well(room.terminal.out(JSON.stringify({ agent: agent.prompt })))
    return well(room.terminal.interactive ? room.terminal.note(styled("dim", agent.says)) : Effect.void)
  })

const showTools: Command["run"] = (room, [word]) =>
  Effect.gen(function* () {
    const { active, surface } = room
    const other = word === undefined ? active : agentOf(surface, word)
    if (other !== undefined) {
      const rows = other.tools.map(({ meta }) => ({
        name: meta.name,
        short: shortOf(meta),
        read_only: meta.annotations.readOnly,
        title: meta.title,
      }))
      yield* tell(
        room,
        () => ({ agent: other.prompt, tools: rows }),
        (width) =>
          listing(
            ["tool", "or", "", "does"],
            rows.map(({ name, read_only, short, title }) => [
              name,
              short === name ? "" : short,
              read_only ? "" : "changes",
              title,
            ]),
            { width },
          ),
      )
      return WELL
    }
    const name = word ?? ""
    const tool =
      toolNamed(active, name) ??
      surface.agents.map((agent) => toolNamed(agent, name)).find((found) => found !== undefined)
    if (tool === undefined) {
      const guess = nearest(
        name,
        surface.agents.flatMap(({ tools }) => tools.map(({ meta }) => meta.name)),
      )
      return yield* wrong(
        room,
        `There is no tool ${oneLine(name, 60)}${guess === undefined ? "." : `, did you mean ${guess}?`}`,
      )
    }
    yield* tell(
      room,
      () => toolForPrograms(tool.meta, tool.schema),
      (width) => toolPage(tool.meta, tool.schema, width),
    )
    return WELL
  })

const TYPED: ReadonlyArray<readonly [string, string]> = [
  ["TOOL name=value …", "one call of the agent's own tools; also TOOL {json}, and required arguments in their order"],
  ["WORKFLOW name=value …", "at all>: runs a workflow over accounts and regions"],
  ["AGENT: TOOL name=value …", "at all>: has that agent do it; several with & between them run at once"],
  ["# …", "a line that does nothing, for scripts"],
]

const KEYS = "  Tab completes; Ctrl-C ends what is under way; Ctrl-D leaves and gives everything back."

const help: Command["run"] = (room) =>
  Effect.suspend(() => {
    const all = [...TYPED, ...COMMANDS.map(({ says, usage }) => [usage, says] as const)]
    return well(
      tell(
        room,
        () => ({ lines: all.map(([usage, says]) => ({ usage, says })) }),
        (width) => {
          const lines = all.map(([usage, says]) => [`  ${usage}`, says] as const)
          return [definitions(lines, width), "", folded([KEYS], width)].join("\n")
        },
      ),
    )
  })

/** All of them, in the order of the help. */
export const COMMANDS: ReadonlyArray<Command> = [
  { name: "switch", takes: "switch", most: 1, usage: "/switch AGENT", says: "speak to another agent", run: switchTo },
  { name: "agents", takes: "nothing", most: 0, usage: "/agents", says: "who there is, and what for", run: showAgents },
  {
    name: "tools",
    takes: "tool",
    most: 1,
    usage: "/tools [AGENT|TOOL]",
    says: "an agent's tools, or one of them",
    run: showTools,
  },
  {
    name: "status",
    takes: "nothing",
    most: 0,
    usage: "/status",
    says: "Vault, and what the agents are at",
    run: showStatus,
  },
  {
    name: "run",
    takes: "workflow",
    most: Infinity,
    usage: "/run [WORKFLOW|FILE|RUN]",
    says: "run a workflow, also of a file; show a run, or go on with it: --resume RUN; alone: what there is",
    run: runCommand,
  },
  {
    name: "leases",
    takes: "nothing",
    most: 0,
    usage: "/leases",
    says: "what is leased now, and by whom",
    run: showLeases,
  },
  {
    name: "revoke",
    takes: "agents",
    most: 1,
    usage: "/revoke [AGENT|--all]",
    says: "give leases back now; the next call leases anew",
    run: revoke,
  },
  {
    name: "stop",
    takes: "agents",
    most: 1,
    usage: "/stop [AGENT|--all]",
    says: "end an agent's tasks and give back all it has; --all: the kill switch",
    run: stop,
  },
  {
    name: "start",
    takes: "agents",
    most: 1,
    usage: "/start [AGENT|--all]",
    says: "have a stopped agent work again",
    run: start,
  },
  {
    name: "events",
    takes: "nothing",
    most: 1,
    usage: "/events [N|on|off]",
    says: "what the agents did last; on: as it happens",
    run: showEvents,
  },
  {
    name: "clear",
    takes: "nothing",
    most: 0,
    usage: "/clear",
    says: "an empty screen",
    run: (room) => well(room.terminal.clear),
  },
  { name: "help", takes: "nothing", most: 0, usage: "/help", says: "this", run: help },
  {
    name: "quit",
    takes: "nothing",
    most: 0,
    usage: "/quit",
    says: "give everything back and leave",
    run: (room) => well(Effect.sync(() => void (room.leaving = true))),
  },
]

/** Does a command by its name. */
export const runNamed = (room: Room, name: string, words: ReadonlyArray<string>): Effect.Effect<Went> => {
  const command = COMMANDS.find((one) => one.name === name)
  if (command !== undefined && words.length > command.most) {
    const spare = oneLine(words.slice(command.most).join(" "), 60)
    return wrong(room, `Nothing was done: it is ${command.usage}, without ${JSON.stringify(spare)}.`)
  }
  if (command !== undefined) return command.run(room, words)
  const guess = nearest(
    name,
    COMMANDS.map((one) => one.name),
  )
  return wrong(
    room,
    `There is no command /${oneLine(name, 40)}${guess === undefined ? "." : `, did you mean /${guess}?`} /help lists them.`,
  )
}
