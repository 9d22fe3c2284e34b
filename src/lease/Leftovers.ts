/**
 * Gives back what other processes have out in Vault: of those that died without doing so, or of any that an operator
 * names. A living process's leases are never touched unasked, nor those of one that cannot be looked at from here.
 */
import { Effect } from "effect"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import { type Left, Journal } from "../journal/Journal.ts"
import type { LeaseRecord } from "../journal/JournalModel.ts"
import { Vault } from "../vault/Vault.ts"
import type { VaultError } from "../vault/VaultError.ts"
import type { VaultToken } from "../vault/VaultModel.ts"

/** Leases that are closed at once. */
const AT_ONCE = 8

/** How long the start of a process may be busy with what others left; the rest is for the next. */
const LIMIT = "30 seconds"

/** Whether the journal speaks of the Vault and namespace that we speak to. */
export const isOurVault = ({ vault }: AppConfigShape, { content }: Left): boolean =>
  content.vault.address === vault.address && content.vault.namespace === vault.namespace

/** A lease after its token was ended, or after it was closed itself. A session's record stays until AWS's own end. */
const closed = (lease: LeaseRecord): LeaseRecord => ({ ...lease, state: lease.kind === "sts" ? "closed" : "queued" })

const isGone = (error: VaultError): boolean => error.reason._tag === "LeaseGone"

/** What became of a lease: `kept` is what is left to remember, `problem` why it could not be closed. */
export interface Closed {
  readonly kept: LeaseRecord | undefined
  readonly problem?: string
}

/** Closes one lease. Without the right to close leases it stays as it was and ends by itself. */
export const closeLeft = Effect.fnUntraced(function* (
  token: VaultToken,
  lease: LeaseRecord,
): Effect.fn.Return<Closed, never, Vault> {
  if (lease.state === "closed") return { kept: lease }
  const vault = yield* Vault
  if (lease.state === "queued") {
    return yield* vault.lookupLease(token, lease.id).pipe(
      Effect.as<Closed>({ kept: lease }),
      Effect.catch((error) => Effect.succeed<Closed>({ kept: isGone(error) ? undefined : lease })),
    )
  }
  // A user that AWS does not know yet cannot be deleted yet: Vault goes on trying.
  const queued = vault.revokeLease(token, lease.id, { sync: false }).pipe(Effect.as<Closed>({ kept: closed(lease) }))
  return yield* vault.revokeLease(token, lease.id, { sync: true }).pipe(
    Effect.as<Closed>({ kept: lease.kind === "sts" ? closed(lease) : undefined }),
    Effect.catchReason("VaultError", "InvalidRequest", () => queued),
    Effect.catch(({ message }) => Effect.succeed<Closed>({ kept: lease, problem: message })),
  )
})

/** Ends the tokens of one journal, and Vault their leases with them. Gives the accessors of those that are over. */
export const endTokens = Effect.fnUntraced(function* (token: VaultToken, { content }: Left) {
  const vault = yield* Vault
  const ended = yield* Effect.filter(content.tokens, ({ accessor }) =>
    vault.revokeAccessor(token, accessor).pipe(
      Effect.as(true),
      Effect.orElseSucceed(() => false),
    ),
  )
  return new Set(ended.map(({ accessor }) => accessor))
})

/** Ends the tokens and leases of one journal, and keeps what is left of it. Gives how many leases are given back now. */
export const giveBackLeft = Effect.fn("Lease.giveBackLeft")(function* (token: VaultToken, left: Left) {
  const journal = yield* Journal
  const { content } = left
  const byToken = yield* endTokens(token, left)
  const leases = yield* Effect.forEach(
    content.leases,
    (lease) =>
      lease.state === undefined && lease.accessor !== undefined && byToken.has(lease.accessor)
        ? Effect.succeed(closed(lease))
        : Effect.map(closeLeft(token, lease), ({ kept }) => kept),
    { concurrency: AT_ONCE },
  )
  const open = (all: ReadonlyArray<LeaseRecord | undefined>): number =>
    all.filter((lease) => lease !== undefined && lease.state === undefined).length
  yield* journal.settle(left, {
    ...content,
    tokens: content.tokens.filter(({ accessor }) => !byToken.has(accessor)),
    leases: leases.filter((lease) => lease !== undefined),
  })
  return open(content.leases) - open(leases)
})

/** Cleans up after dead processes, as far as the token may; says what it did. Never fails. */
export const cleanUp = Effect.fn("Lease.cleanUp")(
  function* (token: VaultToken) {
    const config = yield* AppConfig
    const { left } = yield* (yield* Journal).others
    for (const one of left) {
      if (one.life !== "dead" || !isOurVault(config, one)) continue
      const given = yield* giveBackLeft(token, one)
      if (given > 0) {
        yield* Effect.logInfo(`gave back ${given} leases that process ${one.content.owner.pid} left when it was killed`)
      }
    }
  },
  Effect.timeoutOption(LIMIT),
  Effect.asVoid,
)
