/** How every tool says that it could not: in words, with a stable code, and AWS's request id where there is one. */
import { Schema } from "effect"

export class ToolFailure extends Schema.TaggedError<ToolFailure>()("ToolFailure", {
  /** Stable, snake_case or AWS's own code: what a program may look at. */
  code: Schema.String,
  /** What failed, why, and what to do next. */
  what: Schema.String,
  requestId: Schema.optionalKey(Schema.String),
  /** A change may have happened all the same, or a part of it: it is not to be repeated unseen. */
  unsure: Schema.optionalKey(Schema.Boolean),
}) {
  override get message(): string {
    return this.what
  }
}

/** What the errors of all services have. */
interface ServiceFailure {
  readonly code: string
  readonly message: string
  readonly requestId?: string | undefined
  readonly unsure?: boolean | undefined
}

/** A service's error as a tool tells it. */
export const toolFailure = ({ code, message, requestId, unsure }: ServiceFailure): ToolFailure =>
  new ToolFailure({
    code,
    what: message,
    ...(requestId === undefined ? {} : { requestId }),
    ...(unsure === true ? { unsure } : {}),
  })

/** The text of a failed call: the words, then one line for programs. */
export const failureText = (failure: ToolFailure): string =>
  `${failure.what}\ncode=${failure.code}${failure.requestId === undefined ? "" : ` request_id=${failure.requestId}`}`
