/** Patterns in which a star stands for any text and nothing else is special: policies' values, bound names of logins. */

/** Whether a text is as the pattern says. Goes through the text once, however many stars there are. */
export const starMatches = (pattern: string, text: string): boolean => {
  const [first = "", ...rest] = pattern.split("*")
  const last = rest.pop()
  if (last === undefined) return pattern === text
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const hit = text.indexOf(part, at)
    if (hit < 0) return false
    at = hit + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Whether a text is as one of the patterns says. */
export const matchesAny = (patterns: ReadonlyArray<string>, text: string): boolean =>
  patterns.some((pattern) => starMatches(pattern, text))
