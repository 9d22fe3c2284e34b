/**
 * What the parts of the Vault half hand to each other: an answer before it is put into Vault's envelope, and a refusal.
 * The envelope is the body every logical answer of Vault 1.14 has (`request_id`, `lease_id`, … `auth`).
 */
import { randomUUID } from "node:crypto"
import { Data, type Effect, type Schema } from "effect"
import type { WireResponse } from "../Wire.ts"

/** Any JSON value, and a JSON object. */
export type Json = Schema.Json
export type JsonRecord = Readonly<Record<string, Json>>

/** A refusal: the status and texts of `{"errors":[…]}`. `closed` ends the connection instead of answering. */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly status: number
  readonly errors: ReadonlyArray<string>
  readonly headers?: Readonly<Record<string, string>>
  readonly closed?: boolean
}> {}

/** A request that makes no sense to the part that was asked. */
export const bad = (text: string): Refusal => new Refusal({ status: 400, errors: [text] })

/** A missing token, or a dead or unknown one in the edition's words: the bare text. */
export const deadToken = (text = "permission denied"): Refusal => new Refusal({ status: 403, errors: [text] })

/** A live token without the right: Go's list of one error around the same text. */
export const denied = (): Refusal => refusedAs(403, "permission denied")

/** One error in the form Vault's router lists errors. */
export const refusedAs = (status: number, text: string): Refusal =>
  new Refusal({ status, errors: [`1 error occurred:\n\t* ${text}\n\n`] })

/** Nothing there: 404 with an empty list. */
export const absent = (): Refusal => new Refusal({ status: 404, errors: [] })

/** An engine could not do what a revoke or renew asked of it; `text` is what Vault prints about it. */
export class EngineFailure extends Data.TaggedError("EngineFailure")<{ readonly text: string }> {}

/** What an engine gives with credentials that must be leased. Times in seconds. */
export interface Secret {
  readonly ttl: number
  /** The engine's own maximum; 0: only the mount's counts. */
  readonly maxTtl: number
  readonly renewable: boolean
  /** Takes the credentials back; absent where revoking is nothing but forgetting (STS). */
  readonly revoke?: Effect.Effect<void, EngineFailure>
  /** The engine's ttl and maximum at the time of a renewal. */
  readonly renew?: Effect.Effect<{ readonly ttl: number; readonly maxTtl: number }>
}

/** The `auth` member of an answer to a login, a token creation or a token renewal. */
export type AuthBlock = JsonRecord

/** An answer before it is wrapped into the envelope. */
export interface Reply {
  /** Default 200. */
  readonly status?: number
  readonly data?: JsonRecord | null
  readonly warnings?: ReadonlyArray<string>
  readonly auth?: AuthBlock
  /** Set by an engine: the server registers the lease and fills in its id. */
  readonly secret?: Secret
  /** Filled in by the server, or by a lease renewal. */
  readonly lease?: { readonly id: string; readonly renewable: boolean; readonly seconds: number }
  /** The accessor told beside a wrapping token when the wrapped answer has one. */
  readonly wrappedAccessor?: string
}

/** The headers of every answer. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "application/json",
  "cache-control": "no-store",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
}

/** Vault's envelope around a reply; `more` are members of newer editions. */
export const envelope = (reply: Reply, more: JsonRecord = {}): JsonRecord => ({
  request_id: randomUUID(),
  lease_id: reply.lease?.id ?? "",
  renewable: reply.lease?.renewable ?? false,
  lease_duration: reply.lease?.seconds ?? 0,
  data: reply.data ?? null,
  wrap_info: null,
  warnings: reply.warnings === undefined || reply.warnings.length === 0 ? null : reply.warnings,
  auth: reply.auth ?? null,
  ...more,
})

/** An answer with a JSON body. */
export const jsonResponse = (
  status: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): WireResponse => ({
  status,
  headers: { ...HEADERS, ...headers },
  body: `${JSON.stringify(body)}\n`,
})

/** An answer without a body. */
export const emptyResponse = (status: number, headers: Readonly<Record<string, string>> = {}): WireResponse => ({
  status,
  headers: { ...HEADERS, ...headers },
  body: "",
})

/** A refusal on the wire. */
export const refusalResponse = (refusal: Refusal): WireResponse =>
  refusal.closed === true ? { closed: true } : jsonResponse(refusal.status, { errors: refusal.errors }, refusal.headers)
