/** A result made fit to be kept: at most so long, and nothing in it that has the shape of a secret. */
import type { Schema } from "effect"
import { redactNamed, redactShapes } from "../guard/Redactor.ts"

/** Longest result of a unit on record, in characters of JSON. */
export const LONGEST_RESULT = 64 * 1024

/** Longest result of a unit while the run goes on; and of all that are longer than what is kept, together. */
export const LONGEST_HELD = 2 * 1024 * 1024
export const MOST_HELD = 32 * 1024 * 1024

const clean = (value: unknown, name = ""): Schema.Json => {
  if (typeof value === "string") return redactNamed(name, value)
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value
  if (Array.isArray(value)) return value.map((item) => clean(item, name))
  if (typeof value !== "object") return null
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redactShapes(key), clean(item, key)]))
}

/** Lists and texts cut to their first `most` items and characters. */
const cutTo = (value: Schema.Json, most: number): Schema.Json => {
  if (typeof value === "string") return value.slice(0, most * 64)
  if (Array.isArray(value)) return value.slice(0, most).map((item: Schema.Json) => cutTo(item, most))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, most * 4)
      .map(([key, item]) => [key, cutTo(item, most)]),
  )
}

/** The value, or as much of it as may be kept; `cut` says that it is not all. */
export const bounded = (
  value: unknown,
  longest: number = LONGEST_RESULT,
): { readonly value: Schema.Json; readonly cut: boolean; readonly size: number } => {
  const whole = clean(value)
  const { length } = JSON.stringify(whole)
  if (length <= longest) return { value: whole, cut: false, size: length }
  for (let most = 512; most >= 1; most = Math.floor(most / 2)) {
    const less = cutTo(whole, most)
    const size = JSON.stringify(less).length
    if (size <= longest) return { value: less, cut: true, size }
  }
  return { value: null, cut: true, size: 4 }
}
