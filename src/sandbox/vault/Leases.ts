/**
 * The lease table and its clock. A lease ends when its time is up, when it is revoked, or when its token ends. Ending
 * without delay means: out of the table at once where AWS need not be asked, else by a worker that tries as often as
 * Vault does. What is due is ended at each request and by a fiber that sleeps until the next end.
 */
import { Clock, Effect, FiberMap, Queue, Random, Result, type Scope, Semaphore } from "effect"
import { bad, type EngineFailure, type Refusal, type Reply, type Secret } from "./Protocol.ts"
import { type Lease, marked, type Mount, randomText, SYSTEM_TTL, type Token, type VaultState } from "./State.ts"
import { cutTokens } from "./Tokens.ts"
import { grantTtl } from "./Ttl.ts"

/** Attempts before Vault gives a lease up (maxRevokeAttempts). */
const ATTEMPTS = 6

/** What the rest of the server asks of the leases. */
export interface Leases {
  /** Ends what is due now. */
  readonly settle: Effect.Effect<void>
  /** Says that ends may have moved. */
  readonly wake: Effect.Effect<void>
  /** Leases a secret to a token. */
  readonly register: (secret: Secret, token: Token, mount: Mount, path: string) => Effect.Effect<Reply, Refusal>
  /** Grants more time to a lease; `increment` in seconds counts from now. */
  readonly renew: (id: string, increment: number) => Effect.Effect<Reply, Refusal>
  /** Ends a lease and waits for it; an unknown one is fine. The failure keeps the lease as it was. */
  readonly revoke: (lease: Lease) => Effect.Effect<void, EngineFailure>
  /** Queues the end of a lease. */
  readonly queue: (lease: Lease) => Effect.Effect<void>
  /** Forgets a lease whatever the engine says. */
  readonly forget: (lease: Lease) => Effect.Effect<void>
  /** Ends a token, its descendants and, queued, all their leases. */
  readonly endToken: (id: string) => Effect.Effect<void>
  /** A namespace's leases below a prefix that ends in a slash, or the one lease of that id. */
  readonly below: (home: VaultState, prefix: string) => ReadonlyArray<Lease>
}

