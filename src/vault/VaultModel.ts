/**
 * What Vault tells, once it has been understood. The wire shapes and how they become these are in VaultWire; nothing
 * here can be printed in clear, since every secret is `Redacted`.
 */
import type { DateTime, Duration, Redacted, Schema } from "effect"
import type { LeaseId } from "../core/Ids.ts"

/** A Vault token: the operator's, or one of ours. */
export type VaultToken = Redacted.Redacted<string>

/** The answer of `sys/health`, which carries its meaning in the status code. */
export interface VaultHealth {
  readonly state: "active" | "standby" | "performance-standby" | "dr-secondary" | "sealed" | "uninitialised"
  /** As Vault writes it (`1.14.9`, `1.21.1+ent`, OpenBao's `2.6.2`): for people, never to be compared. */
  readonly version: string | undefined
  /** Vault's own clock, in whole seconds: shows how far ours is off. */
  readonly serverTime: DateTime.Utc | undefined
  readonly clusterName: string | undefined
}

/** The answer of `sys/seal-status`. */
export interface SealStatus {
  readonly initialised: boolean
  readonly sealed: boolean
  /** `shamir`, `awskms`, … */
  readonly type: string
  /** Key shares needed and given so far. */
  readonly threshold: number
  readonly progress: number
  readonly version: string | undefined
}

/** What `auth/token/lookup-self` says of a token. */
export interface TokenInfo {
  /** Names the token without being able to act as it; absent for batch tokens. */
  readonly accessor: string | undefined
  readonly policies: ReadonlyArray<string>
  /** Time left; infinite for a token that never expires. */
  readonly ttl: Duration.Duration
  readonly renewable: boolean
  readonly type: "service" | "batch" | "other"
  /** Uses left when they are counted, else 0. A token with counted uses must not lease: see VaultAuth. */
  readonly numUses: number
  readonly isRoot: boolean
  readonly displayName: string
  readonly orphan: boolean
  /** The longest this token can be made to live by renewing; absent when only the mount's maximum limits it. */
  readonly explicitMaxTtl: Duration.Duration | undefined
}

/** What `renew-self` granted. */
export interface TokenRenewal {
  readonly accessor: string | undefined
  readonly policies: ReadonlyArray<string>
  readonly ttl: Duration.Duration
  readonly renewable: boolean
  readonly warnings: ReadonlyArray<string>
}

/** A token that Vault made for us. */
export interface TokenGrant extends TokenRenewal {
  readonly token: VaultToken
}

/** What a wrapping token held. */
export interface Unwrapped {
  /** A token with what is known of its life, as it was when it was wrapped. */
  readonly grant: TokenGrant | undefined
  /** That token, or one that was wrapped as mere data. */
  readonly token: VaultToken | undefined
  /** AppRole's. */
  readonly secretId: Redacted.Redacted<string> | undefined
}

/** What is asked of `auth/token/create`. */
export interface TokenRequest {
  /** Absent: the child inherits the parent's. */
  readonly policies?: ReadonlyArray<string> | undefined
  readonly ttl: Duration.Duration
  readonly displayName: string
  /** Shown in Vault's audit log and by a lookup of the accessor. */
  readonly meta: Readonly<Record<string, string>>
}

/** Which AWS credentials are asked for. Vault ignores `ttl` for iam_user roles. */
export interface CredentialRequest {
  /** One handler behind both; legacy roles answer on one of them alone. */
  readonly endpoint: "creds" | "sts"
  readonly mount: string
  readonly role: string
  readonly roleArn?: string | undefined
  readonly ttl?: Duration.Duration | undefined
  /** `role_session_name`; some policies forbid sending it. */
  readonly sessionName?: string | undefined
}

/** AWS credentials as Vault answered them, with or without a lease. */
export interface CredentialAnswer {
  /** Absent when Vault made no lease: static-creds, and STS credentials of Vault 1.13.0 and 1.13.1. */
  readonly leaseId: LeaseId | undefined
  readonly renewable: boolean
  /** The lease's; zero when there is none, which says nothing about when the credentials end. */
  readonly leaseDuration: Duration.Duration
  /** How long AWS honours STS credentials, which may be longer than the lease. */
  readonly credentialTtl: Duration.Duration | undefined
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted<string>
  /** Absent for IAM users. */
  readonly sessionToken: Redacted.Redacted<string> | undefined
  /** The assumed identity; only assumed_role tells it. */
  readonly arn: string | undefined
  readonly warnings: ReadonlyArray<string>
}

/** What a path of Vault holds. */
export interface PathContent {
  /** Of what was made for this request alone. */
  readonly leaseId: LeaseId | undefined
  readonly values: Redacted.Redacted<Readonly<Record<string, Schema.Json>>>
}

/** What `sys/leases/lookup` says of a lease. */
export interface LeaseInfo {
  readonly id: LeaseId
  readonly issueTime: DateTime.Utc | undefined
  readonly expireTime: DateTime.Utc | undefined
  readonly lastRenewal: DateTime.Utc | undefined
  readonly renewable: boolean
  /** Time left, never negative. */
  readonly ttl: Duration.Duration
  /** Vault tried to revoke it and could not: told by a negative ttl, or by OpenBao's `revoke_error`. */
  readonly revocationFailed: boolean
}

/** What `sys/leases/renew` granted; it never carries credentials. */
export interface LeaseRenewal {
  readonly renewable: boolean
  readonly leaseDuration: Duration.Duration
  readonly warnings: ReadonlyArray<string>
}

/** A role of the AWS engine, where policy lets us read it. */
export interface EngineRole {
  /** `assumed_role`, `iam_user`, `federation_token`, `session_token`; older versions name several. */
  readonly credentialType: string
  readonly roleArns: ReadonlyArray<string>
  /** Absent when the role leaves it to Vault (3600 s). */
  readonly defaultStsTtl: Duration.Duration | undefined
  readonly maxStsTtl: Duration.Duration | undefined
}

/** What is mounted at a path, as the token may see it. */
export interface MountInfo {
  /** `aws`, `kv`, … */
  readonly type: string
  /** Where the engine is mounted, as Vault writes it: `secret/`. */
  readonly path?: string
  /** `1` or `2` for KV. */
  readonly version: string | undefined
}
