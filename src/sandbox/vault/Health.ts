/**
 * The endpoints outside the envelope that answer without a token, most of them also while sealed: health, seal state,
 * leader, initialisation, sealing and unsealing.
 */
import { DateTime, Effect } from "effect"
import type { WireResponse } from "../Wire.ts"
import { bad, type JsonRecord, jsonResponse, refusalResponse } from "./Protocol.ts"
import type { VaultRequest } from "./Request.ts"
import type { VaultState } from "./State.ts"

const cluster = ({ server }: VaultState): JsonRecord =>
  server.sealed ? {} : { cluster_name: server.clusterName, cluster_id: server.clusterId }

/** The kinds of node that health tells apart: the status code, the parameter that changes it, the one that waives it. */
const KINDS = {
  active: { status: 200, code: "activecode", waiver: "" },
  sealed: { status: 503, code: "sealedcode", waiver: "" },
  standby: { status: 429, code: "standbycode", waiver: "standbyok" },
  performanceStandby: { status: 473, code: "performancestandbycode", waiver: "perfstandbyok" },
} as const

type Kind = keyof typeof KINDS

const healthStatus = (kind: Kind, query: VaultRequest["query"]): number => {
  const { code, status, waiver } = KINDS[kind]
  if (["true", "1"].includes(query.get(waiver) ?? "")) return healthStatus("active", query)
  const asked = Number(query.get(code) ?? "")
  return Number.isInteger(asked) && asked >= 100 && asked < 600 ? asked : status
}

const health = (state: VaultState, request: VaultRequest, now: number, standby: boolean): WireResponse => {
  const { edition, sealed } = state.server
  const waiting: Kind = edition.performanceStandby ? "performanceStandby" : "standby"
  const kind = sealed ? "sealed" : standby ? waiting : "active"
  const replication = sealed ? "unknown" : "disabled"
  return jsonResponse(healthStatus(kind, request.query), {
    initialized: true,
    sealed,
    standby: sealed || standby,
    performance_standby: kind === "performanceStandby",
    replication_performance_mode: replication,
    replication_dr_mode: replication,
    server_time_utc: Math.floor(now / 1000),
    version: edition.version,
    ...edition.health({ active: !standby, sealed }),
    ...cluster(state),
  })
}

const sealStatus = (state: VaultState): WireResponse =>
  jsonResponse(200, {
    type: "shamir",
    initialized: true,
    sealed: state.server.sealed,
    t: 1,
    n: 1,
    progress: 0,
    nonce: "",
    version: state.server.edition.version,
    build_date: "",
    migration: false,
    ...cluster(state),
    recovery_seal: false,
    storage_type: state.server.leader === undefined ? "inmem" : "raft",
  })

/** There is no log here that would grow: the recorded cluster's index stands. */
const RAFT_INDEX = 34

/** Where the nodes talk to each other: on the port above the one for clients. */
const clusterAddress = (leader: string): string => {
  const { hostname, port } = new URL(leader)
  return `https://${hostname}:${Number(port) + 1}`
}

const leader = ({ server }: VaultState, standby: boolean): WireResponse =>
  jsonResponse(200, {
    ha_enabled: server.leader !== undefined,
    is_self: server.leader !== undefined && !standby,
    active_time: DateTime.formatIso(DateTime.makeUnsafe(server.startedAt)),
    leader_address: server.leader ?? "",
    leader_cluster_address: server.leader === undefined ? "" : clusterAddress(server.leader),
    performance_standby: standby && server.edition.performanceStandby,
    performance_standby_last_remote_wal: 0,
    ...(server.leader === undefined ? {} : { raft_committed_index: RAFT_INDEX, raft_applied_index: RAFT_INDEX }),
  })

const unseal = (state: VaultState, key: unknown): WireResponse => {
  const given = typeof key === "string" ? key : ""
  if (given === "")
    return refusalResponse(bad("'key' must be specified in request body as JSON, or 'reset' set to true"))
  const bytes = Buffer.from(given, /^[0-9a-f]+$/i.test(given) && given.length >= 64 ? "hex" : "base64")
  if (bytes.length < 16) return refusalResponse(bad("invalid key: key is shorter than minimum 16 bytes"))
  if (!bytes.equals(Buffer.from(state.server.unsealKey, "base64")))
    return refusalResponse(bad("unseal failed, invalid key"))
  state.server.sealed = false
  return sealStatus(state)
}

/** The answer of one of these endpoints by a node; `undefined` when the request is for something else. */
export const statusAnswer = (
  state: VaultState,
  request: VaultRequest,
  now: number,
  standby: boolean,
): Effect.Effect<WireResponse | undefined> =>
  Effect.sync(() => {
    switch (`${request.operation} ${request.path}`) {
      case "read sys/health":
        return health(state, request, now, standby)
      case "read sys/seal-status":
        return sealStatus(state)
      case "read sys/leader":
        return state.server.sealed ? undefined : leader(state, standby)
      case "read sys/init":
        return jsonResponse(200, { initialized: true })
      case "update sys/init":
        return refusalResponse(bad("Vault is already initialized"))
      case "update sys/unseal":
        return unseal(state, request.sent["key"])
      default:
        return undefined
    }
  })
