/**
 * The endpoints outside the envelope that answer without a token, most of them also while sealed: health, seal state,
 * leader, initialisation, sealing and unsealing.
 */
import { DateTime, Effect } from "effect"
import type { WireResponse } from "../Wire.ts"
import { bad, type JsonRecord, jsonResponse, refusalResponse } from "./Protocol.ts"
import type { VaultRequest } from "./Request.ts"
import type { VaultState } from "./State.ts"

/** The version that this half answers as. */
export const VERSION = "1.14.9"

const cluster = (state: VaultState): JsonRecord =>
  state.sealed ? {} : { cluster_name: state.clusterName, cluster_id: state.clusterId }

const health = (state: VaultState, request: VaultRequest, now: number): WireResponse => {
  const replication = state.sealed ? "unknown" : "disabled"
  const asked = Number(request.query.get(state.sealed ? "sealedcode" : "activecode") ?? "")
  const status = Number.isInteger(asked) && asked >= 100 && asked < 600 ? asked : state.sealed ? 503 : 200
  return jsonResponse(status, {
    initialized: true,
    sealed: state.sealed,
    standby: state.sealed,
    performance_standby: false,
    replication_performance_mode: replication,
    replication_dr_mode: replication,
    server_time_utc: Math.floor(now / 1000),
    version: VERSION,
    ...cluster(state),
  })
}

const sealStatus = (state: VaultState): WireResponse =>
  jsonResponse(200, {
    type: "shamir",
    initialized: true,
    sealed: state.sealed,
    t: 1,
    n: 1,
    progress: 0,
    nonce: "",
    version: VERSION,
    build_date: "",
    migration: false,
    ...cluster(state),
    recovery_seal: false,
    storage_type: "inmem",
  })

const leader = (state: VaultState): WireResponse =>
  jsonResponse(200, {
    ha_enabled: false,
    is_self: false,
    active_time: DateTime.formatIso(DateTime.makeUnsafe(state.startedAt)),
    leader_address: "",
    leader_cluster_address: "",
    performance_standby: false,
    performance_standby_last_remote_wal: 0,
  })

const unseal = (state: VaultState, key: unknown): WireResponse => {
  const given = typeof key === "string" ? key : ""
  if (given === "")
    return refusalResponse(bad("'key' must be specified in request body as JSON, or 'reset' set to true"))
  const bytes = Buffer.from(given, /^[0-9a-f]+$/i.test(given) && given.length >= 64 ? "hex" : "base64")
  if (bytes.length < 16) return refusalResponse(bad("invalid key: key is shorter than minimum 16 bytes"))
  if (!bytes.equals(Buffer.from(state.unsealKey, "base64"))) return refusalResponse(bad("unseal failed, invalid key"))
  state.sealed = false
  return sealStatus(state)
}

/** The answer of one of these endpoints; `undefined` when the request is for something else. */
export const statusAnswer = (
  state: VaultState,
  request: VaultRequest,
  now: number,
): Effect.Effect<WireResponse | undefined> =>
  Effect.sync(() => {
    switch (`${request.operation} ${request.path}`) {
      case "read sys/health":
        return health(state, request, now)
      case "read sys/seal-status":
        return sealStatus(state)
      case "read sys/leader":
        return state.sealed ? undefined : leader(state)
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
