/**
 * `${…}` in a workflow's texts: what is referred to, and its value. A plain path (`steps.list.result.buckets[0].name`)
 * is walked; anything else is JMESPath, which is bounded in time. No code either way.
 */
import { Effect } from "effect"
import { parseQuery, type Query } from "../aws/api/Query.ts"
import { oneLine } from "../core/Text.ts"
import { type Path, pathsOf } from "./Roots.ts"
import { RunRefused } from "./WorkflowError.ts"

/** A text cut into what stands as it is and what is referred to. */
export type Piece = { readonly text: string } | { readonly expression: string }

const CLOSERS: Readonly<Record<string, string>> = { "'": "'", '"': '"', "`": "`" }

/** Where the brace that was opened before `from` closes; quoted braces do not count. -1: nowhere. */
const closing = (text: string, from: number): number => {
  let depth = 1
  let quote: string | undefined
  for (let i = from; i < text.length; i++) {
    const c = text[i] ?? ""
    if (quote !== undefined) {
      if (c === "\\") i++
      else if (c === quote) quote = undefined
    } else if (CLOSERS[c] !== undefined) quote = c
    else if (c === "{") depth++
    else if (c === "}" && --depth === 0) return i
  }
  return -1
}

/** Cuts a text; `undefined` when a brace is not closed. `$${` stands for `${`. */
export const pieces = (text: string): ReadonlyArray<Piece> | undefined => {
  const found: Array<Piece> = []
  let plain = ""
  for (let i = 0; i < text.length; i++) {
    if (text.startsWith("$${", i)) {
      plain += "${"
      i += 2
    } else if (text.startsWith("${", i)) {
      const end = closing(text, i + 2)
      if (end < 0) return undefined
      if (plain !== "") found.push({ text: plain })
      plain = ""
      found.push({ expression: text.slice(i + 2, end).trim() })
      i = end
    } else plain += text[i]
  }
  if (plain !== "") found.push({ text: plain })
  return found
}

const PLAIN = /^[A-Za-z_]\w*(?:\.[A-Za-z_][\w-]*|\[\d+\])*$/

/** The steps of a plain path; `undefined` when it is JMESPath. */
export const plainPath = (expression: string): ReadonlyArray<string> | undefined =>
  PLAIN.test(expression) ? expression.split(/[.[\]]+/).filter((part) => part !== "") : undefined

/** What an expression refers to: `steps.list` → `["steps", "list"]`. */
export const rootsOf = (expression: string): ReadonlyArray<Path> => {
  const path = plainPath(expression)
  return path === undefined ? pathsOf(expression) : [path]
}

/** Every expression in a value, however deep. An unclosed one is told as `undefined`. */
export const expressionsOf = (value: unknown): ReadonlyArray<string | undefined> => {
  if (typeof value === "string") {
    const cut = pieces(value)
    return cut === undefined ? [undefined] : cut.flatMap((one) => ("expression" in one ? [one.expression] : []))
  }
  if (typeof value !== "object" || value === null) return []
  return Object.values(value).flatMap(expressionsOf)
}

const walk = (path: ReadonlyArray<string>, data: unknown): unknown => {
  let at = data
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return null
    if (Array.isArray(at) && !/^\d+$/.test(part)) return null
    at = (at as Readonly<Record<string, unknown>>)[part] // an object that has it, by the line above
  }
  return at ?? null
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** Values of expressions over one run's data. Parsed expressions are kept: a run has as many as its file. */
export const makeReferences = () => {
  const parsed = new Map<string, Query>()

  const evaluate = Effect.fnUntraced(
    function* (expression: string, data: unknown) {
      const path = plainPath(expression)
      if (path !== undefined) return walk(path, data)
      const query = parsed.get(expression) ?? (yield* parseQuery(expression))
      parsed.set(expression, query)
      return yield* query.apply(data)
    },
    Effect.mapError(({ message }) => new RunRefused({ what: oneLine(message) })),
  )

  const fillText = Effect.fnUntraced(function* (text: string, data: unknown) {
    const cut = pieces(text) ?? [{ text }]
    const [only] = cut
    if (cut.length === 1 && only !== undefined && "expression" in only) return yield* evaluate(only.expression, data)
    let whole = ""
    for (const one of cut) {
      if ("text" in one) {
        whole += one.text
        continue
      }
      const value = yield* evaluate(one.expression, data)
      if (value === null || value === undefined)
        return yield* new RunRefused({ what: `\${${oneLine(one.expression, 100)}} has no value` })
      whole += shown(value)
    }
    return whole
  })

  /** The value with every reference replaced; a text that is one reference takes its type. */
  const fill = (value: unknown, data: unknown): Effect.Effect<unknown, RunRefused> => {
    if (typeof value === "string") return fillText(value, data)
    if (Array.isArray(value)) return Effect.forEach(value, (item) => fill(item, data))
    if (typeof value !== "object" || value === null) return Effect.succeed(value)
    return Effect.map(
      Effect.forEach(Object.entries(value), ([key, item]) =>
        Effect.map(fill(item, data), (filled) => [key, filled] as const),
      ),
      (entries) => Object.fromEntries(entries),
    )
  }

  return { evaluate, fill }
}
export type References = ReturnType<typeof makeReferences>

/** JMESPath's own idea of true. */
export const isTrue = (value: unknown): boolean => {
  if (value === null || value === undefined || value === false || value === "") return false
  if (typeof value !== "object") return true
  return Object.keys(value).length > 0
}
