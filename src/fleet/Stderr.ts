/** What a server writes to stderr, in whole lines and not without end: a secret must not be cut in two before it is taken out. */

/** Characters of a server's stderr that are told at all. */
const MOST = 256 * 1024
/** A line that is longer is not told. */
const LONGEST = 8 * 1024

/** Takes pieces and tells lines. */
export const makeStderr = (tell: (line: string) => void): ((chunk: Buffer) => void) => {
  let rest = ""
  let told = 0
  let skipping = false
  return (chunk) => {
    if (told >= MOST) return
    const lines = (rest + chunk.toString("utf8")).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) {
      if (skipping) skipping = false
      else if (line.trim() !== "" && line.length <= LONGEST) tell(line)
      told += line.length + 1
      if (told >= MOST) return tell("(no more of it is told)")
    }
    if (rest.length > LONGEST) {
      told += rest.length
      rest = ""
      skipping = true
    }
  }
}
