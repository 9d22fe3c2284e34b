/** /agents, /status and /events: who there is, what they are at, and what they did. */
import { Clock, Context, DateTime, Duration, Effect } from "effect"
import type { AgentStatus } from "../../agents/Agent.ts"
import type { AgentEvent } from "../../agents/AgentEvent.ts"
import { Supervisor } from "../../agents/Supervisor.ts"
import { showSpan } from "../../core/Span.ts"
import { oneLine } from "../../core/Text.ts"
import { Vault } from "../../vault/Vault.ts"
import { definitions, table } from "../Output.ts"
import { type Command, heading, inWorld, WELL, wrong } from "./Command.ts"
import type { Room } from "./Room.ts"
import { promptOf } from "./Surface.ts"

/** Vault is asked no longer than that how it is. */
const PATIENCE = Duration.seconds(3)
/** Events that are told when nobody says how many. */
const SOME = 20

/** The roster; asks nobody. */
export const showAgents: Command["run"] = (room) =>
  Effect.gen(function* () {
    const { width } = yield* room.terminal.size
    const rows = room.surface.agents.map(({ name, prompt, says, tools }) => [
      `${prompt}${name === room.active.name ? " *" : ""}`,
      String(tools.length),
      says,
    ])
    yield* room.terminal.out(table([["AGENT", "TOOLS", "RESPONSIBLE FOR"], ...rows], { width, paint: heading }))
    return WELL
  })

const workOf = ({ running, waiting }: AgentStatus, now: number): string => {
  const tasks = running.map(
    ({ since, what }) => `${what} ${showSpan(Duration.seconds(Math.round((now - since) / 1000)))}`,
  )
  return [...tasks, ...(waiting === 0 ? [] : [`${waiting} waiting`])].join(", ") || "–"
}

const statusRow = (status: AgentStatus, now: number): ReadonlyArray<string> => [
  promptOf(status.name),
  status.state,
  workOf(status, now),
  String(status.leases.length),
  String(status.restarts),
  `${status.left.calls}`,
]

const vaultLine = (world: Context.Context<Vault>) =>
  Context.get(world, Vault).health.pipe(
    Effect.timeoutOption(PATIENCE),
    Effect.map((health) =>
      health._tag === "None"
        ? `does not answer within ${showSpan(PATIENCE)}`
        : `${health.value.state}, version ${health.value.version ?? "unknown"}`,
    ),
    Effect.catch(({ message }) => Effect.succeed(oneLine(message, 200))),
  )

/** The settings that matter, Vault's health, and each agent's state. Leases nothing. */
export const showStatus: Command["run"] = (room) =>
  inWorld(
    room,
    Effect.fnUntraced(function* (world) {
      const { config, terminal } = room
      const { width } = yield* terminal.size
      const agents = yield* Context.get(world, Supervisor).status
      const vault = yield* vaultLine(world)
      const now = yield* Clock.currentTimeMillis
      if (room.json) {
        const told = agents.map(({ leases, left, name, restarts, running, state, waiting }) => ({
          agent: promptOf(name),
          state,
          running: running.map(({ what }) => what),
          waiting,
          leases: leases.length,
          restarts,
          calls_left: left.calls,
        }))
        yield* terminal.out(JSON.stringify({ place: room.place, vault, agents: told }))
        return WELL
      }
      yield* terminal.out(
        [
          definitions(
            [
              ["vault", `${room.place === "sandbox" ? "sandbox, an emulator" : room.place}: ${vault}`],
              [
                "aws",
                `region ${config.region}${room.surface.accounts.length === 0 ? "" : `, accounts ${room.surface.accounts.join(", ")}`}`,
              ],
              ["access", config.access],
              ["agent", room.active.prompt],
            ],
            width,
          ),
          "",
          table(
            [
              ["AGENT", "STATE", "AT WORK", "LEASES", "RESTARTS", "CALLS LEFT"],
              ...agents.map((one) => statusRow(one, now)),
            ],
            { width, paint: heading },
          ),
        ].join("\n"),
      )
      return WELL
    }),
  )

const happened = (event: AgentEvent): string => {
  switch (event.kind) {
    case "started":
      return "started"
    case "task":
      return `task ${event.task}: ${event.what}`
    case "call":
      return `task ${event.task} calls ${event.tool}${event.args.length === 0 ? "" : ` with ${event.args.join(", ")}`}`
    case "progress":
      return `task ${event.task}: ${event.progress}${event.total === undefined ? "" : ` of ${event.total}`} ${event.message ?? ""}`
    case "result":
      return `task ${event.task} ${event.outcome}${event.code === undefined ? "" : ` (${event.code})`} in ${event.millis} ms`
    case "crashed":
      return `crashed${event.final ? " for the last time" : ""}: ${event.what}`
    case "restarted":
      return `begun again, the ${event.nth}. time`
    case "stopped":
      return `stopped${event.left.length === 0 ? "" : `; left: ${event.left.join("; ")}`}`
  }
}

/** One event in one line. */
export const eventLine = (event: AgentEvent): string => {
  const time = DateTime.formatIso(DateTime.makeUnsafe(event.at)).slice(11, 19)
  return oneLine(`${time} ${promptOf(event.agent)} ${happened(event)}`, 300)
}

/** The last events, or from now on all of them. */
export const showEvents: Command["run"] = (room: Room, [word]) =>
  Effect.suspend(() => {
    if (word === "on" || word === "off") {
      room.follow = word === "on"
      return Effect.as(room.terminal.note(`events are ${room.follow ? "told as they happen" : "not told"}`), WELL)
    }
    const count = word === undefined ? SOME : Number(word)
    if (!Number.isInteger(count) || count < 1) return wrong(room, "/events takes a number, on or off.")
    const lines = room.events.slice(-count).map(eventLine)
    return Effect.as(room.terminal.out(lines.length === 0 ? "Nothing has happened yet." : lines.join("\n")), WELL)
  })
