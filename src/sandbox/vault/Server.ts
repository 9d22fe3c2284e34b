/**
 * The Vault half of the sandbox: a Vault in memory that speaks HTTP through a {@link WireHandler}, of 1.14.9 unless
 * another dialect is asked for. It begins initialised, unsealed and furnished like a development server. A request
 * passes, in this order: health and seal state, its namespace, quotas, the token and its policies, the engine; then its
 * secret is leased and its answer wrapped or sent.
 */
import { Clock, Effect, Fiber, FiberSet, Result, type Scope } from "effect"
import type { Dialect } from "../Dialect.ts"
import type { WireHandler, WireRequest, WireResponse } from "../Wire.ts"
import { aclOf, allows } from "./Acl.ts"
import { type AwsUpstream, httpUpstream } from "./AwsUpstream.ts"
import { dispatch, findRoute, type Operation, wouldCreate } from "./Backend.ts"
import { EDITIONS } from "./Edition.ts"
import { statusAnswer } from "./Health.ts"
import { makeLeases } from "./Leases.ts"
import { findMount } from "./Mounts.ts"
import { isOfTheToken, isRootOnly, resolveNamespace } from "./Namespaces.ts"
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
import { emptyState, type Mount, type Token, type VaultState } from "./State.ts"
import { furnish, furnishForDevelopment } from "./System.ts"
import { addToken, liveToken } from "./Tokens.ts"
import { ROOT_PATH } from "./TokenRoutes.ts"
import { unwrapped, wrapped } from "./Wrapping.ts"

