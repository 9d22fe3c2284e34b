/** The one error of this folder: why Vault did not do what was asked, as one of the reasons of VaultReason. */
import { Schema } from "effect"
import { VaultReason } from "./VaultReason.ts"

/** `reason` says what happened; `code` names it for programs, `message` for people. No field ever holds a secret. */
export class VaultError extends Schema.TaggedError<VaultError>()("VaultError", { reason: VaultReason }) {
  /** Stable: `vault_unreachable`, `vault_token_dead`, … */
  get code(): VaultReason["code"] {
    return this.reason.code
  }
  /** Whether something may have been changed or made all the same. */
  get unsure(): boolean {
    return this.reason._tag === "OutcomeUnknown" || this.reason._tag === "KvOutcomeUnknown"
  }
  override get message(): string {
    return this.reason.message
  }
}
