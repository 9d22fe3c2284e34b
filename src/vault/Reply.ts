/** Reads an answer's body: bounded, parsed when there is one, and never quoted in a way that could show a secret. */
import { DateTime, Duration, Effect, Option, Predicate, Stream } from "effect"
import type { HttpClientError, HttpClientResponse } from "effect/http"
import { clip, oneLine } from "../core/Text.ts"
import { jsonProblem, leaseIdIn } from "./AnswerJson.ts"

/** Answers of Vault are some kB; this is far above them and far below what hurts. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024

/** What is kept of a body that was not read to its end: a lease id stands near its beginning. */
const HEAD = 4096

/** An answer that was read to its end, or as far as it is of use. */
export interface RawReply {
  readonly status: number
  /** The JSON value; `undefined` when the body is empty or no JSON. */
  readonly json: unknown
  /** `empty`, `json`, or what else it is. `cut`: the connection broke in the middle of it. */
  readonly kind: "empty" | "json" | "text" | "too-large" | "cut"
  /** Why JSON cannot be taken for what it seems to say. */
  readonly problem?: string
  /** Of what is not JSON: all of it, or the beginning. */
  readonly text: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

/**
 * The whole answer. A body above the limit is not read on: the stream's end closes the connection. One that breaks off
 * is an error, unless `leases` and it has told a lease by then.
 */
export const readReply = (
  response: HttpClientResponse.HttpClientResponse,
  leases = false,
): Effect.Effect<RawReply, HttpClientError.HttpClientError> =>
  Effect.gen(function* () {
    // Go's reader of JSON, and so Vault's own client, refuses a byte order mark: it is kept for JSON.parse to do the same.
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
    let size = 0
    let text = ""
    let cut = false
    yield* response.stream.pipe(
      Stream.takeUntil((chunk) => {
        size += chunk.byteLength
        text += decoder.decode(size <= MAX_BODY_BYTES ? chunk : chunk.subarray(0, HEAD), { stream: true })
        return size > MAX_BODY_BYTES
      }),
      Stream.runDrain,
      // A response without any body (HEAD, 204 of a web Response) has no stream, which is no fault.
      Effect.catchReason("HttpClientError", "EmptyBodyError", () => Effect.void),
      Effect.catch((error) => {
        cut = leases && leaseIdIn(text.slice(0, HEAD)) !== undefined
        return cut ? Effect.void : Effect.fail(error)
      }),
    )
    const { headers, status } = response
    const unread = { status, headers, json: undefined }
    if (cut) return { ...unread, kind: "cut", text: text.slice(0, HEAD) }
    if (size > MAX_BODY_BYTES) return { ...unread, kind: "too-large", text: text.slice(0, HEAD) }
    text += decoder.decode()
    if (/^[ \t\r\n]*$/.test(text)) return { ...unread, kind: "empty", text: "" }
    const json = yield* Effect.try({ try: (): unknown => JSON.parse(text), catch: () => undefined }).pipe(Effect.option)
    if (json._tag === "None") return { ...unread, kind: "text", text }
    const problem = typeProblem(headers) ?? jsonProblem(text)
    const read: RawReply = { status, headers, json: json.value, kind: "json", text: "" }
    return problem === undefined ? read : { ...read, problem }
  })

/** JSON that is sent as something else is a page or a file of somebody who is not Vault. */
const typeProblem = (headers: RawReply["headers"]): string | undefined => {
  const type = headers["content-type"]
  return type === undefined || /^[^;]*\bjson\b/i.test(type) ? undefined : `JSON that is called ${oneLine(type, 60)}`
}

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
  if (reply.kind === "cut") return "a body that breaks off"
  if (reply.kind === "json") return reply.problem ?? "JSON of another form"
  if (/^(?!identity$)./.test(reply.headers["content-encoding"] ?? ""))
    return "a compressed body, which nobody asked for"
  if (reply.text.startsWith("\ufeff")) return "a byte order mark before the text"
  const title = /<title[^>]*>([^<]*)/i.exec(clip(reply.text, 20_000))?.[1]
  const words = (title ?? clip(reply.text, 2000)).replace(/<[^>]*>/g, " ").replace(/[\w+/=.~-]{16,}/g, "…")
  return /^\s*[[{]/.test(reply.text) ? "broken JSON" : `“${oneLine(words, 120)}”`
}
