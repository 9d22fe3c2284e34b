/** A Vault node that is not the active one: sealed, a standby, or without a leader. Its status endpoints say so, too. */
import { Effect } from "effect"
import type { Trouble } from "../Faults.ts"
import { HEADERS, type JsonRecord, Refusal, refusalResponse } from "../vault/Protocol.ts"
import { queryPairs, type WireRequest, type WireResponse } from "../Wire.ts"
import { rewritten } from "./Rewrite.ts"

/** What a node says about itself. */
type Words = (record: JsonRecord, path: string) => JsonRecord

const STATUS = /^\/v1\/(sys\/(?:health|seal-status|leader|init|unseal))$/

/** The endpoints that a node answers by itself in any state, and that know no token and no quota. */
export const isStatus = (request: WireRequest): boolean => STATUS.test(request.path)

/** The status of `sys/health`: the usual one, or the one that the caller chose by this parameter. */
const healthCode = (request: WireRequest, parameter: string, usual: number): number => {
  const chosen = Number(new Map(queryPairs(request.query)).get(parameter))
  return Number.isInteger(chosen) && chosen >= 100 && chosen < 600 ? chosen : usual
}

/** A sealed node does not know its cluster, and calls itself a standby. */
const sealedWords: Words = (record, path) => {
  if (path === "sys/init") return record
  const { cluster_id: _, cluster_name: __, ...known } = record
  const unknown = { standby: true, replication_performance_mode: "unknown", replication_dr_mode: "unknown" }
  return { ...known, ...(path === "sys/health" ? unknown : {}), sealed: true }
}

/** Vault is sealed: 503 for everything but its status. */
export const seal: Trouble<"vault"> = {
  halves: ["vault"],
  does: ({ request, rest }) => {
    const path = STATUS.exec(request.path)?.[1]
    if (path === undefined || path === "sys/leader") {
      return Effect.succeed(refusalResponse(new Refusal({ status: 503, errors: ["Vault is sealed"] })))
    }
    const status = path === "sys/health" ? healthCode(request, "sealedcode", 503) : undefined
    return Effect.map(rest(request), (response) => rewritten(response, (record) => sealedWords(record, path), status))
  },
}

/** A node that waits for its turn: `leader` is whom it believes in, `answer` what it says to all other requests. */
const waiting = (leader: string, answer: (request: WireRequest) => WireResponse): Trouble<"vault"> => ({
  halves: ["vault"],
  does: ({ request, rest }) => {
    const path = STATUS.exec(request.path)?.[1]
    if (path === undefined) return Effect.sync(() => answer(request))
    if (path !== "sys/health" && path !== "sys/leader") return rest(request)
    const allowed = /(?:^|&)standbyok(?:=true)?(?:&|$)/.test(request.query)
    const status = path === "sys/health" ? healthCode(request, "standbycode", allowed ? 200 : 429) : undefined
    const words = path === "sys/health" ? { standby: true } : { ha_enabled: true, leader_address: leader }
    return Effect.map(rest(request), (response) => rewritten(response, (record) => ({ ...record, ...words }), status))
  },
})

/** A port where nobody listens, as that of a node that was killed. */
const NOBODY = "http://127.0.0.1:1"

/** A standby that sends clients to the active node; without an address, to one that is dead. */
export const standby = (active = NOBODY): Trouble<"vault"> =>
  waiting(active, ({ path, query }) => {
    const location = `${active}${path}${query === "" ? "" : `?${query}`}`
    const { "content-type": _, ...headers } = HEADERS
    return { status: 307, headers: { ...headers, location }, body: "" }
  })

/** A standby in an election: there is no active node. */
export const noLeader: Trouble<"vault"> = waiting("", () =>
  refusalResponse(new Refusal({ status: 503, errors: ["no active Vault instance found"] })),
)
