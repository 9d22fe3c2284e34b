/**
 * Secret values that a step has shown to the steps after it: neither the step's result nor what those answer goes on
 * record with them. A value is hidden as it stands; what a tool makes of it (its base64, say) cannot be known.
 */
import type { Schema } from "effect"
import type { Unit } from "./RunModel.ts"

/** A shorter one is part of too much else. */
const SHORTEST = 4
const MOST = 10_000

const HIDDEN = "(revealed value)"

const textsOf = (value: Schema.Json | undefined): ReadonlyArray<string> => {
  if (typeof value === "string") return value.length < SHORTEST ? [] : [value]
  if (typeof value === "number") return textsOf(String(value))
  if (typeof value !== "object" || value === null) return []
  return Object.values(value).flatMap(textsOf)
}

/** For one run. */
export const makeVeil = () => {
  const values = new Set<string>()

  const text = (words: string): string => {
    let veiled = words
    for (const value of values) veiled = veiled.replaceAll(value, HIDDEN)
    return veiled
  }

  const data = (value: Schema.Json): Schema.Json => {
    if (typeof value === "string") return text(value)
    if (typeof value === "number") return values.has(String(value)) ? HIDDEN : value
    if (typeof value !== "object" || value === null) return value
    if (Array.isArray(value)) return value.map(data)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), data(item)]))
  }

  return {
    /** Remembers the values of a result. Where it has `data`, as a secret's does, the rest says where that is kept. */
    learn: (result: Schema.Json | undefined): void => {
      const data = typeof result === "object" && result !== null && "data" in result ? result["data"] : result
      for (const value of textsOf(data)) if (values.size < MOST) values.add(value)
    },
    /** The unit as others may see it. */
    over: (unit: Unit): Unit => {
      const { result, revealed } = unit
      const what = unit.what === undefined ? undefined : text(unit.what)
      if (revealed === true) return { ...unit, what, result: undefined, cut: true, revealed: false }
      return values.size === 0 ? unit : { ...unit, what, result: result === undefined ? undefined : data(result) }
    },
  }
}
