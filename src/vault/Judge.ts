/** Decides what a complete HTTP answer is: Vault's answer, Vault's refusal, or somebody else's page. Pure. */
import { Predicate, Result } from "effect"
import { Standby, TlsFailed } from "./ReachReason.ts"
import { type Asked, type Refused, refusalOf } from "./Refusal.ts"
import { leaseIdIn } from "./AnswerJson.ts"
import { errorsOf, excerpt, type RawReply, retryAfterOf, warningsOf } from "./Reply.ts"
import { gatewayTrouble, type Trouble } from "./Trouble.ts"
import type { VaultAddress } from "./VaultAddress.ts"
import { Malformed, RateLimited } from "./VaultReason.ts"

/** An answer that is no error. `body` is the JSON, `undefined` for an empty one. */
export interface VaultReply {
  readonly status: number
  readonly body: unknown
  /** Of a call that leases: why the answer must not be used, and the lease in it where that can be told. */
  readonly unread?: { readonly what: string; readonly leaseId: string | undefined }
}

/** How the caller wants answers read. */
export interface Reading {
  readonly asked: Asked
  readonly address: VaultAddress
  /** Status codes above 299 that are answers to this call. */
  readonly answers: ReadonlyArray<number>
  /** Whether the answer may hold a lease, so that it is of use even where it cannot be read. */
  readonly leases: boolean
  /** Whether a standby's redirect may be followed. */
  readonly redirects: boolean
  /** Takes the token out of text that is going to be quoted. */
  readonly hide: (text: string) => string
}

/** Vault's answer, or what its absence means. */
export const judge = (reply: RawReply, reading: Reading): Result.Result<VaultReply, Refused> => {
  const errors = errorsOf(reply.json)
  if (isAnswer(reply, errors !== undefined, reading.answers)) {
    const fine = reply.problem === undefined && (reply.kind === "json" || reply.kind === "empty")
    if (fine) return Result.succeed({ status: reply.status, body: reply.json })
    return reading.leases ? Result.succeed(unread(reply, reading)) : Result.fail(malformed(reply, reading))
  }
  // Vault explains some 404s by a warning instead of an error (KV v2 read without `data/`).
  const texts = errors ?? (reply.status === 404 ? warningsOf(reply.json) : undefined)
  if (texts === undefined) return Result.fail(foreign(reply, reading))
  const answer = { status: reply.status, errors: texts.map(reading.hide), retryAfter: retryAfterOf(reply.headers) }
  return Result.fail(refusalOf(answer, reading.asked, reading.address.shown))
}

/** 2xx, the codes the caller named, and the 404 that KV v2 gives with the metadata of a deleted version. */
const isAnswer = (reply: RawReply, hasErrors: boolean, answers: ReadonlyArray<number>): boolean => {
  if (reply.status >= 200 && reply.status < 300) return true
  if (hasErrors || !Predicate.isObject(reply.json)) return false
  return answers.includes(reply.status) || (reply.status === 404 && Predicate.isObject(Reflect.get(reply.json, "data")))
}

/** An error that is not in Vault's form: a proxy, a load balancer, another program. */
const foreign = (reply: RawReply, reading: Reading): Trouble => {
  // The words of Go's TLS listener to a client that speaks plain HTTP.
  if (reply.status === 400 && reply.text.includes("HTTP request to an HTTPS server")) {
    const reason = new TlsFailed({
      address: reading.address.shown,
      problem: "plain-to-tls",
      detail: "the server said so",
    })
    return { reason, processed: "no", transient: false }
  }
  if (reply.status === 429) {
    const reason = new RateLimited({ text: "too many requests", ...retryAfter(reply) })
    return { reason, processed: "no", transient: true }
  }
  if (reply.status >= 500)
    return gatewayTrouble(reply.status, reply.kind === "empty" ? "" : reading.hide(excerpt(reply)))
  return malformed(reply, reading)
}

const retryAfter = (reply: RawReply) => {
  const span = retryAfterOf(reply.headers)
  return span === undefined ? {} : { retryAfter: span }
}

const malformed = (reply: RawReply, reading: Reading): Trouble => ({
  reason: new Malformed({ path: reading.asked.path, what: whatItIs(reply, reading) }),
  processed: "yes",
  transient: false,
})

const whatItIs = (reply: RawReply, { hide }: Reading): string => `status ${reply.status} with ${hide(excerpt(reply))}`

const unread = (reply: RawReply, reading: Reading): VaultReply => {
  const told = Predicate.hasProperty(reply.json, "lease_id") ? reply.json.lease_id : leaseIdIn(reply.text)
  const leaseId = typeof told === "string" ? told : undefined
  return { status: reply.status, body: undefined, unread: { what: whatItIs(reply, reading), leaseId } }
}

/**
 * Where a standby's 307 leads, when we may go there: the same scheme and the same host name (the port may differ, as
 * with two nodes on one machine). The token travels with the request, so any other place is refused.
 */
export const redirectTarget = (
  reply: RawReply,
  from: URL,
  { asked, address, redirects }: Reading,
): Result.Result<URL, Trouble> => {
  const location = reply.headers["location"] ?? ""
  if (location === "" || !URL.canParse(location, from.href)) {
    const reason = new Malformed({ path: asked.path, what: "a redirect that leads nowhere" })
    return Result.fail({ reason, processed: "no", transient: false })
  }
  const target = new URL(location, from)
  const refuse = (redirect: "host" | "downgrade" | "off") =>
    Result.fail({
      reason: new Standby({ address: address.shown, redirect, target: target.origin }),
      processed: "no" as const,
      transient: false,
    })
  if (from.protocol === "https:" && target.protocol === "http:") return refuse("downgrade")
  if (!redirects) return refuse("off")
  // Over a socket only its own listener can be reached.
  if (address.socket !== undefined) return refuse("host")
  if (target.protocol !== from.protocol || target.hostname !== from.hostname) return refuse("host")
  return target.username === "" && target.password === "" ? Result.succeed(target) : refuse("host")
}

/**
 * A redirect to a node that cannot be reached: a standby goes on naming an active node that was killed until another is
 * elected. What went wrong after the request was sent, or in the TLS there, stays what it is.
 */
export const targetGone = (trouble: Trouble, target: URL, { address }: Reading): Trouble =>
  trouble.processed === "no" && trouble.reason._tag === "Unreachable"
    ? {
        reason: new Standby({ address: address.shown, redirect: "gone", target: target.origin }),
        processed: "no",
        transient: true,
      }
    : trouble

/** A second redirect: two standbys that point at each other, as in an election. */
export const sentOnAgain = ({ address }: Reading): Trouble => ({
  reason: new Standby({ address: address.shown, redirect: "again" }),
  processed: "no",
  transient: true,
})
