/**
 * Decides by IAM policies. Pure. An action is allowed when every layer (the identity's own policies, a session policy,
 * a permissions boundary) has a statement that allows it and no layer has one that denies it.
 * Rules: IAM User Guide, "Policy evaluation logic".
 */
import { DateTime, Option } from "effect"
import type { Patterns, PolicyCondition, PolicyDocument, PolicyStatement } from "./PolicyDocument.ts"

/** What is asked, and what conditions and policy variables may look at (keys in lower case: `aws:username`). */
interface PolicyQuestion {
  readonly action: string
  readonly resource: string
  readonly context: Readonly<Record<string, string>>
}

/** The policies of one layer; together they allow or do not. */
export type PolicyLayer = ReadonlyArray<PolicyDocument>

/** `implicit-deny`: no statement of some layer allows it; `explicit-deny`: a statement forbids it. */
export type PolicyDecision = "allow" | "implicit-deny" | "explicit-deny"

/** Matches `*` (any run of characters) and `?` (one). */
export const wildcardMatches = (pattern: string, text: string): boolean => {
  // Greedy with one point to fall back to: linear in practice, unlike a backtracking expression of many stars.
  let at = 0
  let star = -1
  let resume = 0
  let index = 0
  while (index < text.length) {
    if (pattern[at] === "*") {
      star = at++
      resume = index
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[index])) {
      at++
      index++
    } else if (star >= 0) {
      at = star + 1
      index = ++resume
    } else return false
  }
  while (pattern[at] === "*") at++
  return at === pattern.length
}

/** `${aws:username}` and its like; a variable without a value makes the pattern match nothing. */
const substitute = (pattern: string, context: PolicyQuestion["context"]): string =>
  pattern.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    if (name === "*" || name === "?" || name === "$") return name
    return context[name.toLowerCase()] ?? "\u0000"
  })

const covers = (patterns: Patterns, matches: (pattern: string) => boolean): boolean =>
  patterns.patterns.some(matches) !== patterns.not

type Compare = (actual: string, wanted: string) => boolean

const millisOf = (text: string): number => {
  // IAM takes ISO 8601 and seconds since the epoch.
  if (/^\d+$/.test(text)) return Number(text) * 1000
  return Option.match(DateTime.make(text), { onNone: () => Number.NaN, onSome: DateTime.toEpochMillis })
}

const dates =
  (compare: (a: number, b: number) => boolean): Compare =>
  (actual, wanted) =>
    compare(millisOf(actual), millisOf(wanted))

const equal: Compare = (actual, wanted) => actual === wanted
const equalIgnoringCase: Compare = (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase()
const like: Compare = (actual, wanted) => wildcardMatches(wanted, actual)

/** Operators by name in lower case, without `Not` and `IfExists`, which are handled for all of them alike. */
const operators: Readonly<Record<string, Compare>> = {
  stringequals: equal,
  stringequalsignorecase: equalIgnoringCase,
  stringlike: like,
  arnequals: like,
  arnlike: like,
  bool: equalIgnoringCase,
  dateequals: dates((a, b) => a === b),
  datelessthan: dates((a, b) => a < b),
  datelessthanequals: dates((a, b) => a <= b),
  dategreaterthan: dates((a, b) => a > b),
  dategreaterthanequals: dates((a, b) => a >= b),
}

/** Whether a condition holds; `undefined` when the sandbox does not know the operator. */
const holds = (condition: PolicyCondition, context: PolicyQuestion["context"]): boolean | undefined => {
  const name = condition.operator.toLowerCase()
  const actual = context[condition.key]
  if (name === "null")
    return condition.values.some((value) => (value.toLowerCase() === "true") === (actual === undefined))
  const ifExists = name.endsWith("ifexists")
  const plain = ifExists ? name.slice(0, -"ifexists".length) : name
  const negated = /^(string|arn|date)not/.test(plain)
  const compare = operators[negated ? plain.replace("not", "") : plain]
  if (compare === undefined) return undefined
  if (actual === undefined) return ifExists || negated
  return condition.values.some((value) => compare(actual, substitute(value, context))) !== negated
}

const applies = (statement: PolicyStatement, question: PolicyQuestion): boolean => {
  const action = question.action.toLowerCase()
  return (
    covers(statement.actions, (pattern) => wildcardMatches(pattern.toLowerCase(), action)) &&
    covers(statement.resources, (pattern) =>
      wildcardMatches(substitute(pattern, question.context), question.resource),
    ) &&
    // An operator nobody knows must not open anything: it never helps an Allow and never spares a Deny.
    statement.conditions.every((condition) => holds(condition, question.context) ?? statement.effect === "Deny")
  )
}

/** Decides a question by all layers of a caller. No layers at all: nothing is allowed. */
export const decide = (layers: ReadonlyArray<PolicyLayer>, question: PolicyQuestion): PolicyDecision => {
  const applying = layers.map((layer) => layer.flat().filter((statement) => applies(statement, question)))
  if (applying.flat().some((statement) => statement.effect === "Deny")) return "explicit-deny"
  return applying.length > 0 && applying.every((statements) => statements.length > 0) ? "allow" : "implicit-deny"
}
