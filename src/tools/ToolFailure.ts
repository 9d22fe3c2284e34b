/** How every tool says that it could not: in words, with a stable code, and AWS's request id where there is one. */
import { Schema } from "effect"

export class ToolFailure extends Schema.TaggedError<ToolFailure>()("ToolFailure", {
  /** Stable, snake_case or AWS's own code: what a program may look at. */
  code: Schema.String,
  /** What failed, why, and what to do next. */
  what: Schema.String,
  requestId: Schema.optionalKey(Schema.String),
}) {
  override get message(): string {
    return this.what
  }
}

/** The text of a failed call: the words, then one line for programs. */
export const failureText = (failure: ToolFailure): string =>
  `${failure.what}\ncode=${failure.code}${failure.requestId === undefined ? "" : ` request_id=${failure.requestId}`}`
