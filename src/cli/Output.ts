/** Words and tables on stdout for the commands a person runs. Colours where a terminal has them, and nowhere else. */
import { DateTime, Effect } from "effect"
import { styleText } from "node:util"

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

/** Columns padded to their widest cell; the last one runs free. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths: Array<number> = []
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
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
