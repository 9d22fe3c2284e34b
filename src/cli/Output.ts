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

/** Cells of a line of stdout; nothing where that is no terminal. */
export const columns = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined)

/** A time for people: RFC 3339 to the second. */
export const shownTime = (time: DateTime.Utc): string => DateTime.formatIso(time).replace(/\.\d+Z$/, "Z")

/** Blanks between columns. */
export const GAP = 2

/** How a table is drawn. `widths`: of its columns, else that of their widest cell. `paint`: colours a cell. */
export interface TableOptions {
  readonly widths?: ReadonlyArray<number>
  readonly paint?: ((cell: string, row: number, column: number) => string) | undefined
}

/** The width of each column's widest cell. */
export const widest = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<number> => {
  const widths: Array<number> = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))))
  return widths
}

/** Columns padded to their width, to which what is wider is cut with …; the last one is not padded. */
export const table = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  { paint, widths = widest(rows) }: TableOptions = {},
): string =>
  rows
    .map((row, r) => {
      const cells = row.map((cell, i) => {
        const cut = fit(cell, widths[i] ?? 0)
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

/** The least room that is worth folding text in. */
const ROOM = 20

/** Names and what they mean, which is folded beside them where there is room for that, else below. */
export const definitions = (rows: ReadonlyArray<readonly [name: string, says: string]>, width = 100): string => {
  const column = Math.max(0, ...rows.map(([name]) => widthOf(name))) + GAP
  return rows
    .map(([name, says]) =>
      (width < column + ROOM
        ? `${name}\n${wrap(says, width, "      ")}`
        : `${pad(name, column)}${wrap(says, width, " ".repeat(column)).trimStart()}`
      ).trimEnd(),
    )
    .join("\n")
}
