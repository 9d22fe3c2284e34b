/**
 * From a request on the wire to a Vault request: version prefix, path, operation, parameters, token. What Vault's HTTP
 * layer refuses before anything else looks at the request is refused here.
 */
import { posix } from "node:path"
import { Option, Result, Schema } from "effect"
import { decodePath, queryPairs, type TlsPeer, type WireRequest, type WireResponse } from "../Wire.ts"
import type { Operation } from "./Backend.ts"
import { parseDuration } from "./Duration.ts"
import {
  absent,
  bad,
  emptyResponse,
  HEADERS,
  type Json,
  type JsonRecord,
  Refusal,
  refusalResponse,
} from "./Protocol.ts"

/** A request as the rest of the server reads it. */
export interface VaultRequest {
  readonly operation: Operation
  /** Without `/v1/`, decoded. */
  readonly path: string
  /** Body parameters, or query parameters of a read. */
  readonly sent: JsonRecord
  /** The query, for the endpoints outside the envelope (`sys/health?sealedcode=299`). */
  readonly query: ReadonlyMap<string, string>
  readonly token: string | undefined
  /** The namespace header as sent; empty: none. */
  readonly namespace: string
  readonly tls: TlsPeer | undefined
  /** Seconds of `X-Vault-Wrap-TTL`; 0: not wrapped. */
  readonly wrapTtl: number
}

const decodeBody = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json)))

const operationOf = (method: string, list: boolean): Operation | undefined => {
  switch (method) {
    case "GET":
    case "HEAD":
      return list ? "list" : "read"
    case "LIST":
      return "list"
    case "POST":
    case "PUT":
      return "update"
    case "PATCH":
      return "patch"
    case "DELETE":
      return "delete"
    default:
      return undefined
  }
}

/** Go's server answers a path that is not clean with the clean one, in HTML for a GET. */
const cleaned = (request: WireRequest, path: string): WireResponse | undefined => {
  const normal = posix.normalize(path)
  if (normal === path) return undefined
  const location = `${encodeURI(normal)}${request.query === "" ? "" : `?${request.query}`}`
  const moved = { ...HEADERS, "content-type": "text/html; charset=utf-8", location }
  return request.method === "GET"
    ? { status: 301, headers: moved, body: `<a href="${location}">Moved Permanently</a>.\n\n` }
    : emptyResponse(301, moved)
}

const tokenOf = (headers: Readonly<Record<string, string>>): string | undefined => {
  const own = headers["x-vault-token"]
  if (own !== undefined && own !== "") return own
  return /^Bearer +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1]
}

const queryOf = (query: string): { readonly sent: JsonRecord; readonly query: ReadonlyMap<string, string> } => {
  const sent: Record<string, Json> = {}
  for (const [name, value] of queryPairs(query.replaceAll("+", "%20"))) {
    const before = sent[name]
    sent[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return { sent, query: new Map(queryPairs(query)) }
}

const bodyOf = (request: WireRequest): Result.Result<JsonRecord, Refusal> => {
  const text = Buffer.from(request.body).toString("utf8")
  // Go decodes a JSON null into an empty map.
  if (text === "" || text.trim() === "null") return Result.succeed({})
  const decoded = decodeBody(text)
  return Option.isSome(decoded) ? Result.succeed(decoded.value) : Result.fail(bad("error parsing JSON"))
}

const MERGE_PATCH = "application/merge-patch+json"

/** Reads a request, or gives the answer that ends it. */
export const readRequest = (request: WireRequest): Result.Result<VaultRequest, WireResponse> => {
  const decoded = decodePath(request.path)
  const moved = cleaned(request, decoded)
  if (moved !== undefined) return Result.fail(moved)
  if (!decoded.startsWith("/v1/")) return Result.fail(refusalResponse(absent()))
  const { query, sent } = queryOf(request.query)
  const operation = operationOf(request.method, ["true", "1"].includes(query.get("list") ?? ""))
  if (operation === undefined) return Result.fail(refusalResponse(new Refusal({ status: 405, errors: [] })))
  const type = request.headers["content-type"] ?? ""
  if (operation === "patch" && type.split(";")[0]?.trim() !== MERGE_PATCH) {
    const text = `PATCH requires Content-Type of ${MERGE_PATCH}, provided ${type}`
    return Result.fail(refusalResponse(new Refusal({ status: 415, errors: [text] })))
  }
  const wrap = parseDuration(request.headers["x-vault-wrap-ttl"] ?? "")
  if (Result.isFailure(wrap))
    return Result.fail(refusalResponse(bad(`error parsing X-Vault-Wrap-TTL header: ${wrap.failure}`)))
  const body = operation === "update" || operation === "patch" ? bodyOf(request) : Result.succeed({})
  if (Result.isFailure(body)) return Result.fail(refusalResponse(body.failure))
  const below = decoded.slice("/v1/".length)
  return Result.succeed({
    operation,
    path: operation === "list" && !below.endsWith("/") ? `${below}/` : below,
    sent: operation === "read" || operation === "delete" ? sent : body.success,
    query,
    token: tokenOf(request.headers),
    namespace: request.headers["x-vault-namespace"] ?? "",
    tls: request.tls,
    wrapTtl: wrap.success,
  })
}
