/**
 * The tools of one server: its list, how each stands to what was approved, and calls of them. A call is made of a tool
 * that is known, with arguments that fit what the tool says, and with nothing in them that is secret here.
 */
import { Clock, Duration, Effect, Semaphore } from "effect"
import { nearest, oneLine } from "../core/Text.ts"
import { beyond, canonical } from "./Bounds.ts"
import { problemsOf } from "./Check.ts"
import type { CallAnswer, Connection, Step } from "./ConnectionModel.ts"
import {
  ArgumentsRefused,
  FleetError,
  InputWanted,
  NoAnswer,
  ServerBusy,
  ServerRefused,
  ToolChanged,
  ToolUnknown,
  ToolUnseen,
  ToolUnusable,
} from "./FleetError.ts"
import type { Clean, ForeignTool } from "./ForeignTool.ts"
import { Limits } from "./Limits.ts"
import type { Member } from "./Member.ts"
import type { Pins, Standing } from "./Pins.ts"
import { listTools, type ToolList } from "./ToolList.ts"
import type { Trouble } from "./Trouble.ts"

/** Calls of one server at the same time, and those that may be under way or wait. */
const AT_ONCE = 8
const MOST_CALLS = 64
/** A list is asked for anew when it is older, or when the server says that it changed. */
const FRESH = Duration.toMillis(Duration.seconds(30))
/** Arguments come from a model; a file's content is still taken. */
const ARGUMENTS = { depth: 64, nodes: 20_000, chars: 1_000_000 }

/** A tool, and how it stands to what was approved. */
export interface Listed {
  readonly tool: ForeignTool
  readonly standing: Standing
}

export interface Toolbox {
  /** What the server lists. */
  readonly list: Effect.Effect<Omit<ToolList, "tools"> & { readonly tools: ReadonlyArray<Listed> }, FleetError>
  readonly describe: (tool: string) => Effect.Effect<Listed, FleetError>
  /** Approves the tool as it was last described here; one that changed since is not. */
  readonly approve: (tool: string) => Effect.Effect<Listed, FleetError>
  readonly call: (
    tool: string,
    args: Readonly<Record<string, unknown>>,
    timeout: Duration.Duration,
    onStep: (step: Step) => void,
  ) => Effect.Effect<{ readonly tool: ForeignTool; readonly answer: CallAnswer }, FleetError>
  /** The list is no longer what the server has. */
  readonly expire: () => void
  /** How many tools the last list had. */
  readonly count: () => number | undefined
}

/** What a toolbox stands on. `inFlight`: calls that are under way or wait. */
export interface ToolboxPorts {
  readonly clean: Clean
  /** Live secrets of this program taken out of data. */
  readonly withoutSecrets: <A>(value: A) => A
  readonly pins: Pins
  readonly inFlight: { count: number }
}

