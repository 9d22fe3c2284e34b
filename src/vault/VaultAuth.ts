/**
 * The sessions with Vault: one token per principal, made on first use, kept alive while the layer lives, and given back
 * with it. Giving a child token back ends its leases; the operator's own token is never revoked.
 */
import { Context, Deferred, Effect, FiberMap, FiberSet, Layer, Redacted, Scope } from "effect"
import { TokenSource } from "../config/TokenSource.ts"
import { Redactor } from "../guard/Redactor.ts"
import { type Ended, heartbeat } from "./Heartbeat.ts"
import { type Made, makeChildren, type VaultSession } from "./Child.ts"
import { TokenDead } from "./TokenReason.ts"
import { Vault } from "./Vault.ts"
import { VaultError } from "./VaultError.ts"
import type { VaultToken } from "./VaultModel.ts"

export type { VaultSession } from "./Child.ts"

/** What a principal has. */
interface Holding {
  /** The session in use. */
  current: VaultSession | undefined
  /** Children that are no longer used, or could not be given back, and still live. */
  old: ReadonlyArray<VaultSession>
  /** The session being made, for whoever waits for it. */
  making: Deferred.Deferred<VaultSession, VaultError> | undefined
}

/** How long giving back may hold up the end of the process; what is missed ends by its TTL. */
const CLOSE_LIMIT = "350 millis"

export class VaultAuth extends Context.Service<
  VaultAuth,
  {
    /** The principal's session; whoever asks while it is being made waits for the same one. */
    readonly session: (principal: string) => Effect.Effect<VaultSession, VaultError>
    /** After Vault called `dead` dead: the session that replaces it. One attempt, shared by all who ask. */
    readonly renewed: (principal: string, dead: VaultSession) => Effect.Effect<VaultSession, VaultError>
    /** Gives the principal's child token back, and its leases with it. `failed`: it ends by its TTL. */
    readonly release: (principal: string) => Effect.Effect<"revoked" | "not-owned" | "failed">
    /** The sessions in use now. */
    readonly sessions: Effect.Effect<ReadonlyArray<{ readonly principal: string; readonly session: VaultSession }>>
  }
>()("vault-aws-mcp/vault/VaultAuth") {
  static readonly layer = Layer.effect(
    VaultAuth,
    Effect.gen(function* () {
      const vault = yield* Vault
      const tokens = yield* TokenSource
      const redactor = yield* Redactor
      const scope = yield* Effect.scope
      const makeSession = yield* makeChildren
      const holdings = new Map<string, Holding>()
      const holdingOf = (principal: string): Holding => {
        const known = holdings.get(principal)
        if (known !== undefined) return known
        const fresh: Holding = { current: undefined, old: [], making: undefined }
        holdings.set(principal, fresh)
        return fresh
      }

      /** Revokes a child of ours; one that is dead already has been given back. */
      const giveBack = (session: VaultSession) =>
        vault.revokeSelf(session.token).pipe(
          Effect.as(true),
          Effect.catch((error) => Effect.succeed(error.reason._tag === "TokenDead")),
        )

      // Registered before the fibers below, so that it runs after they have stopped.
      yield* Effect.addFinalizer(() => {
        const children = [...holdings.values()].flatMap(childrenOf)
        return Effect.forEach(children, (session) => giveBack(session).pipe(Effect.timeoutOption(CLOSE_LIMIT)), {
          concurrency: "unbounded",
          discard: true,
        })
      })
      const hearts = yield* FiberMap.make<string>()
      const makers = yield* FiberSet.make()

      const stopped = (holding: Holding, session: VaultSession, ended: Ended) =>
        Effect.suspend(() => {
          if (holding.current === session) holding.current = undefined
          if (ended === "retiring") holding.old = [...holding.old, session]
          return Effect.logInfo(`the child token of Vault is ${ended}; a new one is made when it is needed`)
        })

      const keep = Effect.fnUntraced(function* (principal: string, made: Made) {
        const holding = holdingOf(principal)
        holding.current = made.session
        if (made.grant === undefined) return
        const life = heartbeat(vault, made.grant).pipe(Effect.flatMap((ended) => stopped(holding, made.session, ended)))
        yield* FiberMap.run(hearts, principal, life)
      })

      /** For as long as this process may hold it, no text that leaves may hold it. */
      const watch = (token: VaultToken) => Scope.provide(redactor.watch(token), scope)
      const watchOperator = Effect.flatMap(tokens.token, (token) => (token === undefined ? Effect.void : watch(token)))

      /** One making at a time; it goes on when the one who asked first goes away. */
      const make = Effect.fnUntraced(function* (principal: string) {
        const holding = holdingOf(principal)
        if (holding.making !== undefined) return yield* Deferred.await(holding.making)
        // Made at once: nobody may come in between the look above and the note below.
        const making = Deferred.makeUnsafe<VaultSession, VaultError>()
        holding.making = making
        const work = watchOperator.pipe(
          Effect.andThen(makeSession(principal)),
          Effect.tap((made) => watch(made.session.token)),
          Effect.tap((made) => keep(principal, made)),
          Effect.map((made) => made.session),
          Effect.onExit((exit) => {
            holding.making = undefined
            return Deferred.done(making, exit)
          }),
        )
        yield* FiberSet.run(makers, work)
        return yield* Deferred.await(making)
      })

      /** Whether the operator's token is still the one in use: a new login takes effect at the next call. */
      const isCurrent = (session: VaultSession) =>
        session.owned
          ? Effect.succeed(true)
          : Effect.map(tokens.token, (now) => now !== undefined && isSame(now, session.token))

      const session = Effect.fn("VaultAuth.session")(function* (principal: string) {
        const { current } = holdingOf(principal)
        return current !== undefined && (yield* isCurrent(current)) ? current : yield* make(principal)
      })

      const renewed = Effect.fn("VaultAuth.renewed")(function* (principal: string, dead: VaultSession) {
        const holding = holdingOf(principal)
        if (holding.current !== undefined && holding.current !== dead) return holding.current
        if (!dead.owned && (yield* isCurrent(dead))) return yield* new VaultError({ reason: new TokenDead() })
        if (holding.current === dead) {
          holding.current = undefined
          yield* FiberMap.remove(hearts, principal)
        }
        return yield* make(principal)
      })

      const release = Effect.fn("VaultAuth.release")(function* (principal: string) {
        const holding = holdingOf(principal)
        if (holding.making !== undefined) yield* Effect.exit(Deferred.await(holding.making))
        const children = childrenOf(holding)
        holding.current = undefined
        holding.old = []
        yield* FiberMap.remove(hearts, principal)
        if (children.length === 0) return "not-owned" as const
        const left = yield* Effect.filter(children, (child) => Effect.map(giveBack(child), (done) => !done))
        holding.old = [...holding.old, ...left]
        return left.length === 0 ? ("revoked" as const) : ("failed" as const)
      })

      return VaultAuth.of({
        session,
        renewed,
        release,
        sessions: Effect.sync(() =>
          [...holdings].flatMap(([principal, { current }]) => (current ? [{ principal, session: current }] : [])),
        ),
      })
    }),
  )
}

const childrenOf = (holding: Holding): ReadonlyArray<VaultSession> =>
  [...holding.old, ...(holding.current === undefined ? [] : [holding.current])].filter((session) => session.owned)

const isSame = (one: VaultSession["token"], other: VaultSession["token"]): boolean =>
  Redacted.value(one) === Redacted.value(other)
