/**
 * All that differs between the Vaults this half can answer as, in one place; what is not said here is the same in all of
 * them and was recorded from 1.14.9. The others are written after what their sources and documents say.
 */
import type { Dialect } from "../Dialect.ts"
import type { JsonRecord } from "./Protocol.ts"

/** One Vault's peculiarities. */
export interface Edition {
  readonly version: string
  /** The version of the plugins that come with it, as a mount shows it. */
  readonly pluginVersion: string
  /** What a request with a dead or unknown token is told. */
  readonly deadToken: string
  readonly tokenPrefix: { readonly service: string; readonly batch: string }
  /** Characters in the id of a namespace; absent: there are none and the header is ignored. */
  readonly namespaceIdLength?: number
  /** Members of `sys/namespaces` beside `id`, `path` and `custom_metadata`. */
  readonly namespaceMembers: (uuid: string) => JsonRecord
  /** Whether `sys/renew`, `sys/revoke` and their like still stand beside `sys/leases/…`. */
  readonly olderLeasePaths: boolean
  /** What looking a lease up tells beside the recorded members. */
  readonly leaseMembers: (lease: {
    readonly path: string
    readonly namespacePath: string
    readonly revokeError: string
  }) => JsonRecord
  /** Whether credentials of STS have a lease. */
  readonly stsLeased: boolean
  /** The names under which credentials hold their session token, by the role's type. */
  readonly sessionTokenNames: (credentialType: string) => ReadonlyArray<string>
  /** The types an AWS role may have. */
  readonly awsTypes: ReadonlySet<string>
  /** Members of an AWS role that came later, as they are when they were not set. */
  readonly awsRoleMembers: JsonRecord
  readonly awsStaticRoles: boolean
  /** Members of the envelope that tell which mount answered. */
  readonly envelope: (mount: { readonly type: string; readonly path: string }) => JsonRecord
  /** Members of `sys/health` that came later. */
  readonly health: (node: { readonly active: boolean; readonly sealed: boolean }) => JsonRecord
  /** Whether answers carry `X-Vault-Index`. */
  readonly indexed: boolean
  /** Whether a standby serves reads and shows itself as such (`performance_standby`, 473). */
  readonly performanceStandby: boolean
}

const OLD_TYPES = new Set(["iam_user", "assumed_role", "federation_token"])

const recorded: Edition = {
  version: "1.14.9",
  pluginVersion: "v1.14.9+builtin.vault",
  deadToken: "permission denied",
  tokenPrefix: { service: "hvs.", batch: "hvb." },
  namespaceMembers: () => ({}),
  olderLeasePaths: true,
  leaseMembers: () => ({}),
  stsLeased: true,
  sessionTokenNames: () => ["security_token"],
  awsTypes: OLD_TYPES,
  awsRoleMembers: {},
  awsStaticRoles: true,
  envelope: () => ({}),
  health: () => ({}),
  indexed: false,
  performanceStandby: false,
}

/** 1.13.0 and 1.13.1 gave STS credentials without a lease; static roles came with 1.14. */
const older: Edition = {
  ...recorded,
  version: "1.13.0",
  pluginVersion: "v1.13.0+builtin.vault",
  stsLeased: false,
  awsStaticRoles: false,
}

/** An Enterprise server: namespaces, indexes, performance standbys, and what the years since 1.14 added. */
const newer: Edition = {
  ...recorded,
  version: "1.21.1+ent",
  pluginVersion: "v1.21.1+builtin.vault",
  deadToken: "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n",
  namespaceIdLength: 5,
  // The newest type names its token only as AWS does; the others have both names.
  sessionTokenNames: (type) => (type === "session_token" ? ["session_token"] : ["security_token", "session_token"]),
  awsTypes: new Set([...OLD_TYPES, "session_token"]),
  awsRoleMembers: { external_id: "", mfa_serial_number: "", session_tags: null },
  envelope: ({ path, type }) => ({ mount_point: path, mount_type: type }),
  health: ({ active, sealed }) => ({
    enterprise: true,
    ...(active && !sealed ? { last_wal: 42 } : {}),
    license: { state: "autoloaded", expiry_time: "2099-12-31T23:59:59Z", terminated: false },
    echo_duration_ms: active ? 0 : 1,
    clock_skew_ms: 0,
    replication_primary_canary_age_ms: 0,
  }),
  indexed: true,
  performanceStandby: true,
}

/** OpenBao 2.6: without the lease paths of old, with namespaces in the open edition. */
const openbao: Edition = {
  ...recorded,
  version: "2.6.2",
  pluginVersion: "v2.6.2+builtin.bao",
  tokenPrefix: { service: "s.", batch: "b." },
  namespaceIdLength: 6,
  namespaceMembers: (uuid) => ({ locked: false, tainted: false, uuid }),
  olderLeasePaths: false,
  leaseMembers: ({ namespacePath, path, revokeError }) => ({
    namespace_path: namespacePath,
    path,
    revoke_error: revokeError,
  }),
}

/** The description of each dialect. */
export const EDITIONS: Readonly<Record<Dialect, Edition>> = {
  "1.14": recorded,
  "1.13": older,
  "1.21": newer,
  openbao,
}
