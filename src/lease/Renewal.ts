/**
 * When to renew, when to replace, and what is too little time left to sign with. Pure; milliseconds throughout.
 * Renewal follows the arithmetic of Vault's LifetimeWatcher (api/lifetime_watcher.go); replacement follows the rule of
 * thumb for credentials that cannot be renewed: before the last fifth of their life, five minutes early where there is room.
 */

const MINUTE = 60_000

/** A lease called within this time is in use and kept fresh; an idle one runs out. */
export const IN_USE = 15 * MINUTE

/** A token of ours is renewed with a third of its 15 minutes left: it surely outlives a sleep of the machine up to that. */
export const SURELY_ALIVE = 5 * MINUTE

/** After how much of its life a lease that cannot be renewed is replaced. Short lives keep at least half. */
export const replaceAfter = (life: number): number => Math.max(life * 0.5, Math.min(life * 0.85, life - 5 * MINUTE))

/** With less than this left nothing is signed: a minute, or a fifth of a short life. */
export const leastValidity = (life: number): number => Math.min(MINUTE, life * 0.2)

/** The tail of a lease in which renewing is pointless: 10 to 20 % of it. `dice` is in [0, 1). */
export const graceOf = (life: number, increment: number, dice: number): number => {
  const shorter = increment > 0 ? Math.min(life, increment) : life
  return shorter * 0.1 * (1 + dice)
}

/** How long to wait before the next renewal: two thirds of what is left and a third of the grace. */
export const renewSleep = (remaining: number, grace: number): number => (remaining * 2) / 3 + grace / 3

/** Whether renewing has come to its end and a new lease is due. */
export const renewalOver = (remaining: number, grace: number): boolean =>
  remaining <= grace || remaining - renewSleep(remaining, grace) <= grace

/**
 * The wait after the nth failed attempt in a row (from 0): 10 s, doubled, at most 5 min, up to a quarter less by chance,
 * never past what is left. `dice` is in [0, 1).
 */
export const backoff = (failures: number, remaining: number, dice: number): number =>
  Math.max(0, Math.min(Math.min(10_000 * 2 ** Math.min(failures, 8), 5 * MINUTE) * (1 - dice / 4), remaining))
