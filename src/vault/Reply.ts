/** Reads an answer's body: bounded, parsed when there is one, and never quoted in a way that could show a secret. */
import { DateTime, Duration, Effect, Option, Predicate, Stream } from "effect"
import type { HttpClientError, HttpClientResponse } from "effect/http"
import { clip, oneLine } from "../core/Text.ts"

/** Answers of Vault are some kB; this is far above them and far below what hurts. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024

/** An answer that was read to its end. */
export interface RawReply {
  readonly status: number
  /** The JSON value; `undefined` when the body is empty or no JSON. */
  readonly json: unknown
  /** `empty`, `json`, or what else it is. */
  readonly kind: "empty" | "json" | "text" | "too-large"
  readonly text: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** The whole answer. A body above the limit is not read on: the stream's end closes the connection. */
export const readReply = (
  response: HttpClientResponse.HttpClientResponse,
): Effect.Effect<RawReply, HttpClientError.HttpClientError> =>
  Effect.gen(function* () {
    const decoder = new TextDecoder("utf-8") // drops a byte order mark
    let size = 0
    let text = ""
    yield* response.stream.pipe(
      Stream.takeUntil((chunk) => {
        size += chunk.byteLength
        if (size <= MAX_BODY_BYTES) text += decoder.decode(chunk, { stream: true })
        return size > MAX_BODY_BYTES
      }),
      Stream.runDrain,
      // A response without any body (HEAD, 204 of a web Response) has no stream, which is no fault.
      Effect.catchReason("HttpClientError", "EmptyBodyError", () => Effect.void),
    )
    text += decoder.decode()
    const { headers, status } = response
    if (size > MAX_BODY_BYTES) return { status, headers, json: undefined, kind: "too-large", text: "" }
    if (text.trim() === "") return { status, headers, json: undefined, kind: "empty", text: "" }
    const json = yield* Effect.try({ try: (): unknown => JSON.parse(text), catch: () => undefined }).pipe(Effect.option)
    return json._tag === "Some"
      ? { status, headers, json: json.value, kind: "json", text: "" }
      : { status, headers, json: undefined, kind: "text", text }
  })

/** Vault's longest known error texts are far below this; what is longer is cut before it is looked at. */
const MAX_ERROR_TEXT = 4000

/** The texts of Vault's error form `{"errors": […]}`, bounded; `undefined` when the answer has another form. */
export const errorsOf = (json: unknown): ReadonlyArray<string> | undefined =>
  Predicate.hasProperty(json, "errors") ? textsOf(json.errors) : undefined

/** The warnings of an answer in Vault's form, where there are any. */
export const warningsOf = (json: unknown): ReadonlyArray<string> | undefined =>
  Predicate.hasProperty(json, "warnings") ? textsOf(json.warnings) : undefined

const textsOf = (list: unknown): ReadonlyArray<string> | undefined =>
  Array.isArray(list)
    ? list
        .filter((text: unknown) => typeof text === "string")
        .slice(0, 10)
        .map((text) => clip(text, MAX_ERROR_TEXT))
    : undefined

/** The `Retry-After` header: seconds, or a date against the answer's own `Date`. */
export const retryAfterOf = (headers: RawReply["headers"]): Duration.Duration | undefined => {
  const text = headers["retry-after"]?.trim() ?? ""
  if (/^\d{1,6}$/.test(text)) return Duration.seconds(Number(text))
  if (!/^[A-Z][a-z]{2}, \d/.test(text)) return undefined
  const until = DateTime.make(text)
  const from = DateTime.make(headers["date"] ?? "")
  if (Option.isNone(until) || Option.isNone(from)) return undefined
  return Duration.max(Duration.zero, DateTime.distance(from.value, until.value))
}

/**
 * A few words of a foreign page, to recognise who answered. Long unbroken runs are left out, since a proxy may echo
 * the request with its token, and a broken-off answer may hold credentials.
 */
export const excerpt = (reply: RawReply): string => {
  if (reply.kind === "too-large") return `a body above ${MAX_BODY_BYTES / 1024 / 1024} MiB`
  if (reply.kind === "empty") return "an empty body"
  if (reply.kind === "json") return "JSON of another form"
  const title = /<title[^>]*>([^<]*)/i.exec(clip(reply.text, 20_000))?.[1]
  const words = (title ?? clip(reply.text, 2000)).replace(/<[^>]*>/g, " ").replace(/[\w+/=.~-]{16,}/g, "…")
  return /^\s*[[{]/.test(reply.text) ? "JSON that breaks off" : `“${oneLine(words, 120)}”`
}
