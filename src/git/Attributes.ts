/** What `.gitattributes` says of a path: of the innermost file the last line that speaks of an attribute decides. */
import { foldersOf } from "./PathRules.ts"
import { type Matcher, matcherOf } from "./Wildmatch.ts"

/** An attribute: set, unset, or set to a word. */
export type Attribute = boolean | string

export type Attributes = ReadonlyMap<string, Attribute | undefined>

export type AttributesOf = (path: string) => Attributes

interface Line {
  readonly matches: Matcher
  readonly says: ReadonlyArray<readonly [name: string, value: Attribute | undefined]>
}

type Macros = Map<string, Line["says"]>

/** Git's own macro. */
const BINARY: Line["says"] = [
  ["diff", false],
  ["merge", false],
  ["text", false],
]

/** `name`, `-name`, `!name` (as if nobody had said anything), `name=value`. */
const wordOf = (word: string): Line["says"][number] => {
  if (word.startsWith("-")) return [word.slice(1), false]
  if (word.startsWith("!")) return [word.slice(1), undefined]
  const at = word.indexOf("=")
  return at < 0 ? [word, true] : [word.slice(0, at), word.slice(at + 1)]
}

const linesOf = (text: string, ignorecase: boolean, macros: Macros): ReadonlyArray<Line> =>
  text.split(/\r?\n/).flatMap((raw): ReadonlyArray<Line> => {
    const line = raw.trim()
    if (line === "" || line.startsWith("#")) return []
    const quoted = /^"((?:[^"\\]|\\.)*)"\s*(.*)$/.exec(line)
    const plain = /^(\S+)\s*(.*)$/.exec(line)
    const pattern = quoted?.[1]?.replace(/\\(.)/g, "$1") ?? plain?.[1] ?? ""
    const words = (quoted?.[2] ?? plain?.[2] ?? "").split(/\s+/).filter((word) => word !== "")
    const says = words.map(wordOf)
    if (pattern.startsWith("[attr]")) {
      macros.set(pattern.slice(6), says)
      return []
    }
    return pattern.startsWith("!") || pattern.endsWith("/") ? [] : [{ matches: matcherOf(pattern, ignorecase), says }]
  })

/** The attributes by the files that `read` gives: by their paths, and `.git/info/attributes` as the empty one. */
export const attributesOver = (read: (path: string) => string | undefined, ignorecase: boolean): AttributesOf => {
  const macros: Macros = new Map([["binary", BINARY]])
  const files = new Map<string, ReadonlyArray<Line>>()
  const fileAt = (path: string): ReadonlyArray<Line> => {
    const known = files.get(path)
    if (known !== undefined) return known
    const text = read(path)
    const lines = text === undefined ? [] : linesOf(text, ignorecase, macros)
    files.set(path, lines)
    return lines
  }
  return (path) => {
    const found = new Map<string, Attribute | undefined>()
    const say = (says: Line["says"]) => {
      for (const [name, value] of says.toReversed()) {
        if (found.has(name)) continue
        found.set(name, value)
        // A macro counts where it is set, and only if nobody closer spoke of it.
        const macro = value === true ? macros.get(name) : undefined
        if (macro !== undefined) say(macro)
      }
    }
    const hear = (lines: ReadonlyArray<Line>, below: string) => {
      for (const { matches, says } of lines.toReversed())
        if (says.some(([name]) => !found.has(name)) && matches(below)) say(says)
    }
    // Read before any other: it may hold macros.
    const root = fileAt(".gitattributes")
    hear(fileAt(""), path)
    for (const folder of foldersOf(path).toReversed())
      hear(fileAt(`${folder}/.gitattributes`), path.slice(folder.length + 1))
    hear(root, path)
    return found
  }
}
