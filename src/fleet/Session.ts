/** One run of a server, from its start to its loss: connected in whichever era it speaks, and asked at intervals whether it lives. */
import { Effect, Exit, type Redacted, Scope } from "effect"
import type { Connection, Loss, Ports } from "./ConnectionModel.ts"
import { Limits } from "./Limits.ts"
import { type ServerSpec, secretsOf } from "./ServerSpec.ts"
import type { Trouble } from "./Trouble.ts"

/** What a run needs besides. */
export interface SessionPorts extends Ports {
  /** Opens a connection in the present scope: see Connection. */
  readonly open: (spec: ServerSpec, ports: Ports, modern: boolean) => Effect.Effect<Connection, Trouble, Scope.Scope>
  /** Takes a secret out of every text while the scope lives. */
  readonly watch: (secret: Redacted.Redacted<string>) => Effect.Effect<void, never, Scope.Scope>
  /** Whether calls are under way: a server that works need not answer at once. */
  readonly busy: () => boolean
}

/**
 * Opens the connection. A program that ends at the opening it does not know is started once more with the older one;
 * `modern: false` begins with that.
 */
const connect = Effect.fnUntraced(function* (
  spec: ServerSpec,
  ports: SessionPorts,
  modern: boolean,
): Effect.fn.Return<Connection, Trouble, Scope.Scope> {
  const { open } = ports
  if (!modern) return yield* open(spec, ports, false)
  const scope = yield* Effect.scope
  return yield* Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const attempt = yield* Scope.fork(scope)
      return yield* restore(Scope.provide(open(spec, ports, true), attempt)).pipe(
        Effect.onError((cause) => Scope.close(attempt, Exit.failCause(cause))),
      )
    }),
  ).pipe(
    Effect.catch((trouble) =>
      trouble.kind === "lost" && trouble.hostile !== true && trouble.began === true
        ? open(spec, ports, false)
        : Effect.fail(trouble),
    ),
  )
})

/** Ends when the server does not answer twice in a row. An error is an answer. */
const health = Effect.fnUntraced(function* ({ ping }: Connection, busy: () => boolean) {
  const lives = Effect.map(
    Effect.result(ping),
    (result) => result._tag === "Success" || result.failure.kind === "refused",
  )
  const { health: pause } = yield* Limits
  for (;;) {
    yield* Effect.sleep(pause)
    if (busy() || (yield* lives) || (yield* lives)) continue
    return { why: "it does not answer any more", hostile: false } satisfies Loss
  }
})

/** Runs the server in the present scope until it is lost. `onReady` is called once it can be worked with. */
export const runSession = Effect.fnUntraced(function* (
  spec: ServerSpec,
  ports: SessionPorts,
  modern: boolean,
  onReady: (connection: Connection) => Effect.Effect<void>,
): Effect.fn.Return<Loss, Trouble, Scope.Scope> {
  yield* Effect.forEach(secretsOf(spec), ports.watch, { discard: true })
  const connection = yield* connect(spec, ports, modern)
  yield* onReady(connection)
  return yield* Effect.raceFirst(connection.lost, health(connection, ports.busy))
})
