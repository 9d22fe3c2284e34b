/** A Vault that is a function from requests to answers, in place of the network; and the settings to talk to it. */
import { Clock, Duration, Effect, Fiber, Layer, Redacted } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { AppConfig, type AppConfigShape } from "../../src/config/AppConfig.ts"
import { Vault } from "../../src/vault/Vault.ts"
import { VaultHttp } from "../../src/vault/VaultHttp.ts"

/** A request as the fake saw it. `at`: milliseconds of the test's clock. */
export interface Seen {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly host: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
  readonly at: number
}

/** A status with JSON, a page, an error of the connection by its code, or silence. */
export type Answer =
  | {
      readonly status: number
      readonly json?: unknown
      readonly page?: string
      readonly headers?: Record<string, string>
    }
  | { readonly code: string; readonly syscall?: string }
  | "silence"

/** Would be a leak wherever it is shown. */
export const CANARY = "hvs.canary0TokenThatMustNeverBeShown"
export const token = Redacted.make(CANARY, { label: "vault-token" })

/** An error answer of Vault's. */
export const refusal = (status: number, ...errors: ReadonlyArray<string>): Answer => ({ status, json: { errors } })
/** The two texts of a 403 that a real Vault gives. */
export const DEAD = refusal(403, "permission denied")
export const DENIED = refusal(403, "1 error occurred:\n\t* permission denied\n\n")

export const vaultSettings: AppConfigShape["vault"] = {
  address: "http://vault.test:8200",
  token,
  namespace: undefined,
  mount: "aws",
  role: "mcp-agent-role",
  childPolicies: undefined,
  sessionName: true,
  timeout: Duration.seconds(60),
  tls: { skipVerify: false },
  proxy: undefined,
}

export const settings: AppConfigShape = {
  vault: vaultSettings,
  region: "us-east-1",
  awsEndpoint: undefined,
  leaseTtl: Duration.hours(1),
  autoRenew: true,
  access: "ask",
  toolsets: ["vault"],
  accounts: {},
  logLevel: "Info",
  stateDir: "/nowhere",
  tokenFile: "/nowhere/.vault-token",
}

export const configLayer = (vault: Partial<AppConfigShape["vault"]> = {}) =>
  Layer.succeed(AppConfig, { ...settings, vault: { ...vaultSettings, ...vault } })

/** The HttpClient that asks `answer`, and everything it was asked. */
export const fakeNetwork = (answer: (seen: Seen, nth: number) => Answer) => {
  const seen: Array<Seen> = []
  const client = HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const call: Seen = {
        method: request.method,
        path: url.pathname + url.search,
        host: url.host,
        headers: request.headers,
        body: bodyOf(request),
        at: yield* Clock.currentTimeMillis,
      }
      seen.push(call)
      const reply = answer(call, seen.length)
      if (reply === "silence") return yield* Effect.never
      if ("code" in reply) return yield* broken(request, reply)
      const text = reply.page ?? (reply.json === undefined ? null : JSON.stringify(reply.json))
      return HttpClientResponse.fromWeb(
        request,
        new Response(text, { status: reply.status, headers: reply.headers ?? {} }),
      )
    }),
  )
  return { seen, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

/** Vault's service over such a network. */
export const vaultOver = (
  answer: (seen: Seen, nth: number) => Answer,
  vault: Partial<AppConfigShape["vault"]> = {},
) => {
  const network = fakeNetwork(answer)
  const http = VaultHttp.layer.pipe(Layer.provide([network.layer, configLayer(vault)]))
  return { seen: network.seen, http, vault: Vault.layer.pipe(Layer.provide(http)) }
}

/** Runs to the end while time flies. */
export const inTime = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(work, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) {
      yield* Effect.yieldNow
      yield* Effect.yieldNow
      yield* TestClock.adjust("50 millis")
    }
    return yield* Fiber.join(fiber)
  })

const bodyOf = (request: HttpClientRequest.HttpClientRequest): unknown =>
  request.body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(request.body.body)) : undefined

const broken = (
  request: HttpClientRequest.HttpClientRequest,
  fault: { readonly code: string; readonly syscall?: string },
) =>
  Effect.fail(
    new HttpClientError.HttpClientError({
      reason: new HttpClientError.TransportError({
        request,
        cause: Object.assign(new Error(`a fault of code ${fault.code}`), fault),
      }),
    }),
  )
