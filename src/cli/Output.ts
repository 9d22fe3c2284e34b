/** Words and tables on stdout for the commands a person runs. Colours where a terminal has them, and nowhere else. */
import { DateTime, Effect } from "effect"
import { styleText } from "node:util"
import { fit, pad, widthOf } from "./Width.ts"

type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan"

/** Styled for stdout; plain on a pipe, with NO_COLOR, or where the terminal cannot. */
export const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout })

/** One line, or several, on stdout. */
export const print = (text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    process.stdout.write(`${text}\n`)
  })

/** One line on stderr: words beside the result. */
export const say = (text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    process.stderr.write(`${text}\n`)
  })

/** A time for people: RFC 3339 to the second. */
export const shownTime = (time: DateTime.Utc): string => DateTime.formatIso(time).replace(/\.\d+Z$/, "Z")

/** Blanks between columns, and the least a column is cut to. */
const GAP = 2
const LEAST = 6

/**
 * The widths of columns that share `width` cells: the widest one gives, cell by cell. The first names the row, and gives
 * when no other can.
 */
const shares = (natural: ReadonlyArray<number>, width: number): ReadonlyArray<number> => {
  const widths = [...natural]
  let over = widths.reduce((sum, one) => sum + one, GAP * (widths.length - 1)) - width
  for (; over > 0; over--) {
    const others = Math.max(0, ...widths.slice(1))
    const giving = others > LEAST ? widths.indexOf(others, 1) : 0
    const most = widths[giving] ?? 0
    if (most <= LEAST) break
    widths[giving] = most - 1
  }
  return widths
}

/** How a table is drawn. `width`: cells that it may take. `paint`: colours a cell that is already as wide as its column. */
export interface TableOptions {
  readonly width?: number | undefined
  readonly paint?: ((cell: string, row: number, column: number) => string) | undefined
}

/** Columns padded to their widest cell, which is cut with … where the table would be too wide; the last one runs free. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>, { paint, width }: TableOptions = {}): string => {
  const natural: Array<number> = []
  for (const row of rows) row.forEach((cell, i) => (natural[i] = Math.max(natural[i] ?? 0, widthOf(cell))))
  const widths = width === undefined ? natural : shares(natural, width)
  return rows
    .map((row, r) => {
      const cells = row.map((cell, i) => {
        const cut = width === undefined ? cell : fit(cell, widths[i] ?? 0)
        return i === row.length - 1 ? cut : pad(cut, widths[i] ?? 0)
      })
      // What trails goes before it is painted.
      while (cells.length > 0 && cells.at(-1)?.trim() === "") cells.pop()
      const last = cells.length - 1
      return cells
        .map((cell, i) => (i === last ? cell.trimEnd() : cell))
        .map((cell, i) => paint?.(cell, r, i) ?? cell)
        .join(" ".repeat(GAP))
    })
    .join("\n")
}

/** Text folded at blanks to lines of at most `width`, each after `indent`. */
export const wrap = (text: string, width = 100, indent = ""): string => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + word.length + 1 > width - indent.length) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line].map((each) => `${indent}${each}`).join("\n")
}

/** Each line folded to a width, where there is one; its indent stays. */
export const folded = (lines: ReadonlyArray<string>, width: number | undefined): string =>
  lines.map((line) => (width === undefined ? line : wrap(line.trim(), width, /^ */.exec(line)?.[0] ?? ""))).join("\n")

/** Names and what they mean, which is folded beside them where there is room for that. */
export const definitions = (rows: ReadonlyArray<readonly [name: string, says: string]>, width = 100): string => {
  const column = Math.max(0, ...rows.map(([name]) => widthOf(name))) + GAP
  return rows
    .map(
      ([name, says]) =>
        `${pad(name, column)}${wrap(says, Math.max(width, column + 20), " ".repeat(column)).trimStart()}`,
    )
    .join("\n")
}
