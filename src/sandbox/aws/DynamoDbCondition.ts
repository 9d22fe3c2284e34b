/**
 * Conditions: ConditionExpression, FilterExpression and KeyConditionExpression share one grammar. Read into a tree once
 * per request, then asked of each item. Grammar: DynamoDB Developer Guide, "Condition and filter expressions".
 */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import {
  accept,
  expectEnd,
  expectWord,
  type Path,
  peek,
  type Placeholders,
  readPath,
  readValue,
  syntaxError,
  tokenize,
  type Tokens,
} from "./DynamoDbTokens.ts"
import type { AttributeValue } from "./DynamoDbValue.ts"

/** What stands on a side of a comparison. */
export type Operand =
  | { readonly _tag: "value"; readonly value: AttributeValue }
  | { readonly _tag: "path"; readonly path: Path }
  | { readonly _tag: "size"; readonly path: Path }

/** A comparison's sign. */
export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">="

/** The functions that are true or false. */
export type Predicate = "ATTRIBUTE_EXISTS" | "ATTRIBUTE_NOT_EXISTS" | "ATTRIBUTE_TYPE" | "BEGINS_WITH" | "CONTAINS"

/** A condition as a tree. */
export type Condition =
  | { readonly _tag: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly _tag: "not"; readonly inner: Condition }
  | { readonly _tag: "compare"; readonly left: Operand; readonly sign: Comparator; readonly right: Operand }
  | { readonly _tag: "between"; readonly operand: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly _tag: "in"; readonly operand: Operand; readonly among: ReadonlyArray<Operand> }
  | {
      readonly _tag: "predicate"
      readonly name: Predicate
      readonly path: Path
      readonly argument: Operand | undefined
    }

type Read<A> = Effect.Effect<A, AwsRefusal>

const comparators: ReadonlyArray<Comparator> = ["=", "<>", "<", "<=", ">", ">="]
const predicates: ReadonlyArray<Predicate> = [
  "ATTRIBUTE_EXISTS",
  "ATTRIBUTE_NOT_EXISTS",
  "ATTRIBUTE_TYPE",
  "BEGINS_WITH",
  "CONTAINS",
]

const isCall = (tokens: Tokens): boolean => tokens.words[tokens.at + 1] === "("

const readOperand = Effect.fnUntraced(function* (tokens: Tokens): Effect.fn.Return<Operand, AwsRefusal> {
  const value = yield* readValue(tokens)
  if (value !== undefined) return { _tag: "value", value }
  if (!isCall(tokens)) return { _tag: "path", path: yield* readPath(tokens) }
  yield* expectWord(tokens, "SIZE")
  yield* expectWord(tokens, "(")
  const path = yield* readPath(tokens)
  yield* expectWord(tokens, ")")
  return { _tag: "size", path }
})

const readPredicate = Effect.fnUntraced(function* (
  tokens: Tokens,
  name: Predicate,
): Effect.fn.Return<Condition, AwsRefusal> {
  tokens.at += 2
  const path = yield* readPath(tokens)
  const alone = name === "ATTRIBUTE_EXISTS" || name === "ATTRIBUTE_NOT_EXISTS"
  if (!alone) yield* expectWord(tokens, ",")
  const argument = alone ? undefined : yield* readOperand(tokens)
  yield* expectWord(tokens, ")")
  return { _tag: "predicate", name, path, argument }
})

const readComparison = Effect.fnUntraced(function* (tokens: Tokens): Effect.fn.Return<Condition, AwsRefusal> {
  const predicate = predicates.find((name) => name === peek(tokens))
  if (predicate !== undefined && isCall(tokens)) return yield* readPredicate(tokens, predicate)
  const left = yield* readOperand(tokens)
  if (accept(tokens, "BETWEEN")) {
    const low = yield* readOperand(tokens)
    yield* expectWord(tokens, "AND")
    return { _tag: "between", operand: left, low, high: yield* readOperand(tokens) }
  }
  if (accept(tokens, "IN")) {
    yield* expectWord(tokens, "(")
    const among = [yield* readOperand(tokens)]
    while (accept(tokens, ",")) among.push(yield* readOperand(tokens))
    yield* expectWord(tokens, ")")
    return { _tag: "in", operand: left, among }
  }
  const sign = comparators.find((sign) => sign === peek(tokens))
  if (sign === undefined) return yield* syntaxError(tokens)
  tokens.at++
  return { _tag: "compare", left, sign, right: yield* readOperand(tokens) }
})

/** Parentheses and NOTs deeper than this are refused, as DynamoDB bounds its expressions too. */
const MAX_DEPTH = 50

const readNot = (tokens: Tokens, depth: number): Read<Condition> =>
  Effect.gen(function* () {
    if (depth > MAX_DEPTH) return yield* syntaxError(tokens)
    if (accept(tokens, "NOT")) return { _tag: "not" as const, inner: yield* readNot(tokens, depth + 1) }
    if (!accept(tokens, "(")) return yield* readComparison(tokens)
    const inner = yield* readOr(tokens, depth + 1)
    yield* expectWord(tokens, ")")
    return inner
  })

const readAnd = Effect.fnUntraced(function* (tokens: Tokens, depth: number): Effect.fn.Return<Condition, AwsRefusal> {
  let left = yield* readNot(tokens, depth)
  while (accept(tokens, "AND")) left = { _tag: "and", left, right: yield* readNot(tokens, depth) }
  return left
})

const readOr = (tokens: Tokens, depth: number): Read<Condition> =>
  Effect.gen(function* () {
    let left = yield* readAnd(tokens, depth)
    while (accept(tokens, "OR")) left = { _tag: "or", left, right: yield* readAnd(tokens, depth) }
    return left
  })

/** Reads a condition. `kind` names the expression in refusals. */
export const parseCondition = Effect.fnUntraced(function* (
  kind: string,
  expression: string,
  placeholders: Placeholders,
): Effect.fn.Return<Condition, AwsRefusal> {
  const tokens = yield* tokenize(kind, expression, placeholders)
  const condition = yield* readOr(tokens, 0)
  yield* expectEnd(tokens)
  return condition
})
