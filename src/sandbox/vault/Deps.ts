/** What the engines, login methods and system endpoints of one namespace of a Vault are built from. */
import type { AwsUpstream } from "./AwsUpstream.ts"
import type { Leases } from "./Leases.ts"
import type { VaultState } from "./State.ts"

export interface Deps {
  /** The Vault as the namespace sees it. */
  readonly state: VaultState
  readonly leases: Leases
  readonly upstream: AwsUpstream
  /** The views of all namespaces by their path; the root namespace's is empty. */
  readonly views: Map<string, VaultState>
}
