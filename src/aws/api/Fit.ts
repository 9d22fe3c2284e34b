/** Makes a result fit a bound: lists lose their ends, then long texts. What was cut is told. */
import { clip } from "../../core/Text.ts"

/** A value that fits, and what was cut, in words; empty when nothing was. */
export interface Fitted {
  readonly value: unknown
  readonly cuts: ReadonlyArray<string>
}

/**
 * The length of `value` as JSON, or something above `limit`. Stops there: a query can share one list so often that the
 * whole would not fit into memory.
 */
export const jsonLength = (value: unknown, limit: number): number => {
  if (typeof value === "string") return value.length > limit ? value.length : JSON.stringify(value).length
  if (typeof value !== "object" || value === null) return String(value).length
  let size = 2
  if (Array.isArray(value)) {
    for (const each of value) {
      size += 1 + jsonLength(each, limit - size)
      if (size > limit) return size
    }
    return size
  }
  for (const [key, each] of Object.entries(value)) {
    size += jsonLength(key, limit) + 2 + jsonLength(each, limit - size)
    if (size > limit) return size
  }
  return size
}

/** `value` itself when it is at most `limit` characters of JSON; otherwise as much of it as fits, evenly shared. */
export const fit = (value: unknown, limit: number): Fitted => {
  const cuts: Array<string> = []
  return { value: shrink(value, limit, "result", cuts), cuts }
}

const shrink = (value: unknown, limit: number, path: string, cuts: Array<string>): unknown => {
  if (jsonLength(value, limit) <= limit) return value
  if (typeof value === "string") {
    cuts.push(`${path} is shortened`)
    // Escapes can make the JSON of a character six long; the words of the mark need room as well.
    return clip(value, Math.max(0, Math.floor((limit * value.length) / JSON.stringify(value).length) - 40))
  }
  if (Array.isArray(value)) return shrinkList(value, limit, path, cuts)
  if (typeof value === "object" && value !== null) return shrinkObject(value, limit, path, cuts)
  return value
}

const shrinkList = (list: ReadonlyArray<unknown>, limit: number, path: string, cuts: Array<string>): unknown => {
  const kept: Array<unknown> = []
  let left = limit - 2
  for (const each of list) {
    const size = jsonLength(each, left) + 1
    if (size > left) break
    left -= size
    kept.push(each)
  }
  // A first item too large by itself is shown in part rather than nothing at all.
  if (kept.length === 0 && list.length > 0 && left > 80) kept.push(shrink(list[0], left - 1, `${path}[0]`, cuts))
  if (kept.length < list.length) cuts.push(`${path} has ${kept.length} of ${list.length} items`)
  return kept
}

/** Small members stay whole; the large ones share what is left. */
const shrinkObject = (value: object, limit: number, path: string, cuts: Array<string>): unknown => {
  const entries = Object.entries(value)
  const sized = entries
    .map(([key, each]) => ({ key, size: jsonLength(key, limit) + 2 + jsonLength(each, limit) }))
    .sort((a, b) => a.size - b.size)
  const share = new Map<string, number>()
  let left = limit - 2
  sized.forEach(({ key, size }, index) => {
    const granted = Math.min(size, Math.floor(left / (sized.length - index)))
    share.set(key, granted)
    left -= granted
  })
  const kept = entries.flatMap(([key, each]): Array<[string, unknown]> => {
    const room = (share.get(key) ?? 0) - jsonLength(key, limit) - 2
    return room < 2 ? [] : [[key, shrink(each, room, `${path}.${key}`, cuts)]]
  })
  if (kept.length < entries.length) cuts.push(`${path} has ${kept.length} of ${entries.length} members`)
  return Object.fromEntries(kept)
}
