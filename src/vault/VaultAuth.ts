/**
 * The sessions with Vault: one token per principal, made on first use, kept alive while the layer lives, and given back
 * with it. Giving a token of ours back ends its leases; the operator's own token is never revoked.
 */
import { Context, DateTime, Deferred, Duration, Effect, Exit, FiberMap, FiberSet, Layer, Redacted, Scope } from "effect"
import { TokenSource } from "../config/TokenSource.ts"
import { makeLastMoment } from "../core/LastMoment.ts"
import { Redactor } from "../guard/Redactor.ts"
import { Journal } from "../journal/Journal.ts"
import { type Made, makeChildren } from "./Child.ts"
import { heartbeat } from "./Heartbeat.ts"
import { type Holding, type Kept, ownOf } from "./Holding.ts"
import { loggedIn } from "./LoggedIn.ts"
import { Login } from "./login/Login.ts"
import { TokenDead } from "./TokenReason.ts"
import { loginOf, underLogin } from "./UnderLogin.ts"
import { Vault } from "./Vault.ts"
import { VaultError } from "./VaultError.ts"
import type { TokenGrant, TokenRenewal } from "./VaultModel.ts"
import type { Ended, VaultSession } from "./VaultSession.ts"

export class VaultAuth extends Context.Service<
  VaultAuth,
  {
    /** The principal's session; whoever asks while it is being made waits for the same one. */
    readonly session: (principal: string) => Effect.Effect<VaultSession, VaultError>
    /** After Vault called `dead` dead: the session that replaces it. One attempt, shared by all who ask. */
    readonly renewed: (principal: string, dead: VaultSession) => Effect.Effect<VaultSession, VaultError>
    /** Gives the principal's own tokens back, and their leases with them. `failed`: they end by their TTL. */
    readonly release: (principal: string) => Effect.Effect<"revoked" | "not-owned" | "failed">
    /** The sessions in use now. */
    readonly sessions: Effect.Effect<ReadonlyArray<{ readonly principal: string; readonly session: VaultSession }>>
    /** What is left of the moment in which everything is given back; asking for it begins it. */
    readonly lastMoment: Effect.Effect<Duration.Duration>
  }
