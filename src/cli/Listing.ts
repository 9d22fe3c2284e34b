/**
 * Rows under headings, in the cells there are: a table as long as that can be read, else a block of lines for each row.
 * Nothing is cut that there is room for, and nobody's place is: two regions look alike without their ends.
 */
import { GAP, styled, table, widest, wrap } from "./Output.ts"
import { fit, pad, widthOf } from "./Width.ts"

/** Columns that are never cut. */
const WHOLE = new Set(["account", "region"])
/** The least a column is cut to; the first one names the row, and has to be known again. */
const LEAST = 8
const LEAST_NAME = 24
/** A first column that is wider gives before all others. */
const WIDE_NAME = 60
/** Lines that one value of a block may take. */
const LINES = 4

/** How a listing is drawn. `width`: cells that it may take. `paint`: colours a cell under a heading. */
export interface ListingOptions {
  readonly width?: number | undefined
  readonly paint?: ((cell: string, column: number) => string) | undefined
}

/** The widths of columns that share `width` cells, or nothing when they cannot: the widest one gives, cell by cell. */
const shares = (
  heads: ReadonlyArray<string>,
  natural: ReadonlyArray<number>,
  width: number,
): ReadonlyArray<number> | undefined => {
  const widths = [...natural]
  const least = heads.map((head, i) => (WHOLE.has(head.toLowerCase()) ? Infinity : i === 0 ? LEAST_NAME : LEAST))
  const may = (i: number): boolean => (widths[i] ?? 0) > (least[i] ?? 0)
  let over = widths.reduce((sum, one) => sum + one, GAP * (widths.length - 1)) - width
  for (; over > 0; over--) {
    const others = [...widths.keys()].slice(1).filter(may)
    const [other] = others.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))
    const giving = other === undefined || (may(0) && (widths[0] ?? 0) > WIDE_NAME) ? 0 : other
    if (!may(giving)) return undefined
    widths[giving] = (widths[giving] ?? 0) - 1
  }
  return widths
}

/** Lines of at most `width` cells: folded at blanks, and within a word that is longer than a line. */
const lines = (text: string, width: number): ReadonlyArray<string> => {
  const all = wrap(text, width)
    .split("\n")
    .flatMap((line) => {
      const parts = [""]
      for (const character of line) {
        if (widthOf((parts.at(-1) ?? "") + character) > width) parts.push("")
        parts.push((parts.pop() ?? "") + character)
      }
      return parts
    })
  return all.length <= LINES ? all : [...all.slice(0, LINES - 1), fit(`${all[LINES - 1]}…`, width)]
}

/** A row as a block: a line for each column that has something. */
const block = (
  heads: ReadonlyArray<string>,
  row: ReadonlyArray<string>,
  width: number,
  paint: ListingOptions["paint"],
): string => {
  const given = row.flatMap((cell, i) => (i === 0 || (cell !== "" && cell !== "–") ? [{ cell, i }] : []))
  const most = Math.max(1, Math.floor(width / 2) - GAP)
  const column = Math.min(most, Math.max(...given.map(({ i }) => widthOf(heads[i] ?? ""))))
  return given
    .map(({ cell, i }) => {
      const label = styled("dim", pad(fit(heads[i] ?? "", column), column))
      const told = lines(cell, Math.max(1, width - column - GAP)).map((line) => paint?.(line, i) ?? line)
      return `${label}${" ".repeat(GAP)}${told.join(`\n${" ".repeat(column + GAP)}`)}`
    })
    .join("\n")
}

/** Rows under `heads`, which stand in small letters before the values of a block. */
export const listing = (
  heads: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  { paint, width }: ListingOptions = {},
): string => {
  const cells = [heads.map((head) => head.toUpperCase()), ...rows]
  const natural = widest(cells)
  const widths = width === undefined ? natural : shares(heads, natural, width)
  if (width !== undefined && widths === undefined)
    return rows.map((row) => block(heads, row, width, paint)).join("\n\n")
  return table(cells, {
    ...(widths === undefined ? {} : { widths }),
    paint: (cell, row, column) => (row === 0 ? styled("dim", cell) : (paint?.(cell, column) ?? cell)),
  })
}
