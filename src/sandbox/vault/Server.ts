/**
 * The Vault half of the sandbox: a Vault 1.14.9 in memory that speaks HTTP through a {@link WireHandler}. It begins
 * initialised, unsealed and furnished like a development server. A request passes, in this order: health and seal state,
 * quotas, the token and its policies, the engine; then its secret is leased and its answer wrapped or sent.
 */
import { Clock, Effect, Fiber, FiberSet, Result, type Scope } from "effect"
import type { Dialect } from "../Dialect.ts"
import type { WireHandler, WireRequest, WireResponse } from "../Wire.ts"
import { aclOf, allows } from "./Acl.ts"
import { type AwsUpstream, httpUpstream } from "./AwsUpstream.ts"
import { dispatch, findRoute, type Operation, wouldCreate } from "./Backend.ts"
import { statusAnswer } from "./Health.ts"
import { makeLeases } from "./Leases.ts"
import { findMount } from "./Mounts.ts"
import {
  absent,
  bad,
  deadToken,
  denied,
  emptyResponse,
  envelope,
  jsonResponse,
  Refusal,
  refusalResponse,
  type Reply,
} from "./Protocol.ts"
import { makeQuotas } from "./Quotas.ts"
import { readRequest, type VaultRequest } from "./Request.ts"
import { emptyState, type Token } from "./State.ts"
import { furnish } from "./System.ts"
import { addToken, liveToken } from "./Tokens.ts"
import { unwrapped, wrapped } from "./Wrapping.ts"

/** What a sandbox or a test holds of a running Vault half. */
export interface VaultHalf {
  readonly handler: WireHandler
  /** Leases that still stand, those whose end is queued or has failed included. */
  readonly liveLeases: Effect.Effect<number>
  /** Tokens other than the root token; wrapping tokens do not count. */
  readonly liveTokens: Effect.Effect<number>
  /** The one key that `sys/unseal` takes, base64. */
  readonly unsealKey: string
}

/** Answers whose data Vault repeats at the top of the body, as it did before there was an envelope. */
const REPEATED =
  /^sys\/(?:auth|capabilities|capabilities-self|capabilities-accessor|mounts|policy|wrapping\/wrap)(?:\/|$)/

const LAST_USE = "Secret cannot be returned; token had one use left, so leased credentials were immediately revoked."

/** Counts a use; the last one leaves -1 for as long as it goes on. */
const countUse = (token: Token): void => {
  if (token.usesLeft > 0) token.usesLeft = token.usesLeft === 1 ? -1 : token.usesLeft - 1
}