/** What a sandbox or a test holds of a running Vault half. */
export interface VaultHalf {
  readonly handler: WireHandler
  /** What a node tells about itself and its cluster; `undefined` when the request is for something else. */
  readonly status: (request: WireRequest, standby: boolean) => Effect.Effect<WireResponse | undefined>
  /** Names the active node's address: this Vault is a cluster from then on. */
  readonly leadBy: (address: string) => Effect.Effect<void>
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

/** An index as Enterprise servers give: opaque to clients, who send it back. */
const indexOf = (writes: number): string => Buffer.from(`v1:${writes}:0`).toString("base64")

/** Counts a use; the last one leaves -1 for as long as it goes on. */
const countUse = (token: Token): void => {
  if (token.usesLeft > 0) token.usesLeft = token.usesLeft === 1 ? -1 : token.usesLeft - 1
}

/** Starts a Vault half whose fibers live in the scope. */
export const makeVaultHalf = Effect.fn("Sandbox.makeVaultHalf")(function* (options: {
  readonly rootToken: string
  /** `1.14` when absent. */
  readonly dialect?: Dialect
  /** Who answers for AWS; by default it is asked over HTTP. */
  readonly upstream?: AwsUpstream
  /** As an operator initialised it, and not as a development server begins. */
  readonly initialised?: boolean
}): Effect.fn.Return<VaultHalf, never, Scope.Scope> {
  const startedAt = yield* Clock.currentTimeMillis
  const edition = EDITIONS[options.dialect ?? "1.14"]
  const root = emptyState(startedAt, edition)
  const views = new Map([["", root]])
  const leases = yield* makeLeases(root)
  const upstream = options.upstream ?? (yield* httpUpstream)
  const quotas = makeQuotas()
  const deps = { state: root, leases, upstream, views }
  furnish(deps, quotas)
  if (options.initialised !== true) furnishForDevelopment(deps)
  addToken(
    root,
    {
      id: options.rootToken,
      policies: ["root"],
      type: "service",
      displayName: options.initialised === true ? "root" : "token",
      meta: null,
      path: options.initialised === true ? ROOT_PATH : "auth/token/create",
      renewable: false,
      ttl: 0,
    },
    startedAt,
  )
  let index = 1

  const finish = (request: VaultRequest, reply: Reply | undefined, now: number, mount: Mount): WireResponse => {
    if (reply === undefined) {
      const asks = request.operation === "read" || request.operation === "list"
      return asks ? refusalResponse(absent()) : emptyResponse(204)
    }
    const hasContent = reply.data !== undefined || reply.auth !== undefined || reply.lease !== undefined
    if (!hasContent) return emptyResponse(reply.status ?? 204)
    const more = edition.envelope(mount)
    if (request.wrapTtl > 0) return wrapped(mount.home, reply, request, now, more)
    const repeated = REPEATED.test(request.path) ? (reply.data ?? {}) : {}
    return jsonResponse(reply.status ?? 200, { ...repeated, ...envelope(reply, more) })
  }

  /** Leases what an engine gave. A token on its last use cannot hold a lease: the secret is taken back at once. */
  const leased = Effect.fnUntraced(function* (
    reply: Reply,
    token: Token | undefined,
    path: string,
    mount: Mount,
  ): Effect.fn.Return<Reply, Refusal> {
    const { secret } = reply
    if (secret === undefined || token === undefined) return reply
    if (token.usesLeft === -1) {
      yield* Effect.ignore(secret.revoke ?? Effect.void)
      return yield* bad(LAST_USE)
    }
    const lease = yield* leases.register(secret, token, mount, path)
    return { ...reply, ...lease, warnings: [...(lease.warnings ?? []), ...(reply.warnings ?? [])] }
  })

  const logical = Effect.fnUntraced(function* (
    state: VaultState,
    request: VaultRequest,
    token: Token | undefined,
    now: number,
  ): Effect.fn.Return<WireResponse, Refusal> {
    const mount = findMount(state, request.path)
    const below = request.path.slice(mount?.path.length ?? 0)
    const open = mount?.backend.open?.test(below) === true
    if (request.path === "sys/wrapping/unwrap" && request.operation === "update") {
      const answer = unwrapped(state, token !== undefined, request.token ?? "", request.sent)
      return answer instanceof Refusal ? yield* answer : answer
    }
    const found = mount === undefined ? undefined : findRoute(mount.backend, below)
    const creates = request.operation === "update" && found !== undefined && wouldCreate(found, token)
    const operation: Operation = creates ? "create" : request.operation
    if (!open) {
      if (token === undefined) return yield* deadToken(request.token === undefined ? undefined : edition.deadToken)
      countUse(token)
      const sudo = mount?.backend.sudo?.test(below) === true
      const { path, sent } = request
      if (!allows(aclOf(state, token), { operation, path, sent, sudo })) return yield* denied()
    }
    if (mount === undefined) {
      const text = `no handler for route ${JSON.stringify(request.path)}. route entry not found.`
      return yield* new Refusal({ status: 404, errors: [text] })
    }
    const { path, sent, tls } = request
    const reply = yield* dispatch({ operation, path, mount, sent, token, tls, now }, found)
    return finish(request, reply === undefined ? undefined : yield* leased(reply, token, path, mount), now, mount)
  })

  const answer = Effect.fnUntraced(function* (request: VaultRequest): Effect.fn.Return<WireResponse, Refusal> {
    const now = yield* Clock.currentTimeMillis
    const status = yield* statusAnswer(root, request, now, false)
    if (status !== undefined) return status
    if (root.server.sealed) return yield* new Refusal({ status: 503, errors: ["Vault is sealed"] })
    yield* leases.settle
    const { path, state } = yield* resolveNamespace(views, root, request.namespace, request.path)
    if (isRootOnly(state, path)) return yield* bad("operation only available in root namespace")
    const limits = yield* quotas.take(request.path, now)
    const token = request.token === undefined ? undefined : liveToken(root, request.token, now)
    const view = token !== undefined && isOfTheToken(path) ? token.home : state
    const response = yield* logical(view, { ...request, path }, token, now)
    if ("closed" in response) return response
    const headers = {
      ...response.headers,
      ...limits,
      ...(edition.indexed ? { "x-vault-index": indexOf(index++) } : {}),
    }
    return { ...response, headers }
  })

  const work = Effect.fnUntraced(function* (wire: WireRequest): Effect.fn.Return<WireResponse> {
    const request = readRequest(wire)
    if (Result.isFailure(request)) return request.failure
    const response = yield* Effect.catchTag(answer(request.success), "Refusal", (refusal) =>
      Effect.succeed(refusalResponse(refusal)),
    )
    const caller = root.tokens.get(request.success.token ?? "")
    if (caller?.usesLeft === -1) yield* leases.endToken(caller.id)
    yield* leases.wake
    return response
  })

  const status: VaultHalf["status"] = Effect.fnUntraced(function* (wire, standby) {
    const request = readRequest(wire)
    if (Result.isFailure(request)) return undefined
    return yield* statusAnswer(root, request.success, yield* Clock.currentTimeMillis, standby)
  })

  // A client that hangs up does not undo what Vault began: the lease it never hears of is made all the same.
  const fibers = yield* FiberSet.make<WireResponse>()
  const handler: WireHandler = (wire) => Effect.flatMap(FiberSet.run(fibers, work(wire)), Fiber.join)
  return {
    handler,
    status,
    leadBy: (address) => Effect.sync(() => void (root.server.leader = address)),
    liveLeases: Effect.map(leases.settle, () => root.leases.size),
    liveTokens: Effect.map(leases.settle, () => root.tokens.size - (root.tokens.has(options.rootToken) ? 1 : 0)),
    unsealKey: root.server.unsealKey,
  }
})
