/** What the engines, login methods and system endpoints of one Vault are built from. */
import type { AwsUpstream } from "./AwsUpstream.ts"
import type { Leases } from "./Leases.ts"
import type { VaultState } from "./State.ts"

export interface Deps {
  readonly state: VaultState
  readonly leases: Leases
  readonly upstream: AwsUpstream
}
