/**
 * Asks a metadata service: two seconds for a request, one more try, a bounded answer, no redirects. The answer's text is
 * never repeated in an error, for it may hold keys.
 */
import { Data, Duration, Effect, Redacted, Schema, Stream } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { VERSION } from "../../core/Version.ts"
import { troubleOf } from "../Trouble.ts"
import type { VaultToken } from "../VaultModel.ts"
import { Secret } from "../VaultWire.ts"

/** They answer from the same machine, in milliseconds. */
const LIMIT = Duration.seconds(2)
/** Keys and their session token are some kB. */
const MAX_ANSWER = 64 * 1024

/** No answer, or not the one that was hoped for. `why` ends a sentence about the service. */
export class MetadataFault extends Data.TaggedError("MetadataFault")<{
  readonly why: string
  /** The status of an answer; 0 when there was none. */
  readonly status: number
}> {}

/** AWS keys of a session, for the one request they are to sign. */
export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: VaultToken
  readonly sessionToken: VaultToken | undefined
}

/** A request to a metadata service; `secret` is a header's name and its value. */
export interface MetadataRequest {
  readonly method: "GET" | "PUT"
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly secret?: readonly [name: string, value: VaultToken] | undefined
}

/** The text of a metadata service's answer of status 200. */
export const askMetadata = (
  client: HttpClient.HttpClient,
  { headers, method, secret, url }: MetadataRequest,
): Effect.Effect<VaultToken, MetadataFault> => {
  const request = HttpClientRequest.make(method)(url, {
    headers: {
      "user-agent": `vault-aws-mcp/${VERSION}`,
      ...headers,
      ...(secret && { [secret[0]]: Redacted.value(secret[1]) }),
    },
  })
  return client.execute(request).pipe(
    Effect.flatMap((response) => Effect.map(readText(response), (text) => ({ status: response.status, text }))),
    Effect.provideService(HttpClient.TracerPropagationEnabled, false),
    // A span would show the header that opens the service.
    Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
    Effect.mapError((error) => {
      const { reason } = troubleOf(error, { url, shown: url.origin })
      const why = "detail" in reason ? reason.detail : "the request failed"
      return new MetadataFault({ why: `cannot be reached at ${url.origin}: ${why}`, status: 0 })
    }),
    Effect.timeoutOrElse({
      duration: LIMIT,
      orElse: () => Effect.fail(new MetadataFault({ why: `did not answer at ${url.origin} within 2 s`, status: 0 })),
    }),
    Effect.filterOrFail(
      ({ status }) => status === 200,
      ({ status }) => new MetadataFault({ why: `answered ${status} at ${url.origin}${url.pathname}`, status }),
    ),
    Effect.retry({ times: 1, while: ({ status }) => status === 0 || status === 429 || status >= 500 }),
    Effect.map(({ text }) => Redacted.make(text.trim(), { label: "metadata" })),
  )
}

/** The answer, as far as it is bounded; a longer one is none, and the stream's end closes the connection. */
const readText = (response: HttpClientResponse.HttpClientResponse) => {
  let size = 0
  return response.stream.pipe(
    Stream.takeUntil((chunk) => (size += chunk.byteLength) > MAX_ANSWER),
    Stream.runCollect,
    Effect.map((chunks) => (size > MAX_ANSWER ? "" : Buffer.concat(chunks).toString("utf8"))),
    Effect.catchReason("HttpClientError", "EmptyBodyError", () => Effect.succeed("")),
  )
}

/** Keys as both kinds of service write them; an instance tells by `Code` when it has none. */
const KeysWire = Schema.fromJsonString(
  Schema.Struct({
    Code: Schema.optional(Schema.NullOr(Schema.Literal("Success"))),
    AccessKeyId: Schema.String.check(Schema.isPattern(/^\w{16,128}$/)),
    SecretAccessKey: Secret,
    Token: Schema.optional(Schema.NullOr(Secret)),
  }),
)

/** The keys in an answer. */
export const readKeys = (answer: VaultToken): Effect.Effect<AwsKeys, MetadataFault> =>
  Schema.decodeEffect(KeysWire)(Redacted.value(answer)).pipe(
    Effect.map((wire) => ({
      accessKeyId: wire.AccessKeyId,
      secretAccessKey: wire.SecretAccessKey,
      sessionToken: wire.Token ?? undefined,
    })),
    // What the parser says of broken JSON repeats it.
    Effect.mapError(() => new MetadataFault({ why: "answered without usable credentials", status: 200 })),
  )