>()("vault-aws-mcp/vault/VaultAuth") {
  static readonly layer = Layer.effect(
    VaultAuth,
    Effect.gen(function* () {
      const vault = yield* Vault
      const tokens = yield* TokenSource
      const redactor = yield* Redactor
      const journal = yield* Journal
      const scope = yield* Effect.scope
      const { logIn } = yield* Login
      const children = yield* makeChildren
      const lastMoment = yield* makeLastMoment
      const holdings = new Map<string, Holding>()
      const holdingOf = (principal: string): Holding => {
        const known = holdings.get(principal)
        if (known !== undefined) return known
        const fresh: Holding = { current: undefined, old: [], making: undefined }
        holdings.set(principal, fresh)
        return fresh
      }

      /** The token is over: nothing needs to be kept of it, nor hidden. */
      const forget = (session: Kept) =>
        Effect.andThen(
          session.owned && session.accessor !== undefined ? journal.tokenGone(session.accessor) : Effect.void,
          Scope.close(session.scope, Exit.void),
        )

      /** Revokes a token of ours; one that is dead already has been given back. */
      const giveBack = (session: Kept) =>
        vault.revokeSelf(session.token).pipe(
          Effect.as(true),
          Effect.catch((error) => Effect.succeed(error.reason._tag === "TokenDead")),
          Effect.tap((done) => (done ? forget(session) : Effect.void)),
        )

      // Registered before the fibers below, so that it runs after they have stopped.
      yield* Effect.addFinalizer(() =>
        Effect.gen(function* () {
          const left = yield* lastMoment
          yield* Effect.forEach(
            [...holdings.values()].flatMap(ownOf),
            (session) => giveBack(session).pipe(Effect.timeoutOption(left)),
            { concurrency: "unbounded", discard: true },
          )
        }),
      )
      const hearts = yield* FiberMap.make<number>()
      const makers = yield* FiberSet.make()
      // In the layer's context: what a fiber leaves here keeps its span, and the span of a call the call's answer.
      const runHeart = yield* FiberMap.runtime(hearts)()
      const runMaker = yield* FiberSet.runtime(makers)()

      const noteLife = (principal: string, accessor: string | undefined, end: DateTime.Utc | undefined) =>
        accessor === undefined
          ? Effect.void
          : journal.tokenHeld({ accessor, principal, ...(end === undefined ? {} : { ends_at: end }) })

      /** Keeps the token alive, tells when that is over, and lets what is left of a retiring one's life run out. */
      const life = Effect.fnUntraced(function* (
        principal: string,
        session: Kept,
        grant: TokenGrant,
        under: Effect.Effect<Ended>,
      ) {
        const holding = holdingOf(principal)
        let until = yield* endOf(grant)
        const beats = heartbeat(vault, grant, (next) =>
          Effect.gen(function* () {
            until = yield* endOf(next)
            yield* noteLife(principal, session.accessor, until)
          }),
        )
        const ended = yield* Effect.raceFirst(beats, under)
        if (holding.current === session) holding.current = undefined
        if (ended === "retiring") holding.old = [...holding.old, session]
        yield* Effect.logInfo(`our Vault token is ${ended}; a new one is made when it is needed`)
        yield* Deferred.succeed(session.over, ended)
        if (ended === "retiring" && until !== undefined) {
          yield* Effect.sleep(DateTime.distance(yield* DateTime.now, until))
          holding.old = holding.old.filter((old) => old !== session)
        }
        yield* forget(session)
      })

      let made = 0
      const keep = Effect.fnUntraced(function* (principal: string, { grant, under = Effect.never, ...token }: Made) {
        const over = yield* Deferred.make<Ended>()
        const own = yield* Scope.fork(scope)
        const handed = grant === undefined
        const session: Kept = { ...token, nth: ++made, handed, over, ended: Deferred.await(over), scope: own }
        // For as long as this process may hold it, no text that leaves may hold it.
        yield* Scope.provide(redactor.watch(token.token), own)
        const holding = holdingOf(principal)
        const before = holding.current
        holding.current = session
        // Only an operator's token is in the way here: a new login has taken its place.
        if (before !== undefined) yield* forget(before)
        if (grant === undefined) return session
        if (token.owned) yield* noteLife(principal, token.accessor, yield* endOf(grant))
        runHeart(session.nth, life(principal, session, grant, under))
        return session
      })

      /** The operator's token is watched too, each one once. */
      const watched = new Set<string>()
      const watchOperator = Effect.flatMap(logIn === undefined ? tokens.token : Effect.void, (token) => {
        if (token === undefined || watched.has(Redacted.value(token))) return Effect.void
        watched.add(Redacted.value(token))
        return Scope.provide(redactor.watch(token), scope)
      })

      /** A login's token is used as it is; an agent that is held to policies gets a child of one that is its own alone. */
      const makeToken = (principal: string) => {
        if (logIn === undefined) return children.make(principal)
        return children.isBound(principal)
          ? underLogin({ session, renewed }, children.under, principal)
          : loggedIn(vault, logIn)
      }

      /** One making at a time; it goes on when the one who asked first goes away. */
      const make = Effect.fnUntraced(function* (principal: string) {
        const holding = holdingOf(principal)
        if (holding.making !== undefined) return yield* Deferred.await(holding.making)
        // Made at once: nobody may come in between the look above and the note below.
        const making = Deferred.makeUnsafe<Kept, VaultError>()
        holding.making = making
        const work = watchOperator.pipe(
          Effect.andThen(makeToken(principal)),
          Effect.flatMap((made) => keep(principal, made)),
          Effect.onExit((exit) => {
            holding.making = undefined
            return Deferred.done(making, exit)
          }),
        )
        runMaker(work)
        return yield* Deferred.await(making)
      })

      /** Whether the operator's token is still the one in use: a new login takes effect at the next call. */
      const isCurrent = (session: Kept) =>
        session.handed
          ? Effect.map(tokens.token, (now) => now !== undefined && isSame(now, session.token))
          : Effect.succeed(true)

      const session = Effect.fn("VaultAuth.session")(function* (
        principal: string,
      ): Effect.fn.Return<VaultSession, VaultError> {
        const { current } = holdingOf(principal)
        return current !== undefined && (yield* isCurrent(current)) ? current : yield* make(principal)
      })

      const renewed = Effect.fn("VaultAuth.renewed")(function* (
        principal: string,
        dead: VaultSession,
      ): Effect.fn.Return<VaultSession, VaultError> {
        const { current } = holdingOf(principal)
        if (current !== undefined && current !== dead) return current
        if (current?.handed === true && (yield* isCurrent(current)))
          return yield* new VaultError({ reason: new TokenDead() })
        if (current !== undefined) {
          holdingOf(principal).current = undefined
          yield* FiberMap.remove(hearts, current.nth)
          yield* forget(current)
        }
        return yield* make(principal)
      })

      const releaseOne = Effect.fnUntraced(function* (principal: string) {
        const holding = holdingOf(principal)
        if (holding.making !== undefined) yield* Effect.exit(Deferred.await(holding.making))
        const own = ownOf(holding)
        holding.current = undefined
        holding.old = []
        yield* Effect.forEach(own, ({ nth }) => FiberMap.remove(hearts, nth), { discard: true })
        if (own.length === 0) return "not-owned" as const
        const left = yield* Effect.filter(own, (session) => Effect.map(giveBack(session), (done) => !done)).pipe(
          // Whoever waits for it may go: what is not given back by then is still ours to give.
          Effect.onInterrupt(() => Effect.sync(() => void (holding.old = [...holding.old, ...own]))),
        )
        holding.old = [...holding.old, ...left]
        return left.length === 0 ? ("revoked" as const) : ("failed" as const)
      })

      const release = Effect.fn("VaultAuth.release")(function* (principal: string) {
        const released = yield* releaseOne(principal)
        if (logIn === undefined || !children.isBound(principal)) return released
        // The login that the child hangs on was made for it alone.
        const login = yield* releaseOne(loginOf(principal))
        return released === "failed" || login === "failed" ? "failed" : login === "not-owned" ? released : login
      })

      return VaultAuth.of({
        session,
        renewed,
        release,
        sessions: Effect.sync(() =>
          [...holdings].flatMap(([principal, { current }]) => (current ? [{ principal, session: current }] : [])),
        ),
        lastMoment,
      })
    }),
  )
}

const isSame = (one: VaultSession["token"], other: VaultSession["token"]): boolean =>
  Redacted.value(one) === Redacted.value(other)

/** When a life ends by itself; `undefined` for one without an end. */
const endOf = ({ ttl }: TokenRenewal) =>
  Effect.map(DateTime.now, (now) => (Duration.isFinite(ttl) ? DateTime.addDuration(now, ttl) : undefined))
