/** /agents, /status and /events: who there is, what they are at, and what they did. */
import { Clock, Context, DateTime, Duration, Effect } from "effect"
import type { AgentStatus } from "../../agents/Agent.ts"
import type { AgentEvent } from "../../agents/AgentEvent.ts"
import { Supervisor } from "../../agents/Supervisor.ts"
import { showSpan } from "../../core/Span.ts"
import { oneLine } from "../../core/Text.ts"
import { Vault } from "../../vault/Vault.ts"
import { listing } from "../Listing.ts"
import { definitions, styled } from "../Output.ts"
import { type Command, inWorld, tell, WELL, wrong } from "./Command.ts"
import type { Room } from "./Room.ts"
import { promptOf } from "./Surface.ts"

/** Vault is asked no longer than that how it is. */
const PATIENCE = Duration.seconds(3)
/** Events that are told when nobody says how many. */
const SOME = 20

/** The roster; asks nobody. */
export const showAgents: Command["run"] = (room) =>
  Effect.suspend(() => {
    const rows = room.surface.agents.map(({ name, prompt, says, tools }) => ({
      agent: prompt,
      active: name === room.active.name,
      tools: tools.length,
      says,
    }))
    return Effect.as(
      tell(
        room,
        () => ({ agents: rows }),
        (width) =>
          listing(
            ["agent", "tools", "responsible for"],
            rows.map(({ active, agent, says, tools }) => [`${agent}${active ? " *" : ""}`, String(tools), says]),
            { width },
          ),
      ),
      WELL,
    )
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

const statusForPrograms = ({ leases, left, name, restarts, running, state, waiting }: AgentStatus) => ({
  agent: promptOf(name),
  state,
  running: running.map(({ what }) => what),
  waiting,
  leases: leases.length,
  restarts,
  calls_left: left.calls,
})

const settingsOf = ({ active, config, place, surface: { accounts } }: Room, vault: string) =>
  [
    ["vault", `${place === "sandbox" ? "sandbox, an emulator" : place}: ${vault}`],
    ["aws", `region ${config.region}${accounts.length === 0 ? "" : `, accounts ${accounts.join(", ")}`}`],
    ["access", config.access],
    ["agent", active.prompt],
  ] as const

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
      const agents = yield* Context.get(world, Supervisor).status
      const vault = yield* vaultLine(world)
      const now = yield* Clock.currentTimeMillis
      yield* tell(
        room,
        () => ({ place: room.place, vault, agents: agents.map(statusForPrograms) }),
        (width) => {
          const states = listing(
            ["agent", "state", "at work", "leases", "restarts", "calls left"],
            agents.map((one) => statusRow(one, now)),
            { width },
          )
          return `${definitions(settingsOf(room, vault), width)}\n\n${states}`
        },
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
const eventLine = (event: AgentEvent): string => {
  const time = DateTime.formatIso(DateTime.makeUnsafe(event.at)).slice(11, 19)
  return oneLine(`${time} ${promptOf(event.agent)} ${happened(event)}`, 300)
}

/** An event for programs. */
const eventForPrograms = (event: AgentEvent): object => {
  const { agent, at, kind, seq, ...more } = event
  const told = { event: kind, seq, at: DateTime.formatIso(DateTime.makeUnsafe(at)), agent: promptOf(agent) }
  if (!("millis" in more)) return { ...told, ...more }
  const { millis, ...rest } = more
  return { ...told, ...rest, took_ms: millis }
}

/** An event that has just happened. */
export const tellEvent = ({ json, terminal }: Room, event: AgentEvent): Effect.Effect<void> =>
  json ? terminal.out(JSON.stringify(eventForPrograms(event))) : terminal.note(styled("dim", eventLine(event)))

/** The last events, or from now on all of them. */
export const showEvents: Command["run"] = (room: Room, [word]) =>
  Effect.suspend(() => {
    if (word === "on" || word === "off") {
      room.follow = word === "on"
      const words = `events are ${room.follow ? "told as they happen" : "not told"}`
      const told = room.json ? room.terminal.out(JSON.stringify({ events: word })) : room.terminal.note(words)
      return Effect.as(told, WELL)
    }
    const count = word === undefined ? SOME : Number(word)
    if (!Number.isInteger(count) || count < 1) return wrong(room, "/events takes a number, on or off.")
    const last = room.events.slice(-count)
    if (room.json)
      return Effect.as(
        Effect.forEach(last, (event) => tellEvent(room, event)),
        WELL,
      )
    const lines = last.length === 0 ? ["Nothing has happened yet."] : last.map(eventLine)
    return Effect.as(room.terminal.out(lines.join("\n")), WELL)
  })
