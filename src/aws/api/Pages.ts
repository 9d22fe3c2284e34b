/**
 * Follows the pages of an operation and makes one answer of them. The items of an answer are the entries of all lists at
 * its top, in AWS's order; a listing may stop inside a page and goes on there.
 */
import { Effect } from "effect"
import type { ApiError } from "./ApiError.ts"
import type { Position } from "./Cursor.ts"
import { encode, encodeVerbatim } from "./Encode.ts"
import { jsonLength } from "./Fit.ts"
import { type Pagination, tokenAt } from "./Pagination.ts"
import { membersOf, type Operation } from "./ServiceModel.ts"

/** How far one call goes. */
export interface PageLimits {
  readonly items: number
  /** Characters of JSON of all items. A first item is taken whatever its size. */
  readonly size: number
  readonly pages: number
}

/** The answer of all pages that were read. */
export interface Pages {
  readonly value: Readonly<Record<string, unknown>>
  /** Where to go on; absent when everything was read. */
  readonly next?: Position
}

type Output = Readonly<Record<string, unknown>>

/** Sums over the pages; they say something only of whole pages. */
const COUNTERS = ["Count", "KeyCount", "ScannedCount"]

/** Reads pages from `start` on. `page` sends one request with the given token (JSON), or with none. */
export const readPages = Effect.fnUntraced(function* <E, R>(
  operation: Operation,
  pagination: Pagination,
  start: Position,
  limits: PageLimits,
  page: (token: unknown) => Effect.Effect<Output, ApiError | E, R>,
) {
  const lists = [...membersOf(operation.output)].flatMap(([name, member]) => (member.isListSchema() ? [name] : []))
  const state = { items: limits.items, size: limits.size, value: {} as Record<string, unknown>, taken: 0 }
  let partial = start.skip > 0
  let at: Position | undefined = start
  for (let pages = 0; at !== undefined && pages < limits.pages; pages++) {
    const output: Output = yield* page(at.token)
    // the output of an operation is a structure
    const stopped = merge(state, encode(operation.output, output) as Output, lists, at.skip)
    if (stopped !== undefined) {
      partial = true
      at = { ...at, skip: stopped }
      break
    }
    const token = nextToken(operation, pagination, output)
    // The same token again would read the same page for ever.
    at = token === undefined || sameToken(token, at.token) ? undefined : { token, skip: 0 }
    if (lists.length === 0 || state.items === 0) break
  }
  const { value } = state
  delete value[pagination.outputToken]
  if (partial) for (const counter of COUNTERS) delete value[counter]
  if (typeof value["IsTruncated"] === "boolean") value["IsTruncated"] = at !== undefined
  const result: Pages = { value, ...(at === undefined ? {} : { next: at }) }
  return result
})

interface Merge {
  readonly value: Record<string, unknown>
  items: number
  size: number
  taken: number
}

/** Adds a page; answers how many of its items are used up when it did not all fit. */
const merge = (state: Merge, page: Output, lists: ReadonlyArray<string>, skip: number): number | undefined => {
  for (const [name, value] of Object.entries(page)) {
    const before = state.value[name]
    if (COUNTERS.includes(name) && typeof value === "number" && typeof before === "number") {
      state.value[name] = before + value
    } else if (!lists.includes(name)) {
      state.value[name] = value
    }
  }
  let position = 0
  for (const name of lists) {
    const items = page[name]
    if (!Array.isArray(items)) continue
    const kept = (state.value[name] ??= []) as Array<unknown> // lists of the result are made here only
    for (const item of items) {
      if (position++ < skip) continue
      const size = jsonLength(item, state.size) + 1
      if (state.items === 0 || (size > state.size && state.taken > 0)) return position - 1
      kept.push(item)
      state.items -= 1
      state.size -= size
      state.taken += 1
    }
  }
  return undefined
}

/** The token of the following page as JSON, in a form that the input's schema takes back. */
const nextToken = (operation: Operation, { outputToken }: Pagination, output: Output): unknown => {
  const token = tokenAt(output, outputToken)
  if (token === undefined || token === null || token === "") return undefined
  const schema = schemaAt(operation, outputToken)
  return schema === undefined ? undefined : encodeVerbatim(schema, token)
}

const schemaAt = (operation: Operation, path: string) => {
  let schema: Operation["output"] | undefined = operation.output
  for (const step of path.split(".")) schema = schema === undefined ? undefined : membersOf(schema).get(step)
  return schema
}

const sameToken = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
