/** Reads what stands behind the `=` of a fault; `undefined`: it is nothing of the kind. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of `250ms`, `2s`, `10m`, `1h`, or of a bare number of seconds; with a minus where `signed`. */
export const span =
  (signed: boolean) =>
  (text: string): number | undefined => {
    const match = /^(-?)(\d{1,7})(ms|s|m|h)?$/.exec(text)
    if (match === null || (match[1] === "-" && !signed)) return undefined
    return (match[1] === "-" ? -1 : 1) * Number(match[2]) * (UNITS[match[3] ?? "s"] ?? 1000)
  }

/** A whole number between two, both included. */
export const whole =
  (min: number, max: number) =>
  (text: string): number | undefined =>
    /^\d{1,7}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : undefined

/** Scheme, host and port of an address; a path would be that of the request. */
export const origin = (text: string): string | undefined => {
  if (!URL.canParse(text)) return undefined
  const { origin, protocol } = new URL(text)
  return protocol === "http:" || protocol === "https:" ? origin : undefined
}

/** A status, and whether the work is done before. */
export interface Failing {
  readonly status: number
  readonly done: "instead" | "after"
}

/** `503`, or `502,after`. */
export const failing = (text: string): Failing | undefined => {
  const match = /^(5\d\d)(,after)?$/.exec(text)
  return match === null ? undefined : { status: Number(match[1]), done: match[2] === undefined ? "instead" : "after" }
}
