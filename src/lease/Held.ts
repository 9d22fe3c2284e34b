/** A lease this process holds, with what is needed to tell its age and to give it back. */
import { DateTime, Duration, Effect, type Scope } from "effect"
import type { Journal } from "../journal/Journal.ts"
import type { LeaseRenewal } from "../vault/VaultModel.ts"
import type { VaultSession } from "../vault/VaultSession.ts"
import { between, type Moment, sleptBetween } from "./Age.ts"
import type { ActiveLease, ShownLease } from "./LeaseModel.ts"
import { leastValidity, SURELY_ALIVE } from "./Renewal.ts"

/** Warnings that are kept with a lease. */
const MOST_WARNINGS = 10

export interface Held {
  readonly lease: ActiveLease
  /** The Vault token that the lease hangs on. */
  readonly session: VaultSession
  /** When the present life began: at issue, or at the last renewal. */
  readonly born: Moment
  /** Length of the present life in milliseconds. */
  readonly life: number
  /** The lease's own scope: keeps the redactor watching the credentials. */
  readonly scope: Scope.Closeable
}

/** Milliseconds left at a moment. */
export const remainingAt = (held: Held, at: Moment): number => Math.max(0, held.life - between(held.born, at))

/** Whether there is enough left to sign with. */
export const usableAt = (held: Held, at: Moment): boolean => remainingAt(held, at) > leastValidity(held.life)

/**
 * Whether the credentials may be gone although their time is not up: an IAM user is deleted with the Vault token that its
 * lease hangs on, and nobody keeps a token of ours alive while the machine sleeps.
 */
export const mayBeGoneAt = ({ born, lease, session }: Held, at: Moment): boolean =>
  lease.kind === "iam_user" && session.owned && sleptBetween(born, at) > SURELY_ALIVE

/** The lease as people may see it. */
export const shown = (lease: ActiveLease): ShownLease => {
  const { credentials: _credentials, issued: _issued, scope: _scope, ...rest } = lease
  return rest
}

/** The lease after a renewal; what Vault warns of is kept with it, each warning once. */
export const renewed = (held: Held, { leaseDuration, renewable, warnings }: LeaseRenewal, at: Moment): Held => {
  const life = Duration.toMillis(leaseDuration)
  return {
    ...held,
    born: at,
    life,
    lease: {
      ...held.lease,
      renewable,
      granted: leaseDuration,
      endsAt: DateTime.makeUnsafe(at.wall + life),
      warnings: [...new Set([...held.lease.warnings, ...warnings])].slice(0, MOST_WARNINGS),
    },
  }
}

/** Whether two are one lease, at whatever point of its life. */
export const isSame = (one: Held | undefined, other: Held): boolean => one?.scope === other.scope

/** Writes the lease down as it is now; credentials without one leave nothing in Vault. */
export const noteDown = (journal: Journal["Service"], { lease, session }: Held): Effect.Effect<void> => {
  const { awsEndsAt, endsAt, id, kind, target } = lease
  if (id === undefined || kind === "static") return Effect.void
  return journal.leaseHeld({
    id,
    mount: target.mount,
    role: target.role,
    kind,
    ends_at: endsAt,
    ...(session.owned && session.accessor !== undefined ? { accessor: session.accessor } : {}),
    ...(awsEndsAt === undefined ? {} : { aws_ends_at: awsEndsAt }),
  })
}
