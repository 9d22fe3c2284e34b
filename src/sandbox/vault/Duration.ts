/**
 * Lengths of time as Vault takes and prints them: Go's duration strings (`1h30m`, `250ms`), bare numbers of seconds and
 * Vault's own `30d`. Everything inside the sandbox is whole seconds, as in Vault's leases.
 */
import { Result } from "effect"
import type { Json } from "./Protocol.ts"

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
}

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d)/g
const WHOLE = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h|d))+$/

/** A value in the form Go prints it with `%v`, which Vault quotes in its complaints. */
export const goText = (value: Json | undefined): string => {
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`
  if (value === null || value === undefined) return "<nil>"
  if (typeof value === "object") {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `map[${entries.map(([key, item]) => `${key}:${goText(item)}`).join(" ")}]`
  }
  return String(value)
}

const secondsOf = (text: string): number | undefined => {
  if (/^[-+]?\d+$/.test(text)) return Number(text)
  if (!WHOLE.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (UNITS[unit ?? "s"] ?? 1)
  return Math.trunc(text.startsWith("-") ? -total : total)
}

/** Seconds of a field of Vault's type "duration in seconds"; the failure is Vault's complaint about the value. */
export const parseDuration = (input: unknown): Result.Result<number, string> => {
  if (input === null || input === undefined || input === "") return Result.succeed(0)
  if (typeof input !== "string" && typeof input !== "number") return Result.fail("could not parse duration from input")
  const seconds = typeof input === "number" ? Math.trunc(input) : secondsOf(input.trim())
  if (seconds === undefined) return Result.fail(`time: invalid duration ${JSON.stringify(input)}`)
  return seconds < 0 ? Result.fail(`cannot provide negative value '${input}'`) : Result.succeed(seconds)
}

/** Go's `Duration.String()` of whole seconds: `1h0m0s`, `15m0s`, `0s`. */
export const goDuration = (seconds: number): string => {
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = `${seconds % 60}s`
  if (hours > 0) return `${hours}h${minutes}m${rest}`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}

/** The same without trailing zero parts, as Vault writes it in warnings: `768h`, `6m`, `27777h46m39s`. */
export const shortDuration = (seconds: number): string =>
  goDuration(seconds)
    .replace(/([hm])0s$/, "$1")
    .replace(/h0m$/, "h")
