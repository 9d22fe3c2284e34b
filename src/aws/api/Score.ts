/** How well an operation fits the words of a search. */

/** What an operation is found by. */
export interface Searchable {
  readonly name: ReadonlyArray<string>
  /** Words for its service. */
  readonly title: ReadonlyArray<string>
  /** A sentence. */
  readonly text: string
}

/** Words that say nothing of what is looked for. */
const EMPTY = new Set([
  "a",
  "am",
  "i",
  "is",
  "me",
  "all",
  "an",
  "and",
  "aws",
  "amazon",
  "for",
  "from",
  "how",
  "in",
  "my",
  "of",
  "on",
  "or",
  "the",
  "to",
  "with",
])

/** Everyday words and AWS's for the same; looked up after the plural's s is gone. */
const SAME: ReadonlyMap<string, string> = new Map(
  Object.entries({
    add: "create",
    call: "invoke",
    change: "update",
    destroy: "delete",
    edit: "update",
    fetch: "get",
    make: "create",
    modify: "update",
    new: "create",
    read: "get",
    remove: "delete",
    run: "invoke",
    show: "describe",
    tail: "filter",
    upload: "put",
    download: "get",
    write: "put",
  }),
)

/** `ListObjectsV2`, `list-objects` and `list the objects` in single lower-case words, without plural's s. */
export const wordsOf = (text: string): ReadonlyArray<string> =>
  text
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !EMPTY.has(word))
    .map(stem)

const stem = (word: string): string =>
  word.length > 4 && word.endsWith("ies") ? `${word.slice(0, -3)}y` : word.replace(/(?<=[^s]{3})s$/, "")

/** Points per word: most for the name, less for the service, least for the sentence. Nothing when no word is met. */
export const score = (asked: ReadonlyArray<string>, { name, text, title }: Searchable): number => {
  const sentence = new Set(wordsOf(text))
  let points = 0
  let met = 0
  let named = 0
  for (const word of asked) {
    const inName = wordIn(word, name)
    const most = Math.max(inName * 8, title.includes(word) ? 5 : 0, sentence.has(word) ? 2 : 0)
    points += most
    if (most > 0) met += 1
    if (inName > 0) named += 1
  }
  if (met === 0) return 0
  // All words met counts more than one met often; a name with little besides what was asked comes first.
  return (points * (met / asked.length) ** 2) / (1 + 0.08 * Math.max(0, name.length - named))
}

/** 1 for the word itself, less for one that means the same or begins the same. */
const wordIn = (word: string, name: ReadonlyArray<string>): number => {
  if (name.includes(word)) return 1
  const same = SAME.get(word)
  if (same !== undefined && name.includes(same)) return 0.7
  return word.length >= 4 && name.some((each) => each.startsWith(word)) ? 0.5 : 0
}
