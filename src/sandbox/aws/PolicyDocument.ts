/** IAM policy documents: their JSON, read leniently where IAM is lenient (one value or a list of them). */
import { Option, Schema } from "effect"

const OneOrMany = Schema.Union([Schema.String, Schema.Array(Schema.String)])
const ConditionValue = Schema.Union([Schema.String, Schema.Boolean, Schema.Finite])

const StatementJson = Schema.Struct({
  Sid: Schema.optionalKey(Schema.String),
  Effect: Schema.Literals(["Allow", "Deny"]),
  Action: Schema.optionalKey(OneOrMany),
  NotAction: Schema.optionalKey(OneOrMany),
  Resource: Schema.optionalKey(OneOrMany),
  NotResource: Schema.optionalKey(OneOrMany),
  Condition: Schema.optionalKey(
    Schema.Record(
      Schema.String,
      Schema.Record(Schema.String, Schema.Union([ConditionValue, Schema.Array(ConditionValue)])),
    ),
  ),
})

const DocumentJson = Schema.fromJsonString(
  Schema.Struct({
    Version: Schema.optionalKey(Schema.Literals(["2012-10-17", "2008-10-17"])),
    Id: Schema.optionalKey(Schema.String),
    Statement: Schema.Union([StatementJson, Schema.Array(StatementJson)]),
  }),
)

/** One line of a condition block: the key's value is compared with each of `values` by `operator`. */
export interface PolicyCondition {
  /** As written: `DateLessThan`, `StringLikeIfExists`, … */
  readonly operator: string
  /** Lower case: condition keys do not depend on case. */
  readonly key: string
  readonly values: ReadonlyArray<string>
}

/** What a list of patterns covers: what matches one of them, or (`not`) what matches none. */
export interface Patterns {
  readonly not: boolean
  readonly patterns: ReadonlyArray<string>
}

/** A statement in one shape. */
export interface PolicyStatement {
  readonly effect: "Allow" | "Deny"
  readonly actions: Patterns
  readonly resources: Patterns
  readonly conditions: ReadonlyArray<PolicyCondition>
}

/** A policy: its statements, in any order (a Deny wins wherever it stands). */
export type PolicyDocument = ReadonlyArray<PolicyStatement>

const listOf = <A>(value: A | ReadonlyArray<A>): ReadonlyArray<A> =>
  // Array.isArray does not narrow a readonly array out of a generic union; what is no array is an A.
  Array.isArray(value) ? value : [value as A]

const patternsOf = (
  positive: string | ReadonlyArray<string> | undefined,
  negative: string | ReadonlyArray<string> | undefined,
): Patterns | undefined => {
  if ((positive === undefined) === (negative === undefined)) return undefined
  return positive === undefined
    ? { not: true, patterns: listOf(negative ?? []) }
    : { not: false, patterns: listOf(positive) }
}

const statementOf = (json: typeof StatementJson.Type): PolicyStatement | undefined => {
  const actions = patternsOf(json.Action, json.NotAction)
  const resources = patternsOf(json.Resource, json.NotResource)
  if (actions === undefined || resources === undefined) return undefined
  return {
    effect: json.Effect,
    actions,
    resources,
    conditions: Object.entries(json.Condition ?? {}).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        operator,
        key: key.toLowerCase(),
        values: listOf<string | boolean | number>(values).map(String),
      })),
    ),
  }
}

const decode = Schema.decodeUnknownOption(DocumentJson)

/**
 * Reads an identity-based policy. `undefined`: not JSON, or not a policy (IAM says MalformedPolicyDocument): each
 * statement needs an effect, exactly one of Action and NotAction, and exactly one of Resource and NotResource.
 */
export const parsePolicy = (json: string): PolicyDocument | undefined => {
  const document = Option.getOrUndefined(decode(json))
  if (document === undefined) return undefined
  const statements = listOf(document.Statement).map(statementOf)
  const good = statements.filter((statement) => statement !== undefined)
  return good.length === statements.length ? good : undefined
}

/** A policy of one statement without conditions, for the built-in ones. */
export const policyOf = (
  effect: "Allow" | "Deny",
  actions: ReadonlyArray<string>,
  resources: ReadonlyArray<string> = ["*"],
): PolicyDocument => [
  {
    effect,
    actions: { not: false, patterns: actions },
    resources: { not: false, patterns: resources },
    conditions: [],
  },
]