/** Starts a Vault half whose fibers live in the scope. `upstream` answers for AWS; by default it is asked over HTTP. */
export const makeVaultHalf = Effect.fn("Sandbox.makeVaultHalf")(function* (options: {
  readonly rootToken: string
  readonly dialect?: Dialect
  readonly upstream?: AwsUpstream
}): Effect.fn.Return<VaultHalf, never, Scope.Scope> {
  const startedAt = yield* Clock.currentTimeMillis
  const state = emptyState(startedAt)
  const leases = yield* makeLeases(state)
  const upstream = options.upstream ?? (yield* httpUpstream)
  const quotas = makeQuotas()
  furnish({ state, leases, upstream }, quotas)
  addToken(
    state,
    {
      id: options.rootToken,
      policies: ["root"],
      type: "service",
      displayName: "token",
      meta: null,
      path: "auth/token/create",
      renewable: false,
      ttl: 0,
    },
    startedAt,
  )

  const finish = (request: VaultRequest, reply: Reply | undefined, now: number): WireResponse => {
    if (reply === undefined) {
      const asks = request.operation === "read" || request.operation === "list"
      return asks ? refusalResponse(absent()) : emptyResponse(204)
    }
    const hasContent = reply.data !== undefined || reply.auth !== undefined || reply.lease !== undefined
    if (!hasContent) return emptyResponse(reply.status ?? 204)
    if (request.wrapTtl > 0) return wrapped(state, reply, request.path, request.wrapTtl, now)
    const repeated = REPEATED.test(request.path) ? (reply.data ?? {}) : {}
    return jsonResponse(reply.status ?? 200, { ...repeated, ...envelope(reply) })
  }

  /** Leases what an engine gave. A token on its last use cannot hold a lease: the secret is taken back at once. */
  const leased = Effect.fnUntraced(function* (
    reply: Reply,
    token: Token | undefined,
    request: VaultRequest,
  ): Effect.fn.Return<Reply, Refusal> {
    const { secret } = reply
    const mount = findMount(state, request.path)
    if (secret === undefined || token === undefined || mount === undefined) return reply
    if (token.usesLeft === -1) {
      yield* Effect.ignore(secret.revoke ?? Effect.void)
      return yield* bad(LAST_USE)
    }
    const lease = yield* leases.register(secret, token, mount, request.path)
    return { ...reply, ...lease, warnings: [...(lease.warnings ?? []), ...(reply.warnings ?? [])] }
  })

  const authorised = (request: VaultRequest, operation: Operation, token: Token, sudo: boolean): boolean =>
    allows(aclOf(state, token.policies), { operation, path: request.path, sent: request.sent, sudo })

  const logical = Effect.fnUntraced(function* (
    request: VaultRequest,
    now: number,
  ): Effect.fn.Return<WireResponse, Refusal> {
    const token = request.token === undefined ? undefined : liveToken(state, request.token, now)
    const mount = findMount(state, request.path)
    const below = request.path.slice(mount?.path.length ?? 0)
    const open = mount?.backend.open?.test(below) === true
    if (request.path === "sys/wrapping/unwrap" && request.operation === "update") {
      const answer = unwrapped(state, token !== undefined, request.token ?? "", request.sent)
      return answer instanceof Refusal ? yield* answer : answer
    }
    const found = mount === undefined ? undefined : findRoute(mount.backend, below)
    const creates = request.operation === "update" && found !== undefined && wouldCreate(found, token)
    const operation = creates ? "create" : request.operation
    if (!open) {
      if (token === undefined) return yield* deadToken()
      countUse(token)
      if (!authorised(request, operation, token, mount?.backend.sudo?.test(below) === true)) return yield* denied()
    }
    if (mount === undefined) {
      const text = `no handler for route ${JSON.stringify(request.path)}. route entry not found.`
      return yield* new Refusal({ status: 404, errors: [text] })
    }
    const call = { operation, path: request.path, mount, sent: request.sent, token, now }
    const reply = yield* dispatch(call, found)
    return finish(request, reply === undefined ? undefined : yield* leased(reply, token, request), now)
  })

  const answer = Effect.fnUntraced(function* (request: VaultRequest): Effect.fn.Return<WireResponse, Refusal> {
    const now = yield* Clock.currentTimeMillis
    const status = yield* statusAnswer(state, request, now)
    if (status !== undefined) return status
    if (state.sealed) return yield* new Refusal({ status: 503, errors: ["Vault is sealed"] })
    yield* leases.settle
    const limits = yield* quotas.take(request.path, now)
    const response = yield* logical(request, now)
    return "closed" in response ? response : { ...response, headers: { ...response.headers, ...limits } }
  })

  const work = Effect.fnUntraced(function* (wire: WireRequest): Effect.fn.Return<WireResponse> {
    const request = readRequest(wire)
    if (Result.isFailure(request)) return request.failure
    const response = yield* Effect.catchTag(answer(request.success), "Refusal", (refusal) =>
      Effect.succeed(refusalResponse(refusal)),
    )
    const caller = state.tokens.get(request.success.token ?? "")
    if (caller?.usesLeft === -1) yield* leases.endToken(caller.id)
    yield* leases.wake
    return response
  })

  // A client that hangs up does not undo what Vault began: the lease it never hears of is made all the same.
  const fibers = yield* FiberSet.make<WireResponse>()
  const handler: WireHandler = (wire) => Effect.flatMap(FiberSet.run(fibers, work(wire)), Fiber.join)
  return {
    handler,
    liveLeases: Effect.map(leases.settle, () => state.leases.size),
    liveTokens: Effect.map(leases.settle, () => state.tokens.size - (state.tokens.has(options.rootToken) ? 1 : 0)),
    unsealKey: state.unsealKey,
  }
})
