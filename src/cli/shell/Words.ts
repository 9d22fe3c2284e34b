/**
 * Splits a typed line into words. Quotes hold blanks together, a word that begins with { or [ is JSON up to its end, and
 * a lone & separates tasks. Nothing is expanded: there is no shell behind it.
 */
import { Result } from "effect"

/** One word: its text without quotes, and where it begins and ends in the line. */
export interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The words of each task of the line. */
export type Parts = ReadonlyArray<ReadonlyArray<Word>>

const BLANK = /\s/

/** Where the JSON that begins at `from` ends: behind its last bracket; `undefined` when that is missing. */
const endOfJson = (line: string, from: number): number | undefined => {
  let depth = 0
  for (let i = from; i < line.length; i++) {
    const char = line[i]
    if (char === '"') {
      for (i++; i < line.length && line[i] !== '"'; i++) if (line[i] === "\\") i++
      if (i >= line.length) return undefined
    } else if (char === "{" || char === "[") depth++
    else if (char === "}" || char === "]") {
      depth--
      if (depth === 0) return i + 1
    }
  }
  return undefined
}

/** One word from `from` on, or what is not closed. */
const wordAt = (line: string, from: number): Result.Result<Word, string> => {
  let text = ""
  let at = from
  // JSON stands for itself: at the beginning of a word, or of the value behind its first =.
  let fresh = true
  let named = false
  while (at < line.length && !BLANK.test(line[at] ?? "")) {
    const char = line[at] ?? ""
    if (fresh && (char === "{" || char === "[")) {
      const end = endOfJson(line, at)
      if (end === undefined) return Result.fail(`a ${char} is not closed`)
      text += line.slice(at, end)
      at = end
      fresh = false
      continue
    }
    fresh = false
    if (char === '"' || char === "'") {
      const close = closing(line, at + 1, char)
      if (close === undefined) return Result.fail(`a ${char} is not closed`)
      const inner = line.slice(at + 1, close)
      text += char === '"' ? inner.replace(/\\(["\\])/g, "$1") : inner
      at = close + 1
      continue
    }
    if (char === "\\" && at + 1 < line.length) {
      text += line[at + 1]
      at += 2
      continue
    }
    text += char
    at++
    if (char === "=" && !named) {
      named = true
      fresh = true
    }
  }
  return Result.succeed({ text, start: from, end: at })
}

const closing = (line: string, from: number, quote: string): number | undefined => {
  for (let i = from; i < line.length; i++) {
    if (quote === '"' && line[i] === "\\") i++
    else if (line[i] === quote) return i
  }
  return undefined
}

/** The words of a line, or what is wrong with it. At least one part, which may be empty. */
export const wordsOf = (line: string): Result.Result<Parts, string> => {
  const parts: Array<Array<Word>> = [[]]
  let at = 0
  while (at < line.length) {
    if (BLANK.test(line[at] ?? "")) {
      at++
      continue
    }
    if (line[at] === "&" && (at + 1 === line.length || BLANK.test(line[at + 1] ?? ""))) {
      parts.push([])
      at++
      continue
    }
    const word = wordAt(line, at)
    if (Result.isFailure(word)) return Result.fail(word.failure)
    parts.at(-1)?.push(word.success)
    at = word.success.end
  }
  return Result.succeed(parts)
}
