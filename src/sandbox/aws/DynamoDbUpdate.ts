/**
 * Update expressions: SET, REMOVE, ADD and DELETE. All operands are read from the item as it was before the update.
 * Grammar: DynamoDB Developer Guide, "Update expressions".
 */
import { Effect } from "effect"
import type { AwsRefusal } from "./AwsCall.ts"
import { addDecimals, formatDecimal, negate, parseDecimal } from "./DynamoDbNumber.ts"
import {
  accept,
  expectWord,
  invalid,
  type Path,
  peek,
  type Placeholders,
  readPath,
  readValue,
  syntaxError,
  tokenize,
  type Tokens,
  valueAt,
} from "./DynamoDbTokens.ts"
import type { AttributeValue, Item } from "./DynamoDbValue.ts"

/** An updated item and the attributes (at the top level) that the expression names. */
interface Updated {
  readonly item: Item
  readonly touched: ReadonlySet<string>
}

const badPath = invalid("The document path provided in the update expression is invalid for update")
const badType = invalid("An operand in the update expression has an incorrect data type")

/** A copy of the value with `rest` of a path set, or removed where `next` is undefined. */
const setWithin = (
  value: AttributeValue | undefined,
  rest: ReadonlyArray<string | number>,
  next: AttributeValue | undefined,
): Effect.Effect<AttributeValue | undefined, AwsRefusal> => {
  const [step, ...deeper] = rest
  if (step === undefined) return Effect.succeed(next)
  if (typeof step === "string" && value !== undefined && "M" in value) {
    return Effect.map(setWithin(value.M[step], deeper, next), (member) => ({ M: withMember(value.M, step, member) }))
  }
  if (typeof step === "number" && value !== undefined && "L" in value) {
    const list = value.L
    return Effect.map(setWithin(list[step], deeper, next), (member) => {
      if (member === undefined) return { L: list.filter((_, index) => index !== step) }
      // Beyond the end DynamoDB appends.
      return { L: step >= list.length ? [...list, member] : list.with(step, member) }
    })
  }
  return next === undefined && deeper.length === 0 && value === undefined ? Effect.undefined : Effect.fail(badPath)
}

const withMember = (item: Item, name: string, value: AttributeValue | undefined): Item => {
  const { [name]: _, ...rest } = item
  return value === undefined ? rest : { ...rest, [name]: value }
}

const setAt = (item: Item, [first, ...rest]: Path, next: AttributeValue | undefined): Effect.Effect<Item, AwsRefusal> =>
  Effect.map(setWithin(item[first], rest, next), (value) => withMember(item, first, value))

const sum = (a: AttributeValue, b: AttributeValue, sign: "+" | "-"): Effect.Effect<AttributeValue, AwsRefusal> => {
  const left = "N" in a ? parseDecimal(a.N) : undefined
  const right = "N" in b ? parseDecimal(b.N) : undefined
  return left === undefined || right === undefined
    ? Effect.fail(badType)
    : Effect.succeed({ N: formatDecimal(addDecimals(left, sign === "+" ? right : negate(right))) })
}

const readOperand = (tokens: Tokens, before: Item): Effect.Effect<AttributeValue, AwsRefusal> =>
  Effect.gen(function* () {
    const value = yield* readValue(tokens)
    if (value !== undefined) return value
    const isCall = tokens.words[tokens.at + 1] === "("
    if (isCall && accept(tokens, "IF_NOT_EXISTS")) {
      yield* expectWord(tokens, "(")
      const held = valueAt(before, yield* readPath(tokens))
      yield* expectWord(tokens, ",")
      const fallback = yield* readOperand(tokens, before)
      yield* expectWord(tokens, ")")
      return held ?? fallback
    }
    if (isCall && accept(tokens, "LIST_APPEND")) {
      yield* expectWord(tokens, "(")
      const left = yield* readOperand(tokens, before)
      yield* expectWord(tokens, ",")
      const right = yield* readOperand(tokens, before)
      yield* expectWord(tokens, ")")
      return "L" in left && "L" in right ? { L: [...left.L, ...right.L] } : yield* badType
    }
    const held = valueAt(before, yield* readPath(tokens))
    return held ?? (yield* invalid("The provided expression refers to an attribute that does not exist in the item"))
  })

