/**
 * One request to Vault, from the token to the parsed answer: headers, one redirect within the host, bounds, time limit,
 * and the retries that are safe. What is asked and what it means stands in Vault.
 */
import { Clock, Context, Duration, Effect, Layer, Random, Redacted, Result } from "effect"
import { HttpClient } from "effect/http"
import { AppConfig } from "../config/AppConfig.ts"
import { showSpan } from "../core/Span.ts"
import { hideExtra } from "./ExtraHeaders.ts"
import { judge, type Reading, redirectTarget, sentOnAgain, type VaultReply } from "./Judge.ts"
import { throughProxy } from "./Proxy.ts"
import type { Refused } from "./Refusal.ts"
import { readReply } from "./Reply.ts"
import { atRecord, ServiceRecords } from "./ServiceRecords.ts"
import { TokenDead } from "./TokenReason.ts"
import { lost, type Trouble, troubleOf } from "./Trouble.ts"
import { apiUrl, parseAddress, type VaultAddress } from "./VaultAddress.ts"
import { finalReason, isSendable, mayRepeat, requestOf, type VaultCall } from "./VaultCall.ts"
import { VaultError } from "./VaultError.ts"
import type { VaultToken } from "./VaultModel.ts"
import type { VaultReason } from "./VaultReason.ts"

/** One attempt, and at most two more where that is safe. */
const ATTEMPTS = 3
/** Milliseconds before the second attempt; twice that before the third; each up to half longer by chance. */
const BACKOFF = 300

export class VaultHttp extends Context.Service<
  VaultHttp,
  {
    /** An answer that is no error, or why there is none, within the configured time limit. */
    readonly request: (token: VaultToken | undefined, call: VaultCall) => Effect.Effect<VaultReply, VaultError>
  }
>()("vault-aws-mcp/vault/VaultHttp") {
  static readonly layer = Layer.effect(
    VaultHttp,
    Effect.gen(function* () {
      const { vault } = yield* AppConfig
      const http = yield* HttpClient.HttpClient
      const records = yield* ServiceRecords
      const limit = Duration.toMillis(vault.timeout)

      const shownAt = (url: URL): string => `${url.origin}${throughProxy(vault, url)}`

      /** One round trip to `url`, its body read. */
      const exchange = (url: URL, shown: string, token: VaultToken | undefined, call: VaultCall) =>
        http.execute(requestOf(url, token, vault.namespace, call)).pipe(
          Effect.flatMap((response) => readReply(response, call.leases)),
          Effect.provideService(HttpClient.TracerPropagationEnabled, false),
          Effect.mapError((error): Trouble => troubleOf(error, { url, shown })),
        )

      /** The node that is asked, and how messages name it. */
      const place = Effect.fnUntraced(function* (url: URL, { address }: Reading) {
        if (address.socket !== undefined) return { ...address, url }
        const found = vault.srvLookup && url.port === "" ? atRecord(url, yield* records.lookup(url.hostname)) : url
        return { url: found, shown: shownAt(found) }
      })

      /** One attempt: the configured address, and one hop to where a standby there points. */
      const attempt = Effect.fnUntraced(function* (
        url: URL,
        token: VaultToken | undefined,
        call: VaultCall,
        order: Reading,
      ) {
        const address = yield* place(url, order)
        const reading = { ...order, address }
        const reply = yield* exchange(address.url, address.shown, token, call)
        if (reply.status !== 307) return yield* Effect.fromResult(judge(reply, reading))
        const target = yield* Effect.fromResult(redirectTarget(reply, address.url, reading))
        const second = yield* exchange(target, shownAt(target), token, call)
        if (second.status === 307) return yield* Effect.fail(sentOnAgain(reading))
        return yield* Effect.fromResult(judge(second, reading))
      })

      /** Attempts until one settles it, none is safe any more, or the time is up. */
      const persist = (once: Effect.Effect<VaultReply, Refused>, call: VaultCall, address: VaultAddress) =>
        Effect.gen(function* () {
          const end = (yield* Clock.currentTimeMillis) + limit
          const late = Effect.fail<Refused>(lost(address, `no answer within ${showSpan(vault.timeout)}`))
          for (let nth = 1; ; nth++) {
            const left = Math.min(limit, end - (yield* Clock.currentTimeMillis))
            const outcome = yield* once.pipe(
              Effect.timeoutOrElse({ duration: left, orElse: () => late }),
              Effect.result,
            )
            if (Result.isSuccess(outcome)) return outcome.success
            const trouble = outcome.failure
            const wait = (yield* Random.nextBetween(BACKOFF, BACKOFF * 1.5)) * nth
            const pause = Math.max(wait, Duration.toMillis(stayAway(trouble.reason)))
            const now = yield* Clock.currentTimeMillis
            if (nth === ATTEMPTS || !mayRepeat(trouble, call) || now + pause >= end) return yield* Effect.fail(trouble)
            yield* Effect.sleep(pause)
          }
        })

      /** A 403 that tells neither a dead token nor a missing policy: the token is asked about itself. */
      const asksItself = (trouble: Refused, token: VaultToken | undefined, reading: Reading) =>
        Effect.gen(function* () {
          if (trouble.unsure === undefined || token === undefined) return trouble
          const url = yield* Effect.fromResult(apiUrl(reading.address, LOOKUP_SELF.path))
          const asked = { method: "GET", path: LOOKUP_SELF.path.join("/"), parameters: [] }
          const self = attempt(url, token, LOOKUP_SELF, { ...reading, asked, leases: false })
          const outcome = yield* self.pipe(
            Effect.timeoutOrElse({ duration: limit, orElse: () => Effect.fail(trouble) }),
            Effect.result,
          )
          return Result.isFailure(outcome) && outcome.failure.reason._tag === "TokenDead" ? outcome.failure : trouble
        }).pipe(Effect.orElseSucceed(() => trouble))

      const request = Effect.fn("VaultHttp.request")(function* (token: VaultToken | undefined, call: VaultCall) {
        const path = call.path.join("/")
        yield* Effect.annotateCurrentSpan({ path, method: call.method })
        const address = yield* orError(parseAddress(vault.address))
        const url = yield* orError(apiUrl(address, call.path, call.query))
        if (token !== undefined && !isSendable(token)) return yield* new VaultError({ reason: new TokenDead() })
        const reading: Reading = {
          asked: {
            method: call.method,
            path,
            parameters: Object.keys(call.query ?? {}),
            subject: call.subject,
            lease: call.lease,
          },
          address,
          answers: call.answers ?? [],
          leases: call.leases ?? false,
          hide: (text) =>
            hideExtra(token === undefined ? text : text.replaceAll(Redacted.value(token), "…"), vault.headers),
        }
        return yield* persist(attempt(url, token, call, reading), call, address).pipe(
          Effect.catch((trouble) => asksItself(trouble, token, reading).pipe(Effect.flatMap(Effect.fail))),
          Effect.mapError((trouble) => new VaultError({ reason: finalReason(trouble, call) })),
        )
      })

      return VaultHttp.of({ request })
    }),
  )
}

const LOOKUP_SELF: VaultCall = { method: "GET", path: ["auth", "token", "lookup-self"], sent: "repeatable" }

const orError = <A>(result: Result.Result<A, VaultReason>): Effect.Effect<A, VaultError> =>
  Effect.mapError(Effect.fromResult(result), (reason) => new VaultError({ reason }))

/** How long the server asked us to stay away. */
const stayAway = (reason: VaultReason): Duration.Duration =>
  reason._tag === "RateLimited" && reason.retryAfter !== undefined ? reason.retryAfter : Duration.zero
