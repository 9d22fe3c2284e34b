/**
 * Vault's way to AWS: query-protocol calls to the configured STS and IAM endpoints, signed with the four headers that
 * the Go SDK (version 1) signs. Nothing is taken from the environment, and without a configured endpoint nothing leaves
 * the machine. One try per call: the SDK's own retries only delay what a test wants to see.
 */
import { Cause, Clock, Data, DateTime, Effect, Option } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { signRequest } from "../SigV4.ts"
import { elementText } from "./Xml.ts"

/** One call. `endpoint` is an address without a path; empty: none was configured. */
export interface AwsQuery {
  readonly service: "sts" | "iam"
  readonly endpoint: string
  readonly region: string
  readonly key: { readonly accessKeyId: string; readonly secretKey: string }
  readonly action: string
  readonly params: Readonly<Record<string, string>>
}

/**
 * AWS refused, or could not be reached. `text` is what the Go SDK prints; `unreadable`: a success nobody can read, at
 * which this Vault drops the client's connection.
 */
export class AwsRefused extends Data.TaggedError("AwsRefused")<{
  readonly code: string
  readonly text: string
  readonly unreadable?: boolean
}> {}

/** Whoever answers for AWS: the network, or a fake in tests. Gives the XML of a success. */
export interface AwsUpstream {
  readonly call: (query: AwsQuery) => Effect.Effect<string, AwsRefused>
}

const VERSIONS = { sts: "2011-06-15", iam: "2010-05-08" } as const

const unsent = (url: string, why: string): AwsRefused =>
  new AwsRefused({ code: "RequestError", text: `RequestError: send request failed\ncaused by: Post "${url}": ${why}` })

/** The reason of a failed `fetch`, in Go's words. */
const goReason = (cause: unknown, host: string): string => {
  for (let error = cause; error instanceof Error; error = error.cause) {
    const code = "code" in error ? error.code : undefined
    if (code === "ECONNREFUSED") return `dial tcp ${host}: connect: connection refused`
    if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `dial tcp: lookup ${host}: no such host`
    if (code === "ECONNRESET" || code === "UND_ERR_SOCKET") return "EOF"
  }
  return "EOF"
}

const refused = (status: number, body: string): AwsRefused => {
  const code = elementText(body, "Code")
  const id = elementText(body, "RequestId") ?? elementText(body, "RequestID") ?? ""
  const tail = `\n\tstatus code: ${status}, request id: ${id}`
  return code === undefined
    ? new AwsRefused({
        code: "SerializationError",
        text: `SerializationError: failed to unmarshal error message${tail}`,
      })
    : new AwsRefused({ code, text: `${code}: ${elementText(body, "Message") ?? ""}${tail}` })
}

/** The parameters of a call as a form, sorted by name as Go does. */
const formOf = (query: AwsQuery): string => {
  const all = { ...query.params, Action: query.action, Version: VERSIONS[query.service] }
  return new URLSearchParams(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))).toString()
}

/** The upstream over HTTP. */
export const httpUpstream: Effect.Effect<AwsUpstream> = Effect.gen(function* () {
  const client = yield* HttpClient.HttpClient
  const call = Effect.fnUntraced(function* (query: AwsQuery) {
    const { key, region, service } = query
    if (query.endpoint === "") {
      const host = service === "iam" ? "iam.amazonaws.com" : `sts.${region}.amazonaws.com`
      return yield* unsent(`https://${host}/`, `dial tcp: lookup ${host}: no such host`)
    }
    const base = yield* Effect.try({
      try: () => new URL(query.endpoint),
      catch: () => unsent(query.endpoint, "unsupported protocol scheme"),
    })
    const url = `${base.origin}/`
    const body = Buffer.from(formOf(query))
    const amzDate = DateTime.formatIso(DateTime.makeUnsafe(yield* Clock.currentTimeMillis)).replace(/[-:]|\.\d+/g, "")
    const headers = {
      "content-length": String(body.length),
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      host: base.host,
    }
    const signed = signRequest(
      { method: "POST", path: "/", query: "", headers, body },
      key,
      { date: amzDate.slice(0, 8), region, service },
      amzDate,
    )
    // `fetch` writes these two itself, with the same values.
    const { "content-length": _, host: __, ...sent } = signed
    const request = HttpClientRequest.post(url).pipe(
      HttpClientRequest.bodyUint8Array(body, headers["content-type"]),
      HttpClientRequest.setHeaders(sent),
    )
    const answer = yield* client.execute(request).pipe(
      Effect.flatMap((response) => Effect.map(response.text, (text) => ({ status: response.status, text }))),
      Effect.timeout("30 seconds"),
      Effect.mapError((error) =>
        unsent(
          url,
          Cause.isTimeoutError(error) ? "context deadline exceeded" : goReason(error.reason.cause, base.host),
        ),
      ),
    )
    if (answer.status >= 300) return yield* refused(answer.status, answer.text)
    if (elementText(answer.text, `${query.action}Response`) === undefined)
      return yield* new AwsRefused({ code: "", text: "unreadable answer", unreadable: true })
    return answer.text
  })
  return {
    call: (query: AwsQuery) =>
      call(query).pipe(
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
        Effect.provideService(HttpClient.TracerPropagationEnabled, false),
      ),
  }
}).pipe(Effect.provide(FetchHttpClient.layer))

const THROTTLED =
  /^(?:Throttl|RequestThrottled|RequestLimitExceeded|TooManyRequests|ProvisionedThroughputExceeded|PriorRequestNotComplete|SlowDown)/

/** Whether AWS said "slower": Vault passes that on as 502. */
export const isThrottled = (refusal: AwsRefused): boolean => THROTTLED.test(refusal.code)

/** The text of an element that a success must have; a success without it is unreadable. */
export const needed = (xml: string, name: string): Effect.Effect<string, AwsRefused> =>
  Effect.mapError(
    Effect.fromOption(Option.fromUndefinedOr(elementText(xml, name))),
    () => new AwsRefused({ code: "", text: `answer without ${name}`, unreadable: true }),
  )
