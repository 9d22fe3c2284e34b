/** The words of DynamoDB's expressions, and the paths and placeholders among them. */
import { Effect } from "effect"
import { AwsRefusal } from "./AwsCall.ts"
import type { AttributeValue, Item } from "./DynamoDbValue.ts"

/** A place in an item: `a.b[0]` is `["a", "b", 0]`. */
export type Path = readonly [string, ...ReadonlyArray<string | number>]

/** What `#name` and `:value` stand for. */
export interface Placeholders {
  readonly names: Readonly<Record<string, string>>
  readonly values: Item
}

/** An expression while it is read: its words and how far the reading came. */
export interface Tokens {
  /** `KeyConditionExpression`, `UpdateExpression`, …, for messages. */
  readonly kind: string
  readonly words: ReadonlyArray<string>
  readonly placeholders: Placeholders
  at: number
}

/** 400 ValidationException. */
export const invalid = (message: string): AwsRefusal =>
  new AwsRefusal({ status: 400, code: "ValidationException", message })

const WORD = /\s*(<>|<=|>=|[#:]?[A-Za-z0-9_]+|[=<>()[\],.+-])/y

/** Splits an expression into words. */
export const tokenize = (
  kind: string,
  expression: string,
  placeholders: Placeholders,
): Effect.Effect<Tokens, AwsRefusal> => {
  const words: Array<string> = []
  const text = expression.trimEnd()
  WORD.lastIndex = 0
  while (WORD.lastIndex < text.length) {
    const from = WORD.lastIndex
    const word = WORD.exec(text)?.[1]
    if (word === undefined) {
      return Effect.fail(invalid(`Invalid ${kind}: Syntax error; token: "${text.slice(from).trim().charAt(0)}"`))
    }
    words.push(word)
  }
  return words.length === 0
    ? Effect.fail(invalid(`Invalid ${kind}: The expression can not be empty;`))
    : Effect.succeed({ kind, words, placeholders, at: 0 })
}

/** The next word, in capitals (expressions do not depend on case); empty at the end. */
export const peek = (tokens: Tokens): string => (tokens.words[tokens.at] ?? "").toUpperCase()

/** Steps over the next word if it is this one. */
export const accept = (tokens: Tokens, word: string): boolean => {
  if (peek(tokens) !== word) return false
  tokens.at++
  return true
}

/** The refusal of the next word. */
export const syntaxError = (tokens: Tokens): AwsRefusal =>
  invalid(`Invalid ${tokens.kind}: Syntax error; token: "${tokens.words[tokens.at] ?? "<EOF>"}"`)

/** Steps over the next word, which must be this one. */
export const expectWord = (tokens: Tokens, word: string): Effect.Effect<void, AwsRefusal> =>
  accept(tokens, word) ? Effect.void : Effect.fail(syntaxError(tokens))

/** Nothing may follow. */
export const expectEnd = (tokens: Tokens): Effect.Effect<void, AwsRefusal> =>
  tokens.at >= tokens.words.length ? Effect.void : Effect.fail(syntaxError(tokens))

const readName = (tokens: Tokens): Effect.Effect<string, AwsRefusal> => {
  const word = tokens.words[tokens.at] ?? ""
  if (word.startsWith("#")) {
    const name = Object.hasOwn(tokens.placeholders.names, word) ? tokens.placeholders.names[word] : undefined
    if (name === undefined) {
      return Effect.fail(
        invalid(
          `Invalid ${tokens.kind}: An expression attribute name used in the document path is not defined; attribute name: ${word}`,
        ),
      )
    }
    tokens.at++
    return Effect.succeed(name)
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(word)) return Effect.fail(syntaxError(tokens))
  tokens.at++
  return Effect.succeed(word)
}

/** Reads a path. */
export const readPath = Effect.fnUntraced(function* (tokens: Tokens): Effect.fn.Return<Path, AwsRefusal> {
  const first = yield* readName(tokens)
  const rest: Array<string | number> = []
  for (;;) {
    if (accept(tokens, ".")) rest.push(yield* readName(tokens))
    else if (accept(tokens, "[")) {
      const index = tokens.words[tokens.at] ?? ""
      if (!/^\d{1,6}$/.test(index)) return yield* syntaxError(tokens)
      tokens.at++
      yield* expectWord(tokens, "]")
      rest.push(Number(index))
    } else return [first, ...rest]
  }
})

/** Reads `:value`; `undefined` when the next word is none. */
export const readValue = (tokens: Tokens): Effect.Effect<AttributeValue | undefined, AwsRefusal> => {
  const word = tokens.words[tokens.at] ?? ""
  if (!word.startsWith(":")) return Effect.undefined
  const value = Object.hasOwn(tokens.placeholders.values, word) ? tokens.placeholders.values[word] : undefined
  if (value === undefined) {
    return Effect.fail(
      invalid(
        `Invalid ${tokens.kind}: An expression attribute value used in expression is not defined; attribute value: ${word}`,
      ),
    )
  }
  tokens.at++
  return Effect.succeed(value)
}

/** The value at a path of an item, if there is one. */
export const valueAt = (item: Item, path: Path): AttributeValue | undefined => {
  const [first, ...rest] = path
  let value = Object.hasOwn(item, first) ? item[first] : undefined
  for (const step of rest) {
    if (value === undefined) return undefined
    if (typeof step === "number") value = "L" in value ? value.L[step] : undefined
    else value = "M" in value && Object.hasOwn(value.M, step) ? value.M[step] : undefined
  }
  return value
}
