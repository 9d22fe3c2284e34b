/**
 * How long a lease or token may live: the arithmetic of Vault's `framework.CalculateTTL`. All lengths in seconds.
 */
import { Result } from "effect"
import { shortDuration } from "./Duration.ts"

/** What decides a length; 0 means "not said" everywhere but in `systemMax`. */
export interface TtlInput {
  /** The maximum of the mount or the system. */
  readonly systemMax: number
  readonly systemDefault: number
  /** What the client asked for. */
  readonly increment?: number
  /** What the engine or the login role says. */
  readonly ttl?: number
  readonly maxTtl?: number
  readonly explicitMaxTtl?: number
  readonly period?: number
  /** How long it has lived already. */
  readonly age?: number
}

/** The granted length, and what Vault warns about. */
export interface Granted {
  readonly seconds: number
  readonly warnings: ReadonlyArray<string>
}

const capped = (what: string, asked: number, max: number): string =>
  `${what} of "${shortDuration(asked)}" exceeded the effective max_ttl of "${shortDuration(max)}"; ${what} value is capped accordingly`

/** Grants a length, or says that the maximum has passed. */
export const grantTtl = (input: TtlInput): Result.Result<Granted, string> => {
  const { age = 0, explicitMaxTtl = 0, increment = 0, maxTtl = 0, period = 0, ttl = 0 } = input
  const limits = [input.systemMax, maxTtl, explicitMaxTtl].filter((limit) => limit > 0)
  const max = Math.min(...limits)
  const warnings: Array<string> = []
  let seconds = increment > 0 ? increment : ttl > 0 ? ttl : input.systemDefault
  // A periodic token has no end but an explicit one; every renewal grants one period.
  let left: number | undefined = max - Math.floor(age)
  if (period > 0) {
    seconds = Math.min(period, max)
    if (period > max) warnings.push(capped("Period", period, max))
    left = explicitMaxTtl > 0 ? explicitMaxTtl - Math.floor(age) : undefined
  }
  if (left === undefined) return Result.succeed({ seconds, warnings })
  if (left <= 0) return Result.fail("past the max TTL, cannot renew")
  if (seconds > left) {
    warnings.push(capped("TTL", seconds, left))
    seconds = left
  }
  return Result.succeed({ seconds, warnings })
}
