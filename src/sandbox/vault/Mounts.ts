/**
 * The mount table: adding and finding mounts, and how Vault describes one. Which engine stands behind a type is told by
 * the caller, so that this file knows none of them.
 */
import { randomUUID } from "node:crypto"
import type { Backend } from "./Backend.ts"
import type { Json, JsonRecord } from "./Protocol.ts"
import { type Mount, randomHex, type VaultState } from "./State.ts"

/** What a new mount is to be; see {@link Mount}. */
export interface MountPlan {
  readonly path: string
  readonly type: string
  readonly backend: Backend
  readonly description?: string
  readonly builtin?: boolean
  readonly local?: boolean
  readonly sealWrap?: boolean
  readonly options?: JsonRecord | null
  readonly config?: JsonRecord
  readonly defaultTtl?: number
  readonly maxTtl?: number
}

/** Adds a mount; the caller has checked that the path is free. */
export const addMount = (state: VaultState, plan: MountPlan): Mount => {
  const login = plan.path.startsWith("auth/")
  const mount: Mount = {
    path: plan.path,
    home: state,
    type: plan.type,
    accessor: `${login ? "auth_" : ""}${plan.type}_${randomHex()}`,
    uuid: randomUUID(),
    local: plan.local ?? false,
    sealWrap: plan.sealWrap ?? false,
    builtin: plan.builtin ?? false,
    pluginVersion: plan.type === "kv" ? "v0.15.0+builtin" : state.server.edition.pluginVersion,
    description: plan.description ?? "",
    defaultTtl: plan.defaultTtl ?? 0,
    maxTtl: plan.maxTtl ?? 0,
    options: plan.options === undefined ? {} : plan.options,
    config: { ...(login ? { token_type: "default-service" } : {}), ...plan.config },
    backend: plan.backend,
  }
  state.mounts.set(mount.path, mount)
  return mount
}

/** The mount a request path belongs to: the longest that it begins with. */
export const findMount = (state: VaultState, path: string): Mount | undefined =>
  [...state.mounts.values()]
    .filter((mount) => path.startsWith(mount.path) || `${path}/` === mount.path)
    .reduce<Mount | undefined>(
      (best, mount) => (best === undefined || mount.path.length > best.path.length ? mount : best),
      undefined,
    )

/** A mount as Vault shows it. */
export const mountInfo = (mount: Mount): JsonRecord => ({
  accessor: mount.accessor,
  config: {
    default_lease_ttl: mount.defaultTtl,
    force_no_cache: false,
    max_lease_ttl: mount.maxTtl,
    ...mount.config,
  },
  ...(mount.builtin ? {} : { deprecation_status: "supported" }),
  description: mount.description,
  external_entropy_access: false,
  local: mount.local,
  options: mount.options,
  plugin_version: "",
  running_plugin_version: mount.pluginVersion,
  running_sha256: "",
  seal_wrap: mount.sealWrap,
  type: mount.type,
  uuid: mount.uuid,
})

/** All engines (or all login methods, whose paths are shown without `auth/`) by path. */
export const mountsInfo = (mounts: Iterable<Mount>, login: boolean): JsonRecord => {
  const shown: Record<string, Json> = {}
  const sorted = [...mounts].sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const mount of sorted)
    if (mount.path.startsWith("auth/") === login)
      shown[login ? mount.path.slice("auth/".length) : mount.path] = mountInfo(mount)
  return shown
}
