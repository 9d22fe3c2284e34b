/**
 * A result for people: members as lines, lists of objects as tables that fit the width, or a block for each where they
 * cannot. What comes from outside may hold anything, so nothing that is not seen gets to the terminal.
 */
import { clip, printable } from "../../core/Text.ts"
import { listing } from "../Listing.ts"
import { GAP, styled, table, wrap } from "../Output.ts"
import { widthOf } from "../Width.ts"

type Row = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Row => typeof value === "object" && value !== null && !Array.isArray(value)
const isPlain = (value: unknown): value is string | number | boolean | null | undefined =>
  typeof value !== "object" || value === null

/** Widest name that plain members line up behind. */
const WIDEST = 22
/** Deepest object that is shown member by member, and longest text that is shown whole. */
const DEEPEST = 4
const LONGEST = 64 * 1024

/** Within one line. */
const inline = (value: unknown): string => {
  if (value === null || value === undefined) return "–"
  if (typeof value === "string") return printable(value).replace(/\s+/g, " ").trim()
  if (isPlain(value)) return String(value)
  if (Array.isArray(value)) return value.map(inline).join(", ")
  return Object.entries(value)
    .map(([name, member]) => `${printable(name)}=${inline(member)}`)
    .join(" ")
}

const clean = (text: string): string => clip(printable(text), LONGEST)

/** Columns that have something to show, in the order in which they are first met. */
const columnsOf = (rows: ReadonlyArray<Row>): ReadonlyArray<string> =>
  [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => rows.some((row) => inline(row[name]) !== ""))

const asTable = (rows: ReadonlyArray<Row>, width: number | undefined): string => {
  const columns = columnsOf(rows)
  const cells = rows.map((row) => columns.map((name) => inline(row[name])))
  return listing(columns.map(printable), cells, { width })
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, "  ")

/** A member of an object: on its own line, or below its name. */
const member = (name: string, value: unknown, width: number | undefined, depth: number): string => {
  const label = styled("dim", printable(name))
  const inner = width === undefined ? undefined : Math.max(20, width - 2)
  if (typeof value === "string" && value.includes("\n")) return `${label}\n${clean(value).replace(/\n$/, "")}`
  if (Array.isArray(value)) {
    if (value.length === 0) return `${label}  none`
    if (value.every(isObject)) return `${label} (${value.length})\n${indented(asTable(value, inner))}`
    const line = inline(value)
    return width === undefined || widthOf(line) + name.length + 2 <= width
      ? `${label}  ${line}`
      : `${label} (${value.length})\n${wrap(line, width, "  ")}`
  }
  if (isObject(value)) {
    if (Object.keys(value).length === 0) return `${label}  none`
    const line = inline(value)
    if (Object.values(value).every(isPlain) && widthOf(line) <= 60) return `${label}  ${line}`
    return depth >= DEEPEST ? `${label}  ${line}` : `${label}\n${indented(asMembers(value, inner, depth + 1))}`
  }
  const line = typeof value === "string" ? clean(value) : inline(value)
  return width === undefined || widthOf(line) + name.length + 2 <= width
    ? `${label}  ${line}`
    : `${label}\n${wrap(line, width, "  ")}`
}

/** One after the other; plain ones that stand together line up. */
const asMembers = (value: Row, width: number | undefined, depth: number): string => {
  const lines: Array<string> = []
  let plain: Array<ReadonlyArray<string>> = []
  const flush = (): void => {
    if (plain.length > 0)
      lines.push(table(plain, { paint: (cell, _row, column) => (column === 0 ? styled("dim", cell) : cell) }))
    plain = []
  }
  for (const [name, one] of Object.entries(value)) {
    const line = isPlain(one) && !(typeof one === "string" && one.includes("\n")) ? inline(one) : undefined
    const fits = width === undefined || (widthOf(name) <= WIDEST && widthOf(line ?? "") <= width - WIDEST - GAP)
    if (line !== undefined && fits) plain.push([printable(name), line])
    else {
      flush()
      lines.push(member(name, one, width, depth))
    }
  }
  flush()
  return lines.join("\n")
}

/** A result as text of lines that fit `width` cells, where one is given. */
export const shownResult = (value: Row, width: number | undefined): string => {
  const entries = Object.entries(value)
  const lists = entries.filter(([, one]) => Array.isArray(one) && one.length > 0 && one.every(isObject))
  const [only] = lists
  // Most tools answer with one list: it needs no name.
  if (only !== undefined && lists.length === 1 && entries.every(([name, one]) => name === only[0] || isPlain(one))) {
    const rest = Object.fromEntries(entries.filter(([name]) => name !== only[0]))
    const rows = asTable(only[1] as ReadonlyArray<Row>, width) // objects, by the line above
    return Object.keys(rest).length === 0 ? rows : `${rows}\n${asMembers(rest, width, 0)}`
  }
  return asMembers(value, width, 0)
}
