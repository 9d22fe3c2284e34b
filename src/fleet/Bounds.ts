/** How large data of unknown origin is, measured without recursion: it may be nested deeper than any stack. Pure. */

/** What is still handled. */
export interface Limits {
  readonly depth: number
  /** Members, items and scalars, all told. */
  readonly nodes: number
  /** Characters of all texts and names. */
  readonly chars: number
}

/** Why a value is beyond the limits, or `undefined` when it is within. */
export const beyond = (value: unknown, { chars, depth, nodes }: Limits): string | undefined => {
  const stack: Array<{ readonly value: unknown; readonly depth: number }> = [{ value, depth: 1 }]
  let count = 0
  let length = 0
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (++count > nodes) return `more than ${nodes} values`
    if (typeof next.value === "string") length += next.value.length
    if (typeof next.value === "object" && next.value !== null) {
      if (next.depth > depth) return `nested deeper than ${depth}`
      for (const key in next.value) {
        length += key.length
        stack.push({ value: Reflect.get(next.value, key), depth: next.depth + 1 })
        if (stack.length > nodes) return `more than ${nodes} values`
      }
    }
    if (length > chars) return `more than ${chars} characters`
  }
  return undefined
}

/** JSON with the members of every object in order, so that equal values have equal texts. For bounded values. */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null"
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`
}
