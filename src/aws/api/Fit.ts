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
  return { value: shrink(value, limit, "result", cuts) ?? null, cuts }
}

/** Room for the words that mark a shortened text. */
const MARK = 40

/** `undefined` when not even a part of the value fits. */
const shrink = (value: unknown, limit: number, path: string, cuts: Array<string>): unknown => {
  if (jsonLength(value, limit) <= limit) return value
  if (limit < 3) return undefined
  if (typeof value === "string") return shrinkText(value, limit, path, cuts)
  if (Array.isArray(value)) return shrinkList(value, limit, path, cuts)
  return typeof value === "object" && value !== null ? shrinkObject(value, limit, path, cuts) : undefined
}

const shrinkText = (text: string, limit: number, path: string, cuts: Array<string>): string => {
  cuts.push(`${path} is shortened`)
  // Escapes make up to six characters of one. The head tells how many there are; if that was wrong, the worst is assumed.
  const head = text.slice(0, limit)
  const kept = Math.floor((head.length * (limit - MARK)) / JSON.stringify(head).length)
  const short = kept > 0 ? clip(text, kept) : "…"
  return jsonLength(short, limit) <= limit ? short : clip(text, Math.floor((limit - MARK) / 6))
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
  const first = kept.length === 0 && left > 80 ? shrink(list[0], left - 1, `${path}[0]`, cuts) : undefined
  if (first !== undefined) kept.push(first)
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
    const part = shrink(each, room, `${path}.${key}`, cuts)
    return part === undefined ? [] : [[key, part]]
  })
  if (kept.length < entries.length) cuts.push(`${path} has ${kept.length} of ${entries.length} members`)
  return Object.fromEntries(kept)
}
