/**
 * Everything the Vault half remembers. The maps are mutable and are touched only between two yields of a fiber, so no
 * request ever sees half a change; what must happen in AWS goes on outside of them.
 * Times are milliseconds since the epoch on Effect's clock, lengths are seconds.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto"
import type { Backend } from "./Backend.ts"
import { type Edition, EDITIONS } from "./Edition.ts"
import type { Json, JsonRecord, Secret } from "./Protocol.ts"
import type { PolicyRule } from "./Policies.ts"

/** A token. `usesLeft` 0: as often as it likes; -1: its last use is going on. */
export interface Token {
  readonly id: string
  /** Empty for a batch token. */
  readonly accessor: string
  /** The namespace it belongs to: its policies are those of that name there. */
  readonly home: VaultState
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
  /** The request path that gave it. */
  readonly path: string
  readonly issuedAt: number
  expiresAt: number
  renewedAt: number | undefined
  readonly secret: Secret
  state: "live" | "revoking" | "irrevocable"
  /** Why the last attempt to end it failed; empty: none has. */
  revokeError: string
}

/** A mounted engine or login method. `path` ends in a slash; login methods begin with `auth/`. */
export interface Mount {
  readonly path: string
  /** The namespace whose mount it is. */
  readonly home: VaultState
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

/** A namespace. The root namespace has the id `root` and an empty path; other paths end in a slash. */
export interface Namespace {
  readonly id: string
  readonly uuid: string
  readonly path: string
  metadata: Readonly<Record<string, string>>
}

/** What is one for the whole server. */
interface ServerFacts {
  readonly edition: Edition
  readonly clusterName: string
  readonly clusterId: string
  readonly unsealKey: string
  readonly startedAt: number
  /** The active node's address; absent: a server on its own. */
  leader: string | undefined
  sealed: boolean
}

/** A Vault as one of its namespaces sees it: mounts and policies are the namespace's own, the rest is shared by all. */
export interface VaultState {
  readonly namespace: Namespace
  /** By path. */
  readonly mounts: Map<string, Mount>
  readonly policies: Map<string, Policy>
  readonly tokens: Map<string, Token>
  readonly leases: Map<string, Lease>
  /** By wrapping token. */
  readonly wrapped: Map<string, Wrapped>
  readonly server: ServerFacts
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
export const emptyState = (now: number, edition: Edition = EDITIONS["1.14"]): VaultState => ({
  namespace: { id: "root", uuid: "00000000-0000-0000-0000-000000000000", path: "", metadata: {} },
  mounts: new Map(),
  policies: new Map(),
  tokens: new Map(),
  leases: new Map(),
  wrapped: new Map(),
  server: {
    edition,
    clusterName: `vault-cluster-${randomHex()}`,
    clusterId: randomUUID(),
    unsealKey: randomBytes(32).toString("base64"),
    startedAt: now,
    leader: undefined,
    sealed: false,
  },
})

/** The view of a new, empty namespace of the same server. */
export const childState = (state: VaultState, path: string, idLength: number): VaultState => ({
  ...state,
  namespace: { id: randomText(idLength), uuid: randomUUID(), path, metadata: {} },
  mounts: new Map(),
  policies: new Map(),
})

/** Whether a namespace is the other one or lies below it. */
export const isWithin = (inner: VaultState, outer: VaultState): boolean =>
  inner.namespace.path.startsWith(outer.namespace.path)

/** Ids given outside of the root namespace end in the namespace's id. */
export const marked = (state: VaultState, id: string): string =>
  state.namespace.path === "" ? id : `${id}.${state.namespace.id}`
