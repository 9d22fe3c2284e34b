/** Bucket policies, as far as S3 itself looks at them: whether a document is one, and whether it is public. */
import { Option, Schema } from "effect"

const Statement = Schema.Struct({
  Effect: Schema.Literals(["Allow", "Deny"]),
  Principal: Schema.optionalKey(Schema.Union([Schema.String, Schema.Record(Schema.String, Schema.Unknown)])),
  Condition: Schema.optionalKey(Schema.Unknown),
})

const PolicyDocument = Schema.fromJsonString(
  Schema.Struct({
    Version: Schema.optionalKey(Schema.String),
    Statement: Schema.Union([Schema.Array(Statement), Statement]),
  }),
)

type Statement = typeof Statement.Type

const isEverybody = (principal: Statement["Principal"]): boolean => {
  if (principal === undefined || typeof principal === "string") return principal === "*"
  const named = principal["AWS"]
  return named === "*" || (Array.isArray(named) && named.includes("*"))
}

const statementsOf = (text: string): ReadonlyArray<Statement> | undefined =>
  Option.getOrUndefined(
    Option.map(Schema.decodeOption(PolicyDocument)(text), ({ Statement: statements }) =>
      "Effect" in statements ? [statements] : statements,
    ),
  )

/** Whether a text is a bucket policy: every statement allows or denies and names a principal. */
export const isPolicy = (text: string): boolean =>
  statementsOf(text)?.every((statement) => statement.Principal !== undefined) ?? false

/** Whether a policy lets everybody in without a condition. AWS also weighs conditions; here any condition counts as private. */
export const isPublicPolicy = (text: string): boolean =>
  (statementsOf(text) ?? []).some(
    (statement) =>
      statement.Effect === "Allow" && statement.Condition === undefined && isEverybody(statement.Principal),
  )
