/** Why a call to an AWS operation could not be made or understood, told so that the caller can mend it. */
import { Schema } from "effect"

/** One thing that is wrong with the parameters: where, and what would be right. It never holds the value itself. */
export const Issue = Schema.Struct({ path: Schema.String, problem: Schema.String })
export type Issue = typeof Issue.Type

/** No service of that name is on board. */
export class UnknownService extends Schema.TaggedError<UnknownService>()("UnknownService", {
  service: Schema.String,
  suggestion: Schema.optionalKey(Schema.String),
  known: Schema.Array(Schema.String),
}) {
  override get message(): string {
    const hint = this.suggestion === undefined ? "" : ` Did you mean ${this.suggestion}?`
    return `unknown AWS service "${this.service}".${hint} Known services: ${this.known.join(", ")}.`
  }
}

/** The service has no operation of that name. */
export class UnknownOperation extends Schema.TaggedError<UnknownOperation>()("UnknownOperation", {
  service: Schema.String,
  operation: Schema.String,
  suggestions: Schema.Array(Schema.String),
}) {
  override get message(): string {
    const hint =
      this.suggestions.length === 0
        ? "Search with aws_find_operation."
        : `Did you mean ${this.suggestions.join(" or ")}?`
    return `${this.service} has no operation "${this.operation}". ${hint}`
  }
}

/** The parameters do not fit AWS's model of the operation. All problems are told at once. */
export class InvalidParameters extends Schema.TaggedError<InvalidParameters>()("InvalidParameters", {
  service: Schema.String,
  operation: Schema.String,
  issues: Schema.Array(Issue),
}) {
  override get message(): string {
    const lines = this.issues.map(({ path, problem }) => `- ${path}: ${problem}`)
    return `invalid parameters for ${this.service} ${this.operation}, nothing was sent:\n${lines.join("\n")}`
  }
}

/** The cursor is not one of ours, or belongs to another call. */
export class BadCursor extends Schema.TaggedError<BadCursor>()("BadCursor", { problem: Schema.String }) {
  override get message(): string {
    return `the cursor cannot be used: ${this.problem}. Nothing was sent. Call again without a cursor to start over.`
  }
}

/** The JMESPath expression does not parse. */
export class BadQuery extends Schema.TaggedError<BadQuery>()("BadQuery", { problem: Schema.String }) {
  override get message(): string {
    return `the query is not valid JMESPath: ${this.problem}. Nothing was sent.`
  }
}

/** The package of a known service could not be loaded: an installation problem, not the caller's. */
export class LoadFailed extends Schema.TaggedError<LoadFailed>()("LoadFailed", {
  service: Schema.String,
  cause: Schema.Defect(),
}) {
  override get message(): string {
    return `the client for ${this.service} could not be loaded; the installation of this program may be incomplete.`
  }
}

/** AWS answered, but the connection broke while the body was read. The operation itself was carried out. */
export class BodyLost extends Schema.TaggedError<BodyLost>()("BodyLost", { cause: Schema.Defect() }) {
  override get message(): string {
    return "AWS accepted the call, but the connection broke while its answer was read."
  }
}

/** The error of everything in this folder. */
export class ApiError extends Schema.TaggedError<ApiError>()("ApiError", {
  reason: Schema.Union([
    UnknownService,
    UnknownOperation,
    InvalidParameters,
    BadCursor,
    BadQuery,
    LoadFailed,
    BodyLost,
  ]),
}) {
  override get message(): string {
    return this.reason.message
  }
}
