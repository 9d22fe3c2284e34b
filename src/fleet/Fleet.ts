/**
 * Other MCP servers: those of the operator's file, each a member with a life of its own. Nothing is read before a method
 * is called, nothing starts by itself, and whatever was started ends with this layer.
 */
import { Context, Duration, Effect, Fiber, FiberSet, type FileSystem, Layer, type Scope } from "effect"
import { AppConfig } from "../config/AppConfig.ts"
import { makeLastMoment } from "../core/LastMoment.ts"
import { late } from "../core/Late.ts"
import { nearest, oneLine } from "../core/Text.ts"
import { Redactor } from "../guard/Redactor.ts"
import { makeNursery } from "./Child.ts"
import { ConfigMissing, FleetError, ServerUnknown } from "./FleetError.ts"
import { readFleetFile } from "./FleetFile.ts"
import { Limits } from "./Limits.ts"
import { makeStderr } from "./Stderr.ts"
import { makeMember, type Member, type MemberStatus } from "./Member.ts"
import { makePins } from "./Pins.ts"
import type { ServerSpec } from "./ServerSpec.ts"
import { makeToolbox, type Toolbox } from "./Toolbox.ts"

// The SDK is loaded with the first server that is started.
const loadConnection = late(() => import("./Connection.ts"))

/** Characters of a server's text that are read at all. */
const MOST_READ = 64 * 1024

/** A server, and what is known of it without asking it. */
export interface ServerStatus extends MemberStatus {
  readonly spec: ServerSpec
  /** Tools of its last list. */
  readonly tools: number | undefined
}

export class Fleet extends Context.Service<
  Fleet,
  {
    /** The servers of the file, and how they are. */
    readonly servers: Effect.Effect<ReadonlyArray<ServerStatus>, FleetError>
    /** Starts the server, unless it is ready, and waits until it is. */
    readonly start: (server: string) => Effect.Effect<ServerStatus, FleetError>
    /** Ends the server; its calls under way end without an answer. */
    readonly stop: (server: string) => Effect.Effect<ServerStatus, FleetError>
    /** Ends every server that runs. */
    readonly stopAll: Effect.Effect<void>
    /** The tools of a server; what it is asked for needs it to be ready. */
    readonly toolbox: (server: string) => Effect.Effect<Toolbox, FleetError>
  }
>()("vault-aws-mcp/fleet/Fleet") {
  static readonly layer = Layer.effect(
    Fleet,
    Effect.gen(function* () {
      const { fleet, stateDir } = yield* AppConfig
      const redactor = yield* Redactor
      const nursery = yield* makeNursery
      const run = yield* FiberSet.makeRuntime<Scope.Scope | FileSystem.FileSystem>()
      const lastMoment = yield* makeLastMoment
      const limits = yield* Limits
      const pins = yield* makePins(stateDir)
      let ending = false
      // A third of the last moment for each step: closed stdin, SIGTERM, SIGKILL.
      const patience = Effect.suspend(() =>
        ending ? Effect.map(lastMoment, (left) => Duration.times(left, 1 / 3)) : Effect.succeed(limits.patience),
      )

      interface Charge {
        readonly member: Member
        readonly toolbox: Toolbox
      }
      let charges: ReadonlyMap<string, Charge> = new Map()
      let loaded: Fiber.Fiber<ReadonlyMap<string, Charge>, FleetError> | undefined

      // What is shown of a text ends long before this.
      const clean = (text: string) => redactor.text(text.slice(0, MOST_READ))

      const makeCharge = Effect.fnUntraced(function* (spec: ServerSpec) {
        const inFlight = { count: 0 }
        const { name } = spec
        const onStderr = makeStderr(
          (line) => void run(Effect.logDebug(`mcp server ${name}: stderr: ${redactor.text(line)}`)),
        )
        const member = yield* makeMember(
          spec,
          {
            open: (...how) => Effect.flatMap(loadConnection, ({ open }) => open(...how)),
            env: fleet.env,
            nursery,
            patience,
            onStderr,
            onToolsChanged: () => toolbox.expire(),
            watch: redactor.watch,
            busy: () => inFlight.count > 0,
          },
          clean,
        )
        const toolbox: Toolbox = yield* makeToolbox(member, {
          clean,
          withoutSecrets: redactor.data,
          pins,
          inFlight,
        })
        return { member, toolbox } satisfies Charge
      })

      const loading = Effect.gen(function* () {
        if (fleet.file === undefined) return yield* new FleetError({ reason: new ConfigMissing() })
        const specs = yield* readFleetFile(fleet.file)
        const made = yield* Effect.forEach(specs, makeCharge)
        charges = new Map(made.map((charge) => [charge.member.spec.name, charge]))
        return charges
      }).pipe(
        Effect.onError(() =>
          Effect.sync(() => {
            loaded = undefined
          }),
        ),
      )
      /**
       * The servers by name: read once, at the first need, by a fiber of its own, as what is made there outlives whoever
       * asked first. A failure is not kept.
       */
      const load = Effect.suspend(() => Fiber.join((loaded ??= run(loading))))

      const find = Effect.fnUntraced(function* (name: string) {
        const all = yield* load
        const found = all.get(name)
        if (found !== undefined) return found
        const known = [...all.keys()]
        const guess = nearest(name, known)
        const reason = new ServerUnknown({
          server: oneLine(name, 64),
          known,
          ...(guess === undefined ? {} : { guess }),
        })
        return yield* new FleetError({ reason })
      })

      const statusOf = ({ member, toolbox }: Charge): ServerStatus => ({
        spec: member.spec,
        ...member.status(),
        tools: toolbox.count(),
      })

      const start = Effect.fn("Fleet.start")(function* (server: string) {
        const charge = yield* find(server)
        yield* charge.member.start
        return statusOf(charge)
      })

      const stop = Effect.fn("Fleet.stop")(function* (server: string) {
        const charge = yield* find(server)
        yield* charge.member.stop
        return statusOf(charge)
      })

      const stopAll = Effect.suspend(() =>
        Effect.forEach(charges.values(), ({ member }) => member.stop, { concurrency: "unbounded", discard: true }),
      )
      // Added last, so that it comes first: all end at the same time.
      yield* Effect.addFinalizer(() =>
        Effect.suspend(() => {
          ending = true
          return stopAll
        }),
      )
      return Fleet.of({
        servers: Effect.map(load, (all) => [...all.values()].map(statusOf)),
        start,
        stop,
        stopAll,
        toolbox: (server) => Effect.map(find(server), ({ toolbox }) => toolbox),
      })
    }),
  )
}
