/** What a lease is to the rest of the product, and what giving it back was worth. */
import type { DateTime, Duration, Redacted, Scope } from "effect"
import type { CredentialEndpoint } from "../config/AppConfig.ts"
import type { LeaseId } from "../core/Ids.ts"
import type { Moment } from "./Age.ts"

/** Who leases, and from where: two callers share a lease exactly when all of this is equal. */
export interface LeaseTarget {
  /** The agent or face that asks; `mcp`, `cli`, later an agent's name. Its leases are given back together. */
  readonly principal: string
  /** The account's alias, for people; not part of the identity of a lease. */
  readonly account: string | undefined
  readonly mount: string
  readonly endpoint: CredentialEndpoint
  readonly role: string
  readonly roleArn: string | undefined
  readonly namespace: string | undefined
  /** The configured TTL to ask for. */
  readonly ttl: Duration.Duration
}

/** Signing material. `sessionToken` is absent for IAM users. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted<string>
  readonly sessionToken: Redacted.Redacted<string> | undefined
}

/** `iam_user` keys die with their lease, `sts` sessions do not, `static` keys have no lease at all. */
export type CredentialKind = "sts" | "iam_user" | "static"

/** Credentials in use, with both ends: the lease's and AWS's own (which may be later). */
export interface ActiveLease {
  /** Ends when the lease is forgotten: whatever keeps a copy of the credentials lets go of it then. */
  readonly scope: Scope.Scope
  /** Absent when Vault gave none (static-creds; Vault 1.13.0). */
  readonly id: LeaseId | undefined
  readonly target: LeaseTarget
  readonly credentials: AwsCredentials
  readonly kind: CredentialKind
  /** The assumed identity, when Vault told it. */
  readonly arn: string | undefined
  readonly renewable: boolean
  readonly issuedAt: DateTime.Utc
  /** The same on both clocks: what counts when its age matters. */
  readonly issued: Moment
  /** When the lease ends, or a key without one is read anew: rotate by this. */
  readonly endsAt: DateTime.Utc
  /** When AWS stops honouring the credentials; absent for keys without an end of their own, and where nobody told it. */
  readonly awsEndsAt: DateTime.Utc | undefined
  /** What Vault granted, and what it warned of. */
  readonly granted: Duration.Duration
  readonly warnings: ReadonlyArray<string>
}

/** A lease without its credentials: all that may leave the lease floor for people. */
export type ShownLease = Omit<ActiveLease, "credentials" | "issued" | "scope">

/** A lease as it is shown. */
export interface LeaseStatus {
  readonly lease: ShownLease
  readonly remaining: Duration.Duration
  /** When it will be replaced or renewed by itself; absent when nothing will. */
  readonly nextRefreshAt: DateTime.Utc | undefined
  readonly inUse: boolean
}

/** What giving one lease back achieved. `ends`: when AWS access ends as far as Vault proved it. */
export interface Revocation {
  readonly lease: ShownLease
  readonly ends:
    | { readonly _tag: "now" }
    | { readonly _tag: "queued" }
    | { readonly _tag: "at"; readonly time: DateTime.Utc }
    | { readonly _tag: "unknown" }
  /** Whether Vault closed the lease; a refusal is told with the missing policy line. */
  readonly closedInVault: "yes" | "queued" | "refused" | "failed" | "no-lease"
  readonly message: string
}
