/**
 * Output that arrives while it is read: the body of an object, a function's streamed answer, a tail of logs. It is
 * collected up to a bound, and then the connection is let go.
 */
import type { NormalizedSchema } from "@smithy/core/schema"
import { Effect } from "effect"
import { ApiError, BodyLost } from "./ApiError.ts"
import { membersOf } from "./ServiceModel.ts"

/** How much of a stream is taken. */
export interface BodyLimits {
  readonly bytes: number
  readonly events: number
  /** For streams of events only: some never end by themselves. */
  readonly millis: number
}

export const defaultLimits: BodyLimits = { bytes: 65_536, events: 1000, millis: 10_000 }

/** A body as far as it was read. `total` in bytes, when AWS said it. */
export class CollectedBody {
  readonly bytes: Uint8Array
  readonly truncated: boolean
  readonly total: number | undefined

  constructor(bytes: Uint8Array, truncated: boolean, total: number | undefined) {
    this.bytes = bytes
    this.truncated = truncated
    this.total = total
  }
}

/** Events as far as they came. */
export class CollectedEvents {
  readonly events: ReadonlyArray<unknown>
  readonly truncated: boolean

  constructor(events: ReadonlyArray<unknown>, truncated: boolean) {
    this.events = events
    this.truncated = truncated
  }
}

type Output = Readonly<Record<string, unknown>>

/** The same output with each stream replaced by what could be read of it. */
export const collectBodies = Effect.fnUntraced(function* (
  schema: NormalizedSchema,
  output: Output,
  limits: BodyLimits = defaultLimits,
) {
  let collected = output
  for (const [name, member] of membersOf(schema)) {
    const value = output[name]
    if (!member.isStreaming() || !isAsyncIterable(value)) continue
    const read = member.isBlobSchema()
      ? collectBytes(value, totalOf(output, value), limits)
      : collectEvents(value, limits)
    collected = { ...collected, [name]: yield* read }
  }
  return collected
})

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value

const lost = (cause: unknown) => new ApiError({ reason: new BodyLost({ cause }) })

/** S3 has a member for it; elsewhere the response is the stream, and has headers. */
const totalOf = (output: Output, body: object): number | undefined => {
  const told = output["ContentLength"] ?? ("headers" in body ? headerOf(body.headers) : undefined)
  const total = Number(told ?? Number.NaN)
  return Number.isSafeInteger(total) ? total : undefined
}

const headerOf = (headers: unknown): unknown =>
  typeof headers === "object" && headers !== null && "content-length" in headers ? headers["content-length"] : undefined

/**
 * Hands on what comes until `take` says that it is enough. Does not wait for the stream to close: an idle one would keep
 * us as long as it likes, as the end of an async generator waits for its next value.
 */
const drain = (body: AsyncIterable<unknown>, take: (chunk: unknown) => boolean): Effect.Effect<void, ApiError> =>
  Effect.suspend(() => {
    const iterator = body[Symbol.asyncIterator]()
    const close = Effect.sync(() => {
      // A socket's stream is destroyed at once: ending the iteration would wait for the read that is pending.
      if ("destroy" in body && typeof body.destroy === "function") body.destroy()
      else Promise.resolve(iterator.return?.()).catch(() => undefined)
    })
    return Effect.tryPromise({ try: () => iterator.next(), catch: lost }).pipe(
      Effect.repeat({ while: (step) => step.done !== true && take(step.value) }),
      Effect.ensuring(close),
      Effect.asVoid,
    )
  })

const collectBytes = Effect.fnUntraced(function* (
  body: AsyncIterable<unknown>,
  total: number | undefined,
  limits: BodyLimits,
) {
  const chunks: Array<Uint8Array> = []
  let size = 0
  yield* drain(body, (chunk) => {
    const bytes = chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk))
    chunks.push(bytes)
    size += bytes.length
    return size <= limits.bytes
  })
  const bytes = Buffer.concat(chunks)
  return size > limits.bytes
    ? new CollectedBody(bytes.subarray(0, limits.bytes), true, total)
    : new CollectedBody(bytes, false, size)
})

const collectEvents = Effect.fnUntraced(function* (body: AsyncIterable<unknown>, limits: BodyLimits) {
  const events: Array<unknown> = []
  const ended = yield* drain(body, (event) => events.push(event) < limits.events).pipe(
    Effect.as(true),
    Effect.timeoutOrElse({ duration: limits.millis, orElse: () => Effect.succeed(false) }),
  )
  return new CollectedEvents(events, !ended || events.length >= limits.events)
})
