/**
 * What a JMESPath refers to in the data that it is given: `steps.list.results`, `inputs.tag`, `item`. Fields of anything
 * else (of an element in a filter, of what came through a pipe) are not of it. Pure; by the grammar of jmespath.org.
 */
import { Option, Schema } from "effect"

/** Names that a path goes through, as far as they are names: `["steps", "list", "results"]`. */
export type Path = ReadonlyArray<string>

/** The whole of the data, which is asked for by `@`. */
export const WHOLE = "@"

const TOKEN =
  /\s*(?:(?<raw>'(?:\\.|[^'\\])*')|(?<literal>`(?:\\.|[^`\\])*`)|(?<quoted>"(?:\\.|[^"\\])*")|(?<name>[A-Za-z_]\w*)|(?<number>-?\d+)|(?<mark>\|\||&&|==|!=|<=|>=|\[\?|[|&!<>.,:@*()[\]{}]))/y

interface Token {
  readonly kind: "value" | "name" | "mark"
  readonly text: string
}

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.String))

/** The name that is quoted, which is a JSON text. */
const unquoted = (text: string): string => Option.getOrElse(decode(text), () => text)

/** As far as it can be read; what is no JMESPath is told by whoever parses it. */
const tokensOf = (expression: string): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  TOKEN.lastIndex = 0
  for (let found = TOKEN.exec(expression); found !== null; found = TOKEN.exec(expression)) {
    const { mark, name, quoted } = found.groups ?? {}
    if (name !== undefined) tokens.push({ kind: "name", text: name })
    else if (quoted !== undefined) tokens.push({ kind: "name", text: unquoted(quoted) })
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark })
    else tokens.push({ kind: "value", text: "" })
  }
  return tokens
}

/** What is between two brackets. `own`: whether names there are of the data, at its begin and now. */
interface Level {
  readonly began: boolean
  own: boolean
}

const OPERATORS = new Set(["||", "&&", "==", "!=", "<=", ">=", "<", ">", "!"])

/** Every path into the data, in the order of the text. */
export const pathsOf = (expression: string): ReadonlyArray<Path> => {
  const tokens = tokensOf(expression)
  const paths: Array<Array<string>> = []
  const levels: Array<Level> = [{ began: true, own: true }]
  /** `start`: an operand may begin; `dot`: a field of what is before; `after`: an operand has ended. */
  let at: "start" | "dot" | "after" = "start"
  /** The path that a dot would go on with. */
  let open: Array<string> | undefined
  const begin = (own: boolean): void => void levels.push({ began: own, own })
  for (const [i, { kind, text }] of tokens.entries()) {
    const level = levels.at(-1) ?? { began: false, own: false }
    const next = tokens[i + 1]
    const mark = kind === "mark" ? text : ""
    if (kind === "value") [at, open] = ["after", undefined]
    else if (kind === "name") {
      const key = next?.text === ":" && next.kind === "mark"
      const called = next?.text === "(" && next.kind === "mark"
      if (key || called) continue
      if (at === "dot") open?.push(text)
      else {
        open = level.own ? [text] : undefined
        if (open !== undefined) paths.push(open)
      }
      at = "after"
    } else if (mark === "@") {
      open = level.own ? [] : undefined
      if (open !== undefined) paths.push(open)
      at = "after"
    } else if (mark === ".") at = "dot"
    else if (mark === "|") [level.own, at, open] = [false, "start", undefined]
    else if (mark === "&") [level.own, at, open] = [false, "start", undefined]
    else if (mark === ",") [level.own, at, open] = [level.began, "start", undefined]
    else if (OPERATORS.has(mark) || mark === ":") [at, open] = ["start", undefined]
    else if (mark === "*") [at, open] = ["after", undefined]
    else if (mark === "[?") {
      // Names in a filter are of the elements.
      begin(false)
      ;[at, open] = ["start", undefined]
    } else if (mark === "(" || mark === "[" || mark === "{") {
      begin(at === "start" && level.own)
      ;[at, open] = ["start", undefined]
    } else {
      if (levels.length > 1) levels.pop()
      ;[at, open] = ["after", undefined]
    }
  }
  return paths.map((path) => (path.length === 0 ? [WHOLE] : path))
}
