/** Lengths of time as people and Vault write them: `900`, `15m`, `1h30m`. */
import { Duration } from "effect"

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Texts that {@link parseSpan} reads. */
export const SPAN = /^\s*(?:\d{1,9}|(?:\d{1,9}[smhd])+)\s*$/u

/** Seconds of `1h`, `15m`, `1h30m`, `90s` or a bare number of seconds; `undefined` when it is none of them. */
export const parseSpan = (text: string): Duration.Duration | undefined => {
  if (!SPAN.test(text)) return undefined
  const value = text.trim()
  if (/^\d+$/.test(value)) return Duration.seconds(Number(value))
  let seconds = 0
  for (const [, amount, unit] of value.matchAll(/(\d+)([smhd])/g)) seconds += Number(amount) * (UNITS[unit ?? "s"] ?? 1)
  return Duration.seconds(seconds)
}

/** `1 h 30 min`, `12 min`, `45 s`: the two largest units that say something. */
export const showSpan = (span: Duration.Duration): string => {
  const total = Math.max(0, Math.round(Duration.toSeconds(span)))
  const parts = [
    [Math.floor(total / 86_400), "d"],
    [Math.floor((total % 86_400) / 3600), "h"],
    [Math.floor((total % 3600) / 60), "min"],
    [total % 60, "s"],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  if (first < 0) return "0 s"
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ")
}

/** Vault's own form of a length: `900s`. */
export const vaultSpan = (span: Duration.Duration): string => `${Math.round(Duration.toSeconds(span))}s`
