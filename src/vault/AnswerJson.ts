/**
 * Reads JSON more strictly than JSON.parse, which takes the last of two members of one name and any spelling of a
 * number: an answer that can be read in two ways is not acted on. Pure.
 */

/** What is wrong with JSON that parses; `undefined` when nothing is. The text has been parsed already. */
export const jsonProblem = (text: string): string | undefined => {
  /** The names met in each object that is open; `undefined` for an array. */
  const open: Array<Set<string> | undefined> = []
  let lastString = ""
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"': {
        const end = stringEnd(text, at)
        lastString = text.slice(at, end + 1)
        at = end
        break
      }
      case "{":
        open.push(new Set())
        break
      case "[":
        open.push(undefined)
        break
      case "}":
      case "]":
        open.pop()
        break
      case ":": {
        // In JSON that parses, a colon outside of strings ends a name.
        const name: unknown = JSON.parse(lastString)
        const names = open.at(-1)
        if (typeof name !== "string" || names === undefined) break
        if (names.has(name)) return "a name that stands twice in one object"
        names.add(name)
        if (name === "lease_duration" && /^\s*-?\d*[.eE]/.test(text.slice(at + 1, at + 40))) {
          return "a lease_duration that is not written as whole seconds"
        }
      }
    }
  }
  return undefined
}

/** Where the string that begins at `start` ends. */
const stringEnd = (text: string, start: number): number => {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1
  return at
}

/** The lease id in an answer that does not parse, or breaks off; none when it cannot be told. */
export const leaseIdIn = (text: string): string | undefined => /"lease_id"\s*:\s*"([^"\\]{1,1024})"/.exec(text)?.[1]
