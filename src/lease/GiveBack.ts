/**
 * Gives one lease back and says truthfully what that achieved. Closing an STS lease does nothing in AWS; only an IAM
 * user's key dies with its lease, and only a confirmed answer proves it (secret_access_keys.go of Vault's AWS engine).
 */
import { DateTime, Duration, Effect, Schedule } from "effect"
import { shortLeaseId } from "../core/Ids.ts"
import { showSpan } from "../core/Span.ts"
import { Vault } from "../vault/Vault.ts"
import type { VaultError } from "../vault/VaultError.ts"
import { now } from "./Age.ts"
import { type Held, shown } from "./Held.ts"
import type { Revocation } from "./LeaseModel.ts"

/** What Vault said to the request to close a lease. */
export type Closing = Revocation["closedInVault"]

const POLICY_LINE = `path "sys/leases/revoke" { capabilities = ["update"] }`

/** In the first minutes AWS may not know a new IAM user yet, and Vault's deletion fails: it is asked again. */
const AGAIN = Schedule.max([Schedule.exponential("500 millis"), Schedule.recurs(2)])

/** Asks Vault to close the lease: confirmed, or queued when the confirmed way failed. */
export const closeInVault = Effect.fn("Lease.closeInVault")(function* (
  held: Held,
): Effect.fn.Return<Closing, never, Vault> {
  const vault = yield* Vault
  const id = held.lease.id
  if (id === undefined) return "no-lease"
  const confirmed = vault.revokeLease(held.session.token, id, { sync: true }).pipe(
    Effect.retry({
      schedule: AGAIN,
      while: (error) => held.lease.kind === "iam_user" && error.reason._tag === "InvalidRequest",
    }),
    Effect.map((answer): Closing => (answer === "confirmed" ? "yes" : "queued")),
  )
  const queued = vault.revokeLease(held.session.token, id, { sync: false }).pipe(Effect.map((): Closing => "queued"))
  const gaveUp = (error: VaultError): Effect.Effect<Closing, VaultError> =>
    error.reason._tag === "InvalidRequest" ? queued : Effect.fail(error)
  return yield* confirmed.pipe(
    Effect.catch(gaveUp),
    Effect.catch((error) => {
      const refused = error.reason._tag === "PermissionMissing" || error.reason._tag === "TokenDead"
      const closing: Closing = refused ? "refused" : "failed"
      return Effect.as(Effect.logDebug(`lease ${shortLeaseId(id)} was not closed: ${error.message}`), closing)
    }),
  )
})

const until = (end: DateTime.Utc, wall: number): string => {
  const left = DateTime.toEpochMillis(end) - wall
  return left <= 0
    ? `${DateTime.formatIso(end)} (already past)`
    : `${DateTime.formatIso(end)} (${showSpan(Duration.millis(left))})`
}

const vaultsPart = (closing: Closing): string => {
  switch (closing) {
    case "yes":
      return "The lease is closed in Vault and this server erased its copy"
    case "queued":
      return "Closing the lease is queued in Vault and this server erased its copy"
    case "no-lease":
      return "Vault gave these credentials without a lease; this server erased its copy"
    case "refused":
      return `Vault refused to close the lease (the token's policy lacks ${POLICY_LINE}); this server erased its copy`
    case "failed":
      return "Vault could not be asked to close the lease; this server erased its copy"
  }
}

/** What people and programs are told of a lease that was given back. */
export const revocationOf = Effect.fnUntraced(function* (held: Held, closing: Closing) {
  const { wall } = yield* now
  const lease = shown(held.lease)
  const part = vaultsPart(closing)
  if (lease.kind === "sts" && lease.awsEndsAt !== undefined) {
    return {
      lease,
      closedInVault: closing,
      ends: { _tag: "at", time: lease.awsEndsAt },
      message: `${part}, but AWS cannot cancel an issued session: whoever holds a copy can use it until ${until(lease.awsEndsAt, wall)}.`,
    } satisfies Revocation
  }
  if (closing === "yes") {
    return {
      lease,
      closedInVault: closing,
      ends: { _tag: "now" },
      message:
        "Vault deleted the IAM user and its access key. AWS may take some seconds until it refuses the key everywhere.",
    } satisfies Revocation
  }
  if (closing === "queued") {
    return {
      lease,
      closedInVault: closing,
      ends: { _tag: "queued" },
      message: `${part}; it is not confirmed yet, and the key may still work.`,
    } satisfies Revocation
  }
  return {
    lease,
    closedInVault: closing,
    ends: { _tag: "unknown" },
    message: `${part}. The key works in AWS until the lease ends (${until(lease.endsAt, wall)}) or somebody deletes the user.`,
  } satisfies Revocation
})
