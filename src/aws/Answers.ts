/**
 * A look at what comes back before the client reads it. The client would take a proxy's sign-in page for the success of
 * a write, whose answer has no content, and would gather a body of any size for as long as it trickles in.
 */
import type { Readable } from "node:stream"
import type { DeserializeHandler, DeserializeHandlerArguments } from "@smithy/types"
import type { ApiClient } from "./api/ServiceModel.ts"
import { foreignAnswer, UnusableAnswer } from "./Failure.ts"

/** The largest answer there is, that of DynamoDB's BatchGetItem, holds 16 MB of items. Objects of S3 are streamed instead. */
const MOST_BYTES = 20 * 1024 * 1024

/** From the head of an answer to its last byte. */
const LONGEST = 60_000

interface Head {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
}

/** Whoever says yes with a page for people, and without any header of AWS's, is not AWS. */
const isForeign = ({ headers, statusCode }: Head): boolean =>
  statusCode < 300 &&
  /^text\/html\b/i.test(headers["content-type"] ?? "") &&
  !Object.keys(headers).some((name) => name.startsWith("x-amz"))

/** Refuses such answers of a client. */
export const guardAnswers = (client: ApiClient): void => {
  client.middlewareStack.add(
    (next: DeserializeHandler<object, object>) => (args: DeserializeHandlerArguments<object>) =>
      next(args).then((result) => {
        const response = result.response as Head & { readonly body?: Readable } // every client of this kind speaks HTTP
        if (!isForeign(response)) return result
        response.body?.destroy()
        return Promise.reject(new UnusableAnswer(foreignAnswer(response.statusCode)))
      }),
    // Inside of the client's own reading, which has the normal priority.
    { step: "deserialize", name: "answerGuard", priority: "low" },
  )
}

/** Gathers the body of an answer that is not streamed, up to a size and for so long. */
export const bodyCollector =
  (limits: { readonly bytes: number; readonly millis: number } = { bytes: MOST_BYTES, millis: LONGEST }) =>
  (stream: Readable): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      const chunks: Array<Buffer> = []
      let size = 0
      const giveUp = (why: string): void => {
        reject(new UnusableAnswer(why))
        stream.destroy()
      }
      const timer = setTimeout(() => giveUp(`the answer did not end within ${limits.millis / 1000} s`), limits.millis)
      stream.on("data", (chunk: Buffer) => {
        size += chunk.length
        if (size > limits.bytes) giveUp(`an answer above ${limits.bytes / 1024 / 1024} MiB`)
        else chunks.push(chunk)
      })
      stream.on("end", () => {
        clearTimeout(timer)
        resolve(Buffer.concat(chunks))
      })
      stream.on("error", reject)
      stream.on("close", () => {
        clearTimeout(timer)
        // Each answer closes at its end; an error that nobody hears costs the trace of its stack.
        if (!stream.readableEnded) reject(new UnusableAnswer("the connection broke before the answer was complete"))
      })
    })
