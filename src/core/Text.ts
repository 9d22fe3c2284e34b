/** Text that came from outside, made fit for a person or a model to read: bounded, without invisible characters. */

/**
 * Control, ANSI escape, bidirectional, zero-width and tag characters: they hide or reorder what is read. Tab and line
 * feed stay.
 */
const UNSEEN =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu

/** Removes characters that are not seen. */
export const printable = (text: string): string => text.replace(UNSEEN, "")

/** At most `max` characters; a cut is marked with how many were left out. Never cuts a surrogate pair. */
export const clip = (text: string, max: number): string => {
  if (text.length <= max) return text
  const end = /[\uD800-\uDBFF]/.test(text[max - 1] ?? "") ? max - 1 : max
  return `${text.slice(0, end)}… (${text.length - end} more characters)`
}

/** One line for an error message: printable, blanks folded, bounded. */
export const oneLine = (text: string, max = 400): string => clip(printable(text).replace(/\s+/g, " ").trim(), max)

/** The entry of `known` that is most like `word`, when it is near enough to be a slip of the hand. */
export const nearest = (word: string, known: Iterable<string>): string | undefined => {
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), least)
    if (distance < least) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** Levenshtein's distance, given up at `limit`. */
const editDistance = (a: string, b: string, limit: number): number => {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    if (Math.min(...next) >= limit) return limit
    row = next
  }
  return row[b.length] ?? limit
}