export const makeToolbox = Effect.fnUntraced(function* (member: Member, ports: ToolboxPorts) {
  const { clean, inFlight, pins, withoutSecrets } = ports
  const server = member.spec.name
  const limits = yield* Limits
  const listing = yield* Semaphore.make(1)
  const calling = yield* Semaphore.make(AT_ONCE)
  /** Counts changes that the server told of. */
  let changes = 0
  /** What the tools were when they were last described: only that can be approved. */
  const described = new Map<string, string>()
  let kept: { readonly of: Connection; readonly at: number; readonly list: ToolList } | undefined

  const errorOf = (what: string, tool: string) => (trouble: Trouble) => {
    switch (trouble.kind) {
      case "refused":
        return new FleetError({
          reason: new ServerRefused({ server, what, error: trouble.error, says: oneLine(clean(trouble.says), 300) }),
        })
      case "input":
        return new FleetError({ reason: new InputWanted({ server, tool }) })
      default:
        return new FleetError({
          reason: new NoAnswer({ server, what, why: oneLine(clean(trouble.why), 300), sent: trouble.sent }),
        })
    }
  }

  /** The server's present list, and the connection that it came by; asked for once however many want it. */
  const fresh = Effect.gen(function* () {
    const connection = yield* member.ready
    const now = yield* Clock.currentTimeMillis
    if (kept !== undefined && kept.of === connection && now - kept.at < FRESH) return kept
    kept = undefined
    const before = changes
    const list = yield* Effect.mapError(
      listTools(connection, clean, limits.list),
      errorOf("the question for its tools", ""),
    )
    const found = { of: connection, at: now, list }
    // A change that is told while the answer is on its way makes it old.
    if (changes === before) kept = found
    return found
  }).pipe(Semaphore.withPermit(listing))

  const listed = Effect.gen(function* () {
    const { list, of } = yield* fresh
    const { tools, ...rest } = list
    const standing = yield* pins.standing(server, tools)
    return { of, list: { ...rest, tools: tools.map((tool): Listed => ({ tool, standing: standing(tool) })) } }
  })

  const find = Effect.fnUntraced(function* (name: string) {
    const {
      list: { tools },
      of,
    } = yield* listed
    const found = tools.find(({ tool }) => tool.name === name)
    if (found !== undefined) return { ...found, of }
    const guess = nearest(
      name,
      tools.map(({ tool }) => tool.name),
    )
    const reason = new ToolUnknown({
      server,
      tool: oneLine(name, 128),
      ...(guess === undefined ? {} : { guess }),
    })
    return yield* new FleetError({ reason })
  })

  const describe = Effect.fnUntraced(function* (name: string) {
    const { standing, tool } = yield* find(name)
    described.set(tool.name, tool.fingerprint)
    return { standing, tool } satisfies Listed
  })

  const approve = Effect.fnUntraced(function* (name: string) {
    const { standing, tool } = yield* find(name)
    if (standing !== "known" && described.get(tool.name) !== tool.fingerprint)
      return yield* new FleetError({ reason: new ToolUnseen({ server, tool: tool.name }) })
    yield* pins.approve(server, tool)
    return { tool, standing: "known" } satisfies Listed
  })

  /** What is wrong with the arguments. */
  const wrong = Effect.fnUntraced(function* (tool: ForeignTool, args: Readonly<Record<string, unknown>>) {
    const large = beyond(args, ARGUMENTS)
    if (large !== undefined) return [`they are too large: ${large}`]
    if (canonical(withoutSecrets(args)) !== canonical(args))
      return ["they hold a secret that this program works with, which no other server gets to see"]
    return yield* problemsOf(tool.inputSchema, args)
  })

  const refuse = (reason: FleetError["reason"]) => Effect.fail(new FleetError({ reason }))

  const call: Toolbox["call"] = Effect.fnUntraced(
    function* (name, args, timeout, onStep) {
      const { of, standing, tool } = yield* find(name)
      if (standing !== "known") return yield* refuse(new ToolChanged({ server, tool: tool.name, standing }))
      if (tool.unusable !== undefined)
        return yield* refuse(new ToolUnusable({ server, tool: tool.name, why: tool.unusable }))
      const problems = yield* wrong(tool, args)
      if (problems.length > 0)
        return yield* refuse(
          new ArgumentsRefused({
            server,
            tool: tool.name,
            problems: problems.slice(0, 20).map((problem) => oneLine(clean(problem), 300)),
          }),
        )
      // By the connection that listed it: one that was begun since may have another tool of that name.
      const answer = yield* of
        .call(tool, args, timeout, onStep)
        .pipe(Effect.mapError(errorOf(`the call of ${tool.name}`, tool.name)))
      return { tool, answer }
    },
    Semaphore.withPermit(calling),
    Effect.ensuring(Effect.sync(() => void inFlight.count--)),
    (work) =>
      Effect.suspend(() => {
        if (inFlight.count >= MOST_CALLS) return refuse(new ServerBusy({ server, limit: MOST_CALLS }))
        inFlight.count++
        return work
      }),
  )

  return {
    list: Effect.map(listed, ({ list }) => list),
    describe,
    approve,
    call,
    expire: () => {
      changes++
      kept = undefined
    },
    count: () => kept?.list.tools.length,
  } satisfies Toolbox
})
