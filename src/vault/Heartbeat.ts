/** Keeps a child token of ours alive: renew-self at two thirds of its life, again and again, for as long as it goes. */
import { Duration, Effect, Option, Schedule } from "effect"
import { CHILD_TTL } from "./Child.ts"
import type { Vault } from "./Vault.ts"
import type { VaultError } from "./VaultError.ts"
import type { TokenGrant, TokenRenewal, VaultToken } from "./VaultModel.ts"
import type { Ended } from "./VaultSession.ts"

/** A renewal that brings less than this means that the token nears its maximum: a new one is due before the end. */
const WORTHWHILE = Duration.times(CHILD_TTL, 1 / 2)

/**
 * Beats until the token is over or retiring; never for a token without an end. Suspends for all of its life. `onBeat`
 * hears of each renewal.
 */
export const heartbeat = Effect.fnUntraced(function* (
  vault: Vault["Service"],
  grant: TokenGrant,
  onBeat: (life: TokenRenewal) => Effect.Effect<void> = () => Effect.void,
): Effect.fn.Return<Ended> {
  let life: TokenRenewal = grant
  for (;;) {
    if (!Duration.isFinite(life.ttl)) return yield* Effect.never
    yield* Effect.sleep(Duration.times(life.ttl, 2 / 3))
    if (!life.renewable || isLast(life, grant)) return "retiring"
    const next = yield* renewWithin(vault, grant.token, Duration.times(life.ttl, 1 / 3))
    if (typeof next === "string") return next
    life = next
    yield* onBeat(life)
  }
})

/** Whether a renewal was cut so short that it cannot be meant to go on. */
const isLast = (life: TokenRenewal, grant: TokenGrant): boolean =>
  life !== grant && Duration.isLessThan(life.ttl, Duration.min(WORTHWHILE, Duration.times(grant.ttl, 1 / 2)))

/** A renewal within what is left of the token's life; Vault being away is waited for, more and more patiently. */
const renewWithin = (vault: Vault["Service"], token: VaultToken, left: Duration.Duration) => {
  const first = Duration.min(Duration.seconds(10), Duration.times(left, 1 / 5))
  const schedule = Schedule.min([Schedule.exponential(first), Schedule.spaced("5 minutes")]).pipe(Schedule.jittered)
  return vault.renewSelf(token, CHILD_TTL).pipe(
    Effect.retry({ schedule, while: isPassing }),
    Effect.timeoutOption(left),
    Effect.map(Option.getOrElse((): Ended => "lapsed")),
    Effect.catch((error) => Effect.succeed<Ended>(error.reason._tag === "TokenDead" ? "dead" : "retiring")),
  )
}

/** Whether Vault may answer otherwise later. A refusal by policy or by the token's kind stays. */
const isPassing = (error: VaultError): boolean =>
  !["TokenDead", "PermissionMissing", "InvalidRequest", "LeaseNotRenewable"].includes(error.reason._tag)
