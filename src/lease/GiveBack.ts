/**
 * Gives one lease back and says truthfully what that achieved. Closing an STS lease does nothing in AWS; only an IAM
 * user's key dies with its lease, and only a confirmed answer proves it (secret_access_keys.go of Vault's AWS engine).
 */
import { DateTime, Duration, Effect, Schedule } from "effect"
import { shortLeaseId } from "../core/Ids.ts"
import { showSpan } from "../core/Span.ts"
import { Vault } from "../vault/Vault.ts"
import type { VaultError } from "../vault/VaultError.ts"
import { between, now } from "./Age.ts"
import { type Held, shown } from "./Held.ts"
import type { Revocation } from "./LeaseModel.ts"

/** What Vault said to the request to close a lease. */
export type Closing = Revocation["closedInVault"]

const POLICY_LINE = `path "sys/leases/revoke" { capabilities = ["update"] }`

/** In the first minutes AWS may not know a new IAM user yet, and Vault's deletion fails: it is asked again. */
const AGAIN = Schedule.max([Schedule.exponential("500 millis"), Schedule.recurs(2)])

/** For so long Vault takes AWS's NoSuchEntity for a user that is still to appear (`minAwsUserRollbackAge`). */
const YOUNG = 5 * 60_000

/** Asks Vault to close the lease: confirmed, or queued when the confirmed way failed. */
export const closeInVault = Effect.fn("Lease.closeInVault")(function* (
  held: Held,
): Effect.fn.Return<Closing, never, Vault> {
  const vault = yield* Vault
  const id = held.lease.id
  if (id === undefined) return "no-lease"
  const isYoung = Effect.map(now, (at) => between(held.lease.issued, at) < YOUNG)
  const confirmed = vault.revokeLease(held.session.token, id, { sync: true }).pipe(
    Effect.retry({
      schedule: AGAIN,
      while: (error) =>
        held.lease.kind === "iam_user" && error.reason._tag === "InvalidRequest" ? isYoung : Effect.succeed(false),
    }),
    Effect.map((answer): Closing => (answer === "confirmed" ? "yes" : "queued")),
  )
  const queued = vault.revokeLease(held.session.token, id, { sync: false }).pipe(Effect.map((): Closing => "queued"))
  const gaveUp = (error: VaultError): Effect.Effect<Closing, VaultError> =>
    error.reason._tag === "InvalidRequest" ? queued : Effect.fail(error)
  return yield* confirmed.pipe(
    Effect.catch(gaveUp),
    Effect.catch((error) => {
      // With a token Vault ends the leases under it, some moments later.
      const byTag: Readonly<Record<string, Closing>> = {
        PermissionMissing: "refused",
        TokenDead: "queued",
        LeaseGone: "yes",
      }
      const closing = byTag[error.reason._tag] ?? "failed"
      return Effect.as(Effect.logDebug(`lease ${shortLeaseId(id)} was not closed: ${error.message}`), closing)
    }),
  )
})

const until = (end: DateTime.Utc | undefined, wall: number): string => {
  if (end === undefined) return "they end by themselves, at a time that Vault did not tell"
  const left = DateTime.toEpochMillis(end) - wall
  return left <= 0
    ? `${DateTime.formatIso(end)} (already past)`
    : `${DateTime.formatIso(end)} (${showSpan(Duration.millis(left))})`
}

const SESSION =
  "this server has erased its copy, but AWS cannot cancel an issued session: anyone holding these credentials can use them until"

/** Of an STS session: the lease may close, the session goes on. */
const sessionWords = (closing: Closing, end: string): string => {
  switch (closing) {
    case "yes":
      return `Released. The lease is closed in Vault and ${SESSION} ${end}.`
    case "queued":
      return `Released. Closing the lease is queued in Vault and ${SESSION} ${end}.`
    case "no-lease":
      return `Released. Vault gave these credentials without a lease; ${SESSION} ${end}.`
    case "refused":
      return `Vault refused sys/leases/revoke (not in Vault's default policy; it needs: ${POLICY_LINE}). Local copy erased; credentials stay valid until ${end}.`
    case "failed":
      return `Vault could not be asked to close the lease. Local copy erased; credentials stay valid until ${end}.`
  }
}

/** Of an IAM user's key: only a confirmed deletion ends it. */
const userWords = (closing: Closing, id: string, end: string): string => {
  switch (closing) {
    case "yes":
      return "Revoked: Vault deleted the IAM user and its access key. AWS may take some seconds to refuse the key everywhere."
    case "queued":
      return `Revocation was queued in Vault and is not confirmed. The key may still work. It will be checked again; lease ${id}.`
    case "no-lease":
      return "Vault gave this key without a lease, so it cannot be asked to delete it. Local copy erased; the key works in AWS until somebody deletes the user."
    case "refused":
      return `Vault refused sys/leases/revoke (not in Vault's default policy; it needs: ${POLICY_LINE}). Local copy erased; the key works until Vault ends the lease at ${end}.`
    case "failed":
      return `Vault could not be asked to delete the IAM user. Local copy erased; the key works until Vault ends the lease at ${end}.`
  }
}

/** What people and programs are told of a lease that was given back. */
export const revocationOf = Effect.fnUntraced(function* (held: Held, closing: Closing): Effect.fn.Return<Revocation> {
  const { wall } = yield* now
  const lease = shown(held.lease)
  const told = (ends: Revocation["ends"], message: string): Revocation => ({
    lease,
    closedInVault: closing,
    ends,
    message,
  })
  switch (lease.kind) {
    case "static":
      return told(
        { _tag: "unknown" },
        "There is no lease to give back. Local copy erased; the key goes on working until Vault rotates it by its own schedule.",
      )
    case "sts": {
      const time = lease.awsEndsAt
      return told(
        time === undefined ? { _tag: "unknown" } : { _tag: "at", time },
        sessionWords(closing, until(time, wall)),
      )
    }
    case "iam_user": {
      const id = lease.id === undefined ? "" : shortLeaseId(lease.id)
      const words = userWords(closing, id, until(lease.endsAt, wall))
      if (closing === "yes") return told({ _tag: "now" }, words)
      if (closing === "queued") return told({ _tag: "queued" }, words)
      return told(closing === "no-lease" ? { _tag: "unknown" } : { _tag: "at", time: lease.endsAt }, words)
    }
  }
})
