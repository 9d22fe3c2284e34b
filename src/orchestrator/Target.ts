/** What a unit is for: an item, an account, a region; and the name under which its record is found again. */
import { createHash } from "node:crypto"
import type { Schema } from "effect"

/** All absent for a step without forEach. */
export interface Target {
  readonly account?: string | undefined
  readonly region?: string | undefined
  readonly item?: Schema.Json | undefined
}

/** An item as part of a name: itself when it is short and plain. */
const itemName = (item: Schema.Json): string => {
  if (typeof item === "string" && /^[\w.:@=+-]{1,64}$/.test(item)) return item
  if (typeof item === "number" || typeof item === "boolean") return String(item)
  return createHash("sha256").update(JSON.stringify(item)).digest("hex").slice(0, 12)
}

/** `instances[main/eu-west-1]`; just the step's name without forEach. */
export const keyOf = (step: string, { account, item, region }: Target): string => {
  const parts = [account, region, ...(item === undefined ? [] : [itemName(item)])].filter((part) => part !== undefined)
  return parts.length === 0 ? step : `${step}[${parts.join("/")}]`
}

/** Counts names, so that equal items are told apart. */
export const makeKeys = (): ((step: string, target: Target) => string) => {
  const seen = new Map<string, number>()
  return (step, target) => {
    const key = keyOf(step, target)
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    return times === 1 ? key : `${key}#${times}`
  }
}
