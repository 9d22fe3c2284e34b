/**
 * One server's life: started and stopped by request, begun again after a loss, given up after too many of them or at
 * once when it was ended for what it did. Nothing is asked of it but while it is ready.
 */
import { Deferred, Effect, FiberHandle, Semaphore } from "effect"
import { makeRestarts, RESTART } from "../core/Restarts.ts"
import { oneLine } from "../core/Text.ts"
import type { Connection } from "./ConnectionModel.ts"
import { FleetError, ServerNotReady, StartFailed } from "./FleetError.ts"
import type { Clean } from "./ForeignTool.ts"
import type { ServerSpec } from "./ServerSpec.ts"
import { runSession, type SessionPorts } from "./Session.ts"
import type { Trouble } from "./Trouble.ts"

/**
 * `configured`: never started · `restarting`: lost, and waits to begin again · `failed`: lost too often, or ended for
 * what it did · `stopped`: by request.
 */
export type ServerState = "configured" | "starting" | "ready" | "restarting" | "failed" | "stopped"

/** A server as it is shown. */
export interface MemberStatus {
  readonly state: ServerState
  /** How it came to that, where there is a reason. */
  readonly why: string | undefined
  readonly restarts: number
  readonly connection: Connection | undefined
}

export interface Member {
  readonly spec: ServerSpec
  readonly status: () => MemberStatus
  /** Starts the server, unless it is ready; one that waits to begin again begins now. */
  readonly start: Effect.Effect<void, FleetError>
  readonly stop: Effect.Effect<void>
  /** The connection, or why there is none. */
  readonly ready: Effect.Effect<Connection, FleetError>
}

const whyOf = (trouble: Trouble): string =>
  trouble.kind === "refused"
    ? `it refused the handshake with error ${trouble.error}`
    : trouble.kind === "input"
      ? "it asks back"
      : trouble.why

/** A server that nobody has started; it lives at most as long as the present scope. */
export const makeMember = Effect.fnUntraced(function* (spec: ServerSpec, ports: SessionPorts, clean: Clean) {
  const { name } = spec
  const scope = yield* Effect.scope
  const life = yield* FiberHandle.make<void>()
  // A life is nobody's call: it does not run under the name of the one that began it.
  const run = yield* FiberHandle.runtime(life)()
  const turn = yield* Semaphore.make(1)
  let state: ServerState = "configured"
  let why: string | undefined
  /** Lives that were begun. */
  let lives = 0
  let restarts = 0
  let connection: Connection | undefined
  /** A server that does not speak the newer era is not asked for it at every restart. */
  let modern = true

  const become = (next: ServerState, reason?: string) =>
    Effect.suspend(() => {
      state = next
      why = reason === undefined ? undefined : oneLine(clean(reason), 300)
      return Effect.logDebug(`mcp server ${name}: ${next}${why === undefined ? "" : ` (${why})`}`)
    })

  const fail = (reason: string) =>
    Effect.andThen(become("failed", reason), Effect.logWarning(`the MCP server ${name} is given up: ${why ?? reason}`))

  const live = Effect.fnUntraced(function* (first: Deferred.Deferred<void, FleetError>) {
    const nextPause = makeRestarts(RESTART)
    for (;;) {
      const session = runSession(spec, ports, modern, (opened) =>
        Effect.gen(function* () {
          connection = opened
          modern = opened.era === "modern"
          yield* become("ready")
          yield* Deferred.succeed(first, undefined)
        }),
      )
      const loss = yield* Effect.scoped(session).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            connection = undefined
          }),
        ),
        Effect.catch((trouble) =>
          Effect.succeed({ why: whyOf(trouble), hostile: trouble.kind === "lost" && trouble.hostile === true }),
        ),
        // A fault of ours would be met again.
        Effect.catchDefect((defect) =>
          Effect.as(Effect.logError(`the MCP server ${name}: ${oneLine(String(defect), 1000)}`), {
            why: "a fault of this program, of which its log tells",
            hostile: true,
          }),
        ),
      )
      // What does not even start is not tried again: whoever asked for it is told why.
      if (!(yield* Deferred.isDone(first))) {
        yield* become("failed", loss.why)
        return yield* Deferred.fail(
          first,
          new FleetError({ reason: new StartFailed({ server: name, why: oneLine(clean(loss.why), 300) }) }),
        )
      }
      if (loss.hostile) return yield* fail(loss.why)
      const pause = yield* nextPause
      if (pause === undefined) return yield* fail(`${loss.why}; it was begun again too often`)
      restarts++
      yield* become("restarting", loss.why)
      yield* Effect.logWarning(`the MCP server ${name} was lost (${why ?? loss.why}) and is begun again`)
      yield* Effect.sleep(pause)
    }
  })

  const notReady = () =>
    new FleetError({ reason: new ServerNotReady({ server: name, state, ...(why === undefined ? {} : { why }) }) })

  const stopNow = Effect.gen(function* () {
    const before = lives
    yield* FiberHandle.clear(life)
    // A new life may have begun meanwhile.
    if (lives === before) yield* become("stopped")
  })

  const start = Effect.gen(function* () {
    if (state === "ready") return
    yield* FiberHandle.clear(life)
    const first = yield* Deferred.make<void, FleetError>()
    lives++
    restarts = 0
    modern = true
    yield* become("starting")
    // A stop ends the life, and with it the wait for its beginning.
    const lived = live(first).pipe(
      Effect.onExit(() => Effect.suspend(() => Deferred.fail(first, notReady()))),
      Effect.asVoid,
    )
    run(lived)
    // Whoever goes away does not wait for the end: at the end of the process there is no time for that.
    yield* Effect.onInterrupt(Deferred.await(first), () => Effect.forkIn(stopNow, scope, { startImmediately: true }))
  }).pipe(Semaphore.withPermit(turn), Effect.withSpan("Member.start"))

  const ready = Effect.suspend(() =>
    state === "ready" && connection !== undefined ? Effect.succeed(connection) : Effect.fail(notReady()),
  )

  return {
    spec,
    status: () => ({ state, why, restarts, connection }),
    start,
    stop: Effect.suspend(() => (state === "configured" ? Effect.void : stopNow)),
    ready,
  } satisfies Member
})