const readSum = Effect.fnUntraced(function* (
  tokens: Tokens,
  before: Item,
): Effect.fn.Return<AttributeValue, AwsRefusal> {
  const left = yield* readOperand(tokens, before)
  if (accept(tokens, "+")) return yield* sum(left, yield* readOperand(tokens, before), "+")
  if (accept(tokens, "-")) return yield* sum(left, yield* readOperand(tokens, before), "-")
  return left
})

const union = (held: ReadonlyArray<string>, more: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set([...held, ...more]),
]

/** ADD: a number onto a number (missing: 0), members into a set (missing: empty). */
const added = (held: AttributeValue | undefined, value: AttributeValue): Effect.Effect<AttributeValue, AwsRefusal> => {
  if ("N" in value) return sum(held ?? { N: "0" }, value, "+")
  if (held === undefined && ("SS" in value || "NS" in value || "BS" in value)) return Effect.succeed(value)
  if (held === undefined) return Effect.fail(badType)
  if ("SS" in value && "SS" in held) return Effect.succeed({ SS: union(held.SS, value.SS) })
  if ("BS" in value && "BS" in held) return Effect.succeed({ BS: union(held.BS, value.BS) })
  return "NS" in value && "NS" in held ? Effect.succeed({ NS: union(held.NS, value.NS) }) : Effect.fail(badType)
}

const without = (held: ReadonlyArray<string>, gone: ReadonlyArray<string>): ReadonlyArray<string> =>
  held.filter((member) => !gone.includes(member))

/** DELETE: members out of a set; an emptied set goes altogether. */
const deleted = (
  held: AttributeValue | undefined,
  value: AttributeValue,
): Effect.Effect<AttributeValue | undefined, AwsRefusal> => {
  if (held === undefined) return Effect.undefined
  let left: ReadonlyArray<string> | undefined
  if ("SS" in value && "SS" in held) left = without(held.SS, value.SS)
  else if ("NS" in value && "NS" in held) left = without(held.NS, value.NS)
  else if ("BS" in value && "BS" in held) left = without(held.BS, value.BS)
  if (left === undefined) return Effect.fail(badType)
  if (left.length === 0) return Effect.undefined
  return Effect.succeed("SS" in held ? { SS: left } : "NS" in held ? { NS: left } : { BS: left })
}

type Clause = (tokens: Tokens, path: Path, before: Item) => Effect.Effect<AttributeValue | undefined, AwsRefusal>

const argument = Effect.fnUntraced(function* (tokens: Tokens): Effect.fn.Return<AttributeValue, AwsRefusal> {
  return (yield* readValue(tokens)) ?? (yield* syntaxError(tokens))
})

const clauses: ReadonlyMap<string, Clause> = new Map<string, Clause>([
  [
    "SET",
    (tokens, _, before) =>
      Effect.andThen(
        expectWord(tokens, "="),
        Effect.suspend(() => readSum(tokens, before)),
      ),
  ],
  ["REMOVE", () => Effect.undefined],
  ["ADD", (tokens, path, before) => Effect.flatMap(argument(tokens), (value) => added(valueAt(before, path), value))],
  [
    "DELETE",
    (tokens, path, before) => Effect.flatMap(argument(tokens), (value) => deleted(valueAt(before, path), value)),
  ],
])

/** Applies an update expression to an item. */
export const applyUpdate = Effect.fnUntraced(function* (
  expression: string,
  placeholders: Placeholders,
  before: Item,
): Effect.fn.Return<Updated, AwsRefusal> {
  const tokens = yield* tokenize("UpdateExpression", expression, placeholders)
  const changes: Array<readonly [Path, AttributeValue | undefined]> = []
  while (tokens.at < tokens.words.length) {
    const clause = clauses.get(peek(tokens))
    if (clause === undefined) return yield* syntaxError(tokens)
    tokens.at++
    do {
      const path = yield* readPath(tokens)
      changes.push([path, yield* clause(tokens, path, before)])
    } while (accept(tokens, ","))
  }
  let item = before
  for (const [path, value] of changes) if (value !== undefined) item = yield* setAt(item, path, value)
  // List members go from the end, so that each index still means what it meant before the update.
  const removed = changes.flatMap(([path, value]) => (value === undefined ? [path] : []))
  for (const path of removed.sort((a, b) => Number(b.at(-1)) - Number(a.at(-1)) || 0)) {
    item = yield* setAt(item, path, undefined)
  }
  return { item, touched: new Set(changes.map(([path]) => path[0])) }
})
