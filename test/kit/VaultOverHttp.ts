/** A Vault that is a function from requests to answers, in place of the network; and the settings to talk to it. */
import { Clock, Duration, Effect, Fiber, Layer, Redacted } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { AppConfig, type AppConfigShape } from "../../src/config/AppConfig.ts"
import { type ServiceRecord, ServiceRecords } from "../../src/vault/ServiceRecords.ts"
import { Vault } from "../../src/vault/Vault.ts"
import type { VaultCall } from "../../src/vault/VaultCall.ts"
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
  credentials: "creds",
  login: { method: "token", wrapped: false },
  childPolicies: undefined,
  sessionName: true,
  timeout: Duration.seconds(60),
  tls: { skipVerify: false },
  proxy: undefined,
  noProxy: undefined,
  maxRetries: 2,
  rateLimit: undefined,
  redirects: true,
  srvLookup: false,
  headers: {},
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
  agents: {},
  fleet: { file: undefined, env: {} },
  logLevel: "Info",
  tokenFile: "/nowhere/.vault-token",
  gitRoot: undefined,
  gitCredential: undefined,
  stateDir: undefined,
}

export const configLayer = (
  vault: Partial<AppConfigShape["vault"]> = {},
  others: Partial<Omit<AppConfigShape, "vault">> = {},
) => Layer.succeed(AppConfig, { ...settings, ...others, vault: { ...vaultSettings, ...vault } })

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
      const type = { "content-type": reply.page === undefined ? "application/json" : "text/html" }
      return HttpClientResponse.fromWeb(
        request,
        new Response(text, { status: reply.status, headers: { ...type, ...reply.headers } }),
      )
    }),
  )
  return { seen, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

/** A DNS that knows these service records, by the host they are of. */
export const recordsLayer = (known: Readonly<Record<string, ReadonlyArray<ServiceRecord>>> = {}) =>
  Layer.succeed(ServiceRecords, { lookup: (host) => Effect.succeed(known[host] ?? []) })

/** Vault's service over such a network. */
export const vaultOver = (
  answer: (seen: Seen, nth: number) => Answer,
  vault: Partial<AppConfigShape["vault"]> = {},
  records = recordsLayer(),
) => {
  const network = fakeNetwork(answer)
  const http = VaultHttp.layer.pipe(Layer.provide([network.layer, configLayer(vault), records]))
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

/** The envelope of an answer as Vault 1.14 writes it. */
export const envelope = (members: object, status = 200): Answer => ({
  status,
  json: {
    request_id: "r",
    lease_id: "",
    renewable: false,
    lease_duration: 0,
    data: null,
    wrap_info: null,
    warnings: null,
    auth: null,
    ...members,
  },
})

/** Runs one method over a network that answers so. */
export const callVault = <A, E>(
  use: (vault: Vault["Service"]) => Effect.Effect<A, E>,
  answer: (seen: Seen, nth: number) => Answer,
) => {
  const { seen, vault } = vaultOver(answer)
  return inTime(Effect.result(Vault.use(use))).pipe(
    Effect.map((result) => ({
      seen,
      value: result._tag === "Success" ? result.success : undefined,
      error: result._tag === "Failure" ? result.failure : undefined,
    })),
    Effect.provide(vault),
  )
}

/** The outcome of one request, and what the network saw of it. */
export const askVault = (
  call: VaultCall,
  answer: (seen: Seen, nth: number) => Answer,
  vault: Partial<AppConfigShape["vault"]> = {},
  records = recordsLayer(),
) => {
  const { http, seen } = vaultOver(answer, vault, records)
  return inTime(Effect.result(VaultHttp.use((it) => it.request(token, call)))).pipe(
    Effect.map((result) => ({
      seen,
      reply: result._tag === "Success" ? result.success : undefined,
      reason: result._tag === "Failure" ? result.failure.reason : undefined,
      message: result._tag === "Failure" ? result.failure.message : "",
    })),
    Effect.provide(http),
  )
}
