/** One JSON value into what the SDK wants in its place: bytes, a date, a large number. Never a guess: a problem instead. */
import { DateTime, Option } from "effect"
import type { NormalizedSchema } from "@smithy/core/schema"

/** The value for the SDK, or what would have been right. The problem's words never hold the value. */
export type Scalar = { readonly value: unknown } | { readonly problem: string }

const problem = (words: string): Scalar => ({ problem: words })
const done = (value: unknown): Scalar => ({ value })

/** `a string`, `a list`, …: what was given, for messages. */
export const kindOf = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object" || typeof value === "undefined") return value === undefined ? "nothing" : "an object"
  return `a ${typeof value}`
}

/** A value that is neither structure, list nor map. */
export const coerceScalar = (schema: NormalizedSchema, value: unknown): Scalar => {
  if (schema.isStringSchema()) return text(value)
  if (schema.isBooleanSchema()) {
    return typeof value === "boolean" ? done(value) : problem(`expected true or false, got ${kindOf(value)}`)
  }
  if (schema.isNumericSchema()) return number(value)
  if (schema.isBlobSchema()) return bytes(value)
  if (schema.isTimestampSchema()) return date(value)
  if (schema.isBigIntegerSchema()) return bigInteger(value)
  if (schema.isBigDecimalSchema()) return bigDecimal(value)
  return problem("this kind of value is not supported")
}

const text = (value: unknown): Scalar => {
  if (typeof value === "string") {
    return value.isWellFormed() ? done(value) : problem("holds half of a character (a lone surrogate)")
  }
  const hint = typeof value === "object" && value !== null ? "; write the JSON document as one string" : ""
  return problem(`expected a string, got ${kindOf(value)}${hint}`)
}

const number = (value: unknown): Scalar => {
  if (typeof value !== "number") return problem(`expected a number, got ${kindOf(value)}`)
  if (!Number.isFinite(value)) return problem("expected a finite number")
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? problem("is beyond 2^53 and cannot be sent exactly")
    : done(value)
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const BYTES = 'expected base64, or {"text": "…"} for plain text'

/** Also takes `{base64}`, which is how output tells bytes: what was read can be written back. */
const bytes = (value: unknown): Scalar => {
  if (typeof value === "string") return BASE64.test(value) ? done(Buffer.from(value, "base64")) : problem(BYTES)
  if (typeof value !== "object" || value === null) return problem(`${BYTES}; got ${kindOf(value)}`)
  const [[key, inner] = [], ...rest] = Object.entries(value)
  if (rest.length > 0 || typeof inner !== "string") return problem(BYTES)
  if (key === "text") {
    return inner.isWellFormed() ? done(Buffer.from(inner, "utf8")) : problem("holds half of a character")
  }
  return key === "base64" && BASE64.test(inner) ? done(Buffer.from(inner, "base64")) : problem(BYTES)
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:?\d{2}))?$/
const DATE = "expected an RFC 3339 date such as 2026-01-31T00:00:00Z, or seconds since 1970"

/** From here on a number is rather milliseconds than seconds: the year 5138. */
const LATEST_SECOND = 100_000_000_000

const date = (value: unknown): Scalar => {
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return problem(DATE)
    if (Math.abs(value) >= LATEST_SECOND) return problem(`${DATE}; this looks like milliseconds`)
    return done(DateTime.toDateUtc(DateTime.makeUnsafe(Math.round(value * 1000))))
  }
  if (typeof value !== "string") return problem(`${DATE}; got ${kindOf(value)}`)
  const day = INSTANT.exec(value)?.[1]
  // Without an offset a date would mean the time zone of this machine; the 30th of February would mean March.
  if (day === undefined) return problem(`${DATE}, with Z or an offset`)
  const start = Option.getOrUndefined(DateTime.make(`${day}T00:00:00Z`))
  const instant = Option.getOrUndefined(DateTime.make(value.toUpperCase().replace(" ", "T")))
  if (start === undefined || instant === undefined || !DateTime.formatIso(start).startsWith(day)) {
    return problem("is not a date of the calendar")
  }
  return done(DateTime.toDateUtc(instant))
}

const bigInteger = (value: unknown): Scalar => {
  if (typeof value === "number" && Number.isSafeInteger(value)) return done(BigInt(value))
  if (typeof value === "string" && /^-?\d{1,1000}$/.test(value)) return done(BigInt(value))
  return problem("expected an integer, or its digits as a string when it is beyond 2^53")
}

/** The shape that @smithy/core takes for a NumericValue: it looks at `type` and `string`, not at the class. */
const bigDecimal = (value: unknown): Scalar => {
  const digits = typeof value === "number" && Number.isFinite(value) ? String(value) : value
  return typeof digits === "string" && digits.length <= 1000 && /^-?\d+(?:\.\d+)?$/.test(digits)
    ? done({ type: "bigDecimal", string: digits, toString: () => digits })
    : problem("expected a number, or its digits as a string")
}
