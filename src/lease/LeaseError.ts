/** Why there is no lease to work with. */
import { Schema } from "effect"

/** `code` is stable (`vault_unreachable`, `account_unknown`, …); `what` says what failed, why, and what to do next. */
export class LeaseError extends Schema.TaggedError<LeaseError>()("LeaseError", {
  code: Schema.String,
  what: Schema.String,
}) {
  override get message(): string {
    return this.what
  }
}
