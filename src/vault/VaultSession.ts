/** The token a principal works with, and how its life may end. */
import type { Effect } from "effect"
import type { VaultToken } from "./VaultModel.ts"

/**
 * How a token of ours came to its end. `dead`: Vault said so, and has closed its leases · `retiring`: it will not live
 * longer than it does, and what hangs on it must move · `lapsed`: Vault did not answer for the rest of its life.
 */
export type Ended = "dead" | "retiring" | "lapsed"

/** The token a principal leases with, and whose it is. */
export interface VaultSession {
  readonly token: VaultToken
  /** Ours to renew and to revoke; the operator's own token is neither. */
  readonly owned: boolean
  /** Names the token in Vault's audit log; unknown when the token may not look itself up. */
  readonly accessor: string | undefined
  readonly warnings: ReadonlyArray<string>
  /** Completes when the token is over or about to be; never for the operator's own, which nobody here watches. */
  readonly ended: Effect.Effect<Ended>
}