/** Builds the table's owner; its fibers live in the scope. */
export const makeLeases = Effect.fnUntraced(function* (
  state: VaultState,
): Effect.fn.Return<Leases, never, Scope.Scope> {
  const workers = yield* FiberMap.make<string, void>()
  const bell = yield* Queue.sliding<void>(1)
  const wake = Effect.asVoid(Queue.offer(bell, undefined))
  const locks = new WeakMap<Lease, Semaphore.Semaphore>()
  /** One revocation of a lease at a time: a second one would find the IAM user gone and call that a failure. */
  const lockOf = (lease: Lease): Semaphore.Semaphore => {
    const lock = locks.get(lease) ?? Semaphore.makeUnsafe(1)
    locks.set(lease, lock)
    return lock
  }

  const tryRevoke = (lease: Lease): Effect.Effect<void, EngineFailure> =>
    Semaphore.withPermit(
      lockOf(lease),
      Effect.suspend(() => {
        if (!state.leases.has(lease.id)) return Effect.void
        return (lease.secret.revoke ?? Effect.void).pipe(
          Effect.tapError(({ text }) => Effect.sync(() => (lease.revokeError = text))),
          Effect.andThen(Effect.sync(() => state.leases.delete(lease.id))),
        )
      }),
    )

  const work = Effect.fnUntraced(function* (lease: Lease) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const done = yield* Effect.result(tryRevoke(lease))
      if (Result.isSuccess(done) || !state.leases.has(lease.id)) return
      const jitter = 0.5 + (yield* Random.next)
      yield* Effect.sleep(10_000 * 2 ** attempt * jitter)
    }
    lease.state = "irrevocable"
  })

  const queue = Effect.fnUntraced(function* (lease: Lease) {
    const now = yield* Clock.currentTimeMillis
    lease.expiresAt = Math.min(lease.expiresAt, now)
    if (lease.state === "live") lease.state = "revoking"
    if (lease.secret.revoke === undefined) state.leases.delete(lease.id)
    else yield* FiberMap.run(workers, lease.id, work(lease), { onlyIfMissing: true })
  })

  const forget = (lease: Lease): Effect.Effect<void> =>
    Effect.andThen(
      Effect.sync(() => state.leases.delete(lease.id)),
      FiberMap.remove(workers, lease.id),
    )

  const endToken = Effect.fnUntraced(function* (id: string) {
    const ended = new Set(cutTokens(state, id))
    for (const lease of state.leases.values()) if (ended.has(lease.owner)) yield* queue(lease)
  })

  const settle = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    for (const token of state.tokens.values())
      if (token.expiresAt !== undefined && token.expiresAt <= now) yield* endToken(token.id)
    for (const lease of state.leases.values()) if (lease.state === "live" && lease.expiresAt <= now) yield* queue(lease)
    for (const [id, wrapped] of state.wrapped)
      if (wrapped.createdAt + wrapped.ttl * 1000 <= now) state.wrapped.delete(id)
  })

  const nextEnd = (): number | undefined => {
    const ends = [
      ...[...state.tokens.values()].flatMap((token) => token.expiresAt ?? []),
      ...[...state.leases.values()].filter((lease) => lease.state === "live").map((lease) => lease.expiresAt),
    ]
    return ends.length === 0 ? undefined : ends.reduce((least, end) => Math.min(least, end))
  }

  const clock = Effect.gen(function* () {
    yield* settle
    const now = yield* Clock.currentTimeMillis
    const end = nextEnd()
    const heard = Queue.take(bell)
    // Timers hold some 24 days at most, leases last 32: look again after an hour at the latest.
    yield* end === undefined ? heard : Effect.timeoutOption(heard, Math.min(Math.max(1, end - now), 3_600_000))
  })
  yield* Effect.forkScoped(Effect.forever(clock))

  const limits = (mount: Mount) => ({
    systemMax: mount.maxTtl || SYSTEM_TTL,
    systemDefault: Math.min(mount.defaultTtl || SYSTEM_TTL, mount.maxTtl || SYSTEM_TTL),
  })

  const register = Effect.fnUntraced(function* (
    secret: Secret,
    token: Token,
    mount: Mount,
    path: string,
  ): Effect.fn.Return<Reply, Refusal> {
    const now = yield* Clock.currentTimeMillis
    const granted = grantTtl({ ...limits(mount), ttl: secret.ttl, maxTtl: secret.maxTtl })
    if (Result.isFailure(granted)) return yield* bad(granted.failure)
    const fromBatch = token.type === "batch"
    const tokenLeft = token.expiresAt === undefined ? Infinity : (token.expiresAt - now) / 1000
    // Only a batch token cuts the lease to its own life: nothing would be there to revoke it later.
    const cut = fromBatch && tokenLeft < granted.success.seconds
    const seconds = cut ? Math.round(tokenLeft) : granted.success.seconds
    const lease: Lease = {
      id: marked(mount.home, `${path}/${randomText(24)}`),
      owner: fromBatch ? (token.parent ?? token.id) : token.id,
      fromBatch,
      mount,
      path,
      issuedAt: now,
      expiresAt: now + seconds * 1000,
      renewedAt: undefined,
      secret,
      state: "live",
      revokeError: "",
    }
    state.leases.set(lease.id, lease)
    // The token may have ended while AWS was asked: such a lease ends at once.
    if (!state.tokens.has(lease.owner)) yield* queue(lease)
    return {
      lease: { id: lease.id, renewable: secret.renewable && !fromBatch, seconds },
      warnings: granted.success.warnings,
    }
  })

  const refusedRenewal = (lease: Lease | undefined, now: number): string | undefined => {
    if (lease === undefined) return "lease not found"
    if (lease.state === "irrevocable") return "lease is expired and has failed previous revocation attempts"
    if (lease.state === "revoking" || lease.expiresAt <= now) return "lease expired"
    return lease.secret.renewable && !lease.fromBatch ? undefined : "lease is not renewable"
  }

  const renew = Effect.fnUntraced(function* (id: string, increment: number): Effect.fn.Return<Reply, Refusal> {
    const now = yield* Clock.currentTimeMillis
    const lease = state.leases.get(id)
    const refused = refusedRenewal(lease, now)
    if (lease === undefined || refused !== undefined) return yield* bad(refused ?? "lease not found")
    const { maxTtl, ttl } = yield* lease.secret.renew ?? Effect.succeed(lease.secret)
    const age = (now - lease.issuedAt) / 1000
    const granted = grantTtl({ ...limits(lease.mount), increment, ttl, maxTtl, age })
    if (Result.isFailure(granted)) return yield* bad(granted.failure)
    lease.expiresAt = now + granted.success.seconds * 1000
    lease.renewedAt = now
    return { lease: { id, renewable: true, seconds: granted.success.seconds }, warnings: granted.success.warnings }
  })

  const below = (home: VaultState, prefix: string): ReadonlyArray<Lease> => {
    const own = [...state.leases.values()].filter((lease) => lease.mount.home === home)
    const exact = own.find((lease) => lease.id === prefix)
    if (exact !== undefined) return [exact]
    const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`
    return own.filter((lease) => lease.id.startsWith(folder))
  }

  return { settle, wake, register, renew, revoke: tryRevoke, queue, forget, endToken, below }
})
