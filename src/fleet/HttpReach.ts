/** `fetch` for one server: bounded answers, and no way to another origin. */
import { type Meter, MAX_MESSAGE } from "./Meter.ts"

/** No call is given longer: an answer that still drips then holds a socket for nobody. */
const LONGEST_POST = 660_000

/** The call that stays open for news in the newer era; the older one has GET for it. */
const LISTENS = "subscriptions/listen"

/** A reason to end the connection was met. */
export type Alarm = (why: string) => void

/**
 * The platform's fetch with every answer's body counted: a body that is no event stream is one message, an event stream
 * is cut where one line of it is longer than a message. Streams that stay open for news have no end of their own.
 */
export const boundedFetch =
  (meter: Meter, alarm: Alarm): typeof fetch =>
  async (input, init) => {
    const { headers, method = "GET", signal } = init ?? {}
    const calls = method === "POST" && new Headers(headers).get("mcp-method") !== LISTENS
    const limit = calls ? [AbortSignal.timeout(LONGEST_POST)] : []
    const signals = signal === undefined || signal === null ? limit : [signal, ...limit]
    const response = await fetch(input, {
      ...init,
      ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
    })
    const { body } = response
    if (body === null) return response
    const streams = (response.headers.get("content-type") ?? "").toLowerCase().includes("text/event-stream")
    let size = 0
    const counted = body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          const newline = streams ? chunk.lastIndexOf(10) : -1
          size = newline === -1 ? size + chunk.length : chunk.length - newline - 1
          const why =
            size > MAX_MESSAGE
              ? `it sent a message of more than ${MAX_MESSAGE / 1024 / 1024} MiB`
              : meter.bytes(chunk.length)
          if (why === undefined) return controller.enqueue(chunk)
          alarm(why)
          controller.error(new Error(why))
        },
      }),
    )
    const bounded = new Response(counted, response)
    // A copy has no address, by which the SDK tells where a redirect would lead.
    Object.defineProperty(bounded, "url", { value: response.url })
    return bounded
  }
