/**
 * What a process still has to write when it ends. A pipe takes 64 KiB at once and `process.exit` drops the rest: the
 * result of a command would be cut short before a slow reader.
 */
import { redactShapes } from "../guard/Redactor.ts"

/** Words of unknown origin may end here: what has the shape of a secret does not pass. */
export const complain = (words: string): void => void process.stderr.write(`${redactShapes(words)}\n`)

/** Calls back when everything written has left the process or cannot; with the error of stdout, if it had one. */
export const whenWritten = (then: (lost: NodeJS.ErrnoException | undefined) => void): void => {
  process.stdout.write("", (lost) => {
    process.stderr.write("", () => then(lost ?? undefined))
  })
}
