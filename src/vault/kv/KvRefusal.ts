/** What Vault's refusals mean to those who asked a key-value engine. Pure. */
import { VaultError } from "../VaultError.ts"
import type { VaultReason } from "../VaultReason.ts"
import { KvCasMismatch, KvCasRequired, KvMountUnknown, KvOutcomeUnknown } from "./KvReason.ts"

/** What was asked, as far as the words about it need it. */
export interface KvAsked {
  readonly mount: string
  /** As messages name it. */
  readonly shown: string
  readonly writes: boolean
  readonly cas?: number | undefined
}

/** The same error in the terms of a key-value engine. */
export const kvError = ({ reason }: VaultError, asked: KvAsked): VaultError =>
  new VaultError({ reason: kvReason(reason, asked) })

const kvReason = (reason: VaultReason, { cas, mount, shown, writes }: KvAsked): VaultReason => {
  if (reason._tag === "MountUnknown") return new KvMountUnknown({ mount })
  if (!writes) return reason
  switch (reason._tag) {
    case "InvalidRequest":
      if (/^check-and-set parameter did not match/i.test(reason.text))
        return new KvCasMismatch({ path: shown, cas: cas ?? 0 })
      if (/^check-and-set parameter required/i.test(reason.text)) return new KvCasRequired({ path: shown })
      return reason
    case "Malformed":
      return new KvOutcomeUnknown({ path: shown, detail: "the answer was not one of Vault's" })
    case "OutcomeUnknown":
      return new KvOutcomeUnknown({ path: shown, detail: `no answer came (${reason.detail})` })
    case "Server":
      // Broken down somewhere, before or after it was stored.
      return reason.status >= 500
        ? new KvOutcomeUnknown({ path: shown, detail: `it broke down there (status ${reason.status})` })
        : reason
    default:
      return reason
  }
}
