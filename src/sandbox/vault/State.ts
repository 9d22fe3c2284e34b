/**
 * Everything the Vault half remembers. The maps are mutable and are touched only between two yields of a fiber, so no
 * request ever sees half a change; what must happen in AWS goes on outside of them.
 * Times are milliseconds since the epoch on Effect's clock, lengths are seconds.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto"
import type { Backend } from "./Backend.ts"
import type { Json, JsonRecord, Secret } from "./Protocol.ts"
import type { PolicyRule } from "./Policies.ts"

/** A token. `usesLeft` 0: as often as it likes; -1: its last use is going on. */
export interface Token {
  readonly id: string
  /** Empty for a batch token. */
  readonly accessor: string
  readonly policies: ReadonlyArray<string>
  readonly type: "service" | "batch"
  /** The token it dies with. */
  parent: string | undefined
  orphan: boolean
  readonly displayName: string
  readonly meta: Readonly<Record<string, string>> | null
  /** The request path that made it (`auth/token/create`, `auth/approle/login`). */
  readonly path: string
  readonly entityId: string
  readonly renewable: boolean
  readonly issuedAt: number
  readonly creationTtl: number
  readonly explicitMaxTtl: number
  /** The login role's maximum; 0: only the system's counts. */
  readonly maxTtl: number
  /** 0: not periodic. */
  readonly period: number
  /** Absent: never ends (root). */
  expiresAt: number | undefined
  renewedAt: number | undefined
  usesLeft: number
}

/** A lease. `revoking`: its end is queued and may have failed already; `irrevocable`: Vault has given up. */
export interface Lease {
  readonly id: string
  /** The token whose end ends it (a batch token's leases hang on its parent). */
  readonly owner: string
  readonly fromBatch: boolean
  readonly mount: Mount
  readonly issuedAt: number
  expiresAt: number
  renewedAt: number | undefined
  readonly secret: Secret
  state: "live" | "revoking" | "irrevocable"
}

/** A mounted engine or login method. `path` ends in a slash; login methods begin with `auth/`. */
export interface Mount {
  readonly path: string
  readonly type: string
  readonly accessor: string
  readonly uuid: string
  readonly local: boolean
  readonly sealWrap: boolean
  /** Always there, cannot be unmounted; shown without a deprecation status. */
  readonly builtin: boolean
  readonly pluginVersion: string
  description: string
  /** 0: the system's. */
  defaultTtl: number
  maxTtl: number
  options: JsonRecord | null
  /** Further members of `config`, shown as they were given. */
  config: JsonRecord
  readonly backend: Backend
}

/** An answer kept behind a wrapping token. */
export interface Wrapped {
  readonly accessor: string
  readonly creationPath: string
  readonly createdAt: number
  readonly ttl: number
  /** The body the caller would have got. */
  readonly body: Json
}

/** A policy as written and as understood. */
export interface Policy {
  readonly text: string
  readonly rules: ReadonlyArray<PolicyRule>
}

/** The state of one Vault. */
export interface VaultState {
  readonly tokens: Map<string, Token>
  readonly leases: Map<string, Lease>
  /** By path. */
  readonly mounts: Map<string, Mount>
  readonly policies: Map<string, Policy>
  /** By wrapping token. */
  readonly wrapped: Map<string, Wrapped>
  readonly clusterName: string
  readonly clusterId: string
  readonly unsealKey: string
  readonly startedAt: number
  sealed: boolean
}

/** Vault's system maximum and default of a lease or token: 768 hours. */
export const SYSTEM_TTL = 768 * 3600

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/** Random letters and digits: ids, accessors, the tails of names. */
export const randomText = (length: number): string =>
  Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join("")

/** Eight random hexadecimal digits, as in mount accessors and the cluster's name. */
export const randomHex = (): string => randomBytes(4).toString("hex")

/** An empty Vault; mounts and policies are added by the server. */
export const emptyState = (now: number): VaultState => ({
  tokens: new Map(),
  leases: new Map(),
  mounts: new Map(),
  policies: new Map(),
  wrapped: new Map(),
  clusterName: `vault-cluster-${randomHex()}`,
  clusterId: randomUUID(),
  unsealKey: randomBytes(32).toString("base64"),
  startedAt: now,
  sealed: false,
})
