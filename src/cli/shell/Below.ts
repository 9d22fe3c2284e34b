/** The lines that stand below everything that was said, until they are replaced. */
import { fit, widthOf } from "../Width.ts"

/** Where is written: a terminal. */
export interface Output {
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  readonly write: (text: string) => unknown
}

export interface Below {
  readonly drawn: () => ReadonlyArray<string>
  readonly draw: (lines: ReadonlyArray<string>) => void
  /** Words above them. */
  readonly above: (text: string) => void
  /** They are not there any more: the screen went on without them. */
  readonly forget: () => void
}

const columnsOf = ({ columns }: Output): number => columns || 80

/** Nothing is drawn yet. */
export const makeBelow = (output: Output): Below => {
  let drawn: ReadonlyArray<string> = []
  const erase = (): void => {
    if (drawn.length === 0) return
    // A terminal that became narrower has folded them since.
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columnsOf(output))), 0)
    output.write(`\r${rows > 1 ? `\u001b[${rows - 1}A` : ""}\u001b[J`)
  }
  const draw = (lines: ReadonlyArray<string>): void => {
    if (lines.length === 0 && drawn.length === 0) return
    erase()
    drawn = lines.map((line) => fit(line, Math.max(20, columnsOf(output) - 1)))
    output.write(drawn.join("\n"))
  }
  return {
    drawn: () => drawn,
    draw,
    above: (text) => {
      const lines = drawn
      draw([])
      output.write(`${text}\n`)
      draw(lines)
    },
    forget: () => {
      drawn = []
    },
  }
}
