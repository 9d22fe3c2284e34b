/**
 * One request to Vault, from the token to the parsed answer: where it goes, headers, one redirect within the host, bounds,
 * pace, time limit, and the retries that are safe. What is asked and what it means stands in Vault.
 */
import { Clock, Context, Duration, Effect, Layer, Redacted, Result } from "effect"
import { HttpClient } from "effect/http"
import { AppConfig } from "../config/AppConfig.ts"
import { hideExtra } from "./ExtraHeaders.ts"
import { judge, type Reading, redirectTarget, sentOnAgain, targetGone, type VaultReply } from "./Judge.ts"
import { makePace } from "./Pace.ts"
import { persist } from "./Persist.ts"
import { throughProxy } from "./Proxy.ts"
import type { Refused } from "./Refusal.ts"
import { readReply } from "./Reply.ts"
import { atRecord, ServiceRecords } from "./ServiceRecords.ts"
import { TokenDead } from "./TokenReason.ts"
import { type Trouble, troubleOf } from "./Trouble.ts"
import { apiUrl, parseAddress } from "./VaultAddress.ts"
import { finalReason, isSendable, requestOf, type VaultCall } from "./VaultCall.ts"
import { VaultError } from "./VaultError.ts"
import type { VaultToken } from "./VaultModel.ts"
import type { VaultReason } from "./VaultReason.ts"

/** A request on its way. */
interface Order {
  readonly token: VaultToken | undefined
  readonly call: VaultCall
  /** Below the configured address. */
  readonly url: URL
  readonly reading: Reading
}

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
      const turn = yield* makePace(vault.rateLimit)

      /** One round trip to `url`, its body read. */
      const exchange = (url: URL, shown: string, { call, token }: Order, deadline: number) =>
        Effect.andThen(
          turn(deadline),
          http.execute(requestOf(url, token, vault.namespace, call)).pipe(
            Effect.flatMap((response) => readReply(response, call.leases)),
            Effect.provideService(HttpClient.TracerPropagationEnabled, false),
            Effect.mapError((error): Trouble => troubleOf(error, { url, shown })),
          ),
        )

      /** The node that is asked, and how messages name it. */
      const place = Effect.fnUntraced(function* ({ reading: { address }, url }: Order) {
        if (address.socket !== undefined) return { ...address, url }
        const found = vault.srvLookup && url.port === "" ? atRecord(url, yield* records.lookup(url.hostname)) : url
        return { url: found, shown: shownAt(found) }
      })
      const shownAt = (url: URL): string => `${url.origin}${throughProxy(vault, url)}`

      /** One attempt: the configured address, and one hop to where a standby there points. */
      const attempt = Effect.fnUntraced(function* (order: Order, deadline: number) {
        const address = yield* place(order)
        const reading = { ...order.reading, address }
        const reply = yield* exchange(address.url, address.shown, order, deadline)
        if (reply.status !== 307) return yield* Effect.fromResult(judge(reply, reading))
        const target = yield* Effect.fromResult(redirectTarget(reply, address.url, reading))
        const shown = shownAt(target)
        const second = yield* exchange(target, shown, order, deadline).pipe(
          Effect.mapError((trouble) => targetGone(trouble, target, reading)),
        )
        if (second.status === 307) return yield* Effect.fail(sentOnAgain(reading))
        return yield* Effect.fromResult(judge(second, { ...reading, address: { url: target, shown } }))
      })

      /** A 403 that tells neither a dead token nor a missing policy: the token is asked about itself. */
      const asksItself = (trouble: Refused, { call, reading, token }: Order) =>
        Effect.gen(function* () {
          if (trouble.unsure === undefined || token === undefined || call.spendsToken === true) return trouble
          const url = yield* Effect.fromResult(apiUrl(reading.address, LOOKUP_SELF.path))
          const asked = { method: "GET", path: LOOKUP_SELF.path.join("/"), parameters: [] }
          const order = { token, call: LOOKUP_SELF, url, reading: { ...reading, asked, leases: false } }
          const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(vault.timeout)
          const outcome = yield* attempt(order, deadline).pipe(
            Effect.timeoutOrElse({ duration: vault.timeout, orElse: () => Effect.fail(trouble) }),
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
          redirects: vault.redirects,
          hide: (text) =>
            hideExtra(token === undefined ? text : text.replaceAll(Redacted.value(token), "…"), vault.headers),
        }
        const order = { token, call, url, reading }
        return yield* persist((deadline) => attempt(order, deadline), call, address, vault).pipe(
          Effect.catch((trouble) => asksItself(trouble, order).pipe(Effect.flatMap(Effect.fail))),
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
