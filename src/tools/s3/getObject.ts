/** Reads a piece of an object: a bounded range at a time, as text where it is text, with the way to the next piece. */
import { Effect } from "effect"
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3"
import { AwsError } from "../../aws/AwsError.ts"
import { type Place, sendRaw } from "../AwsSend.ts"
import { maybe } from "../AwsFields.ts"
import { ToolFailure, toolFailure } from "../ToolFailure.ts"

/** Bytes of one piece: what a model can take in at once. */
export const PIECE = 32 * 1024

/** First and last byte, both included. */
interface Range {
  readonly first: number
  readonly last: number
}

/** `0-1023`, at most {@link PIECE} of it; without a range the first piece. */
export const pieceOf = (range: string | undefined): Range | undefined => {
  if (range === undefined) return { first: 0, last: PIECE - 1 }
  const match = /^(?:bytes=)?(\d{1,15})-(\d{1,15})?$/.exec(range.trim())
  if (match?.[1] === undefined) return undefined
  const first = Number(match[1])
  const last = match[2] === undefined ? first + PIECE - 1 : Number(match[2])
  return last < first ? undefined : { first, last: Math.min(last, first + PIECE - 1) }
}

/** The whole size of the object out of `bytes 0-9/100`. */
const sizeOf = (output: GetObjectCommandOutput, got: number): number => {
  const total = /\/(\d+)$/.exec(output.ContentRange ?? "")?.[1]
  return total === undefined ? (output.ContentLength ?? got) : Number(total)
}

/** Text, when these bytes are UTF-8 and hold nothing that only binary data holds; a character cut in two at the end is left out. */
export const asText = (bytes: Uint8Array): { readonly text: string; readonly used: number } | undefined => {
  for (let cut = 0; cut <= Math.min(3, bytes.length); cut++) {
    const part = bytes.subarray(0, bytes.length - cut)
    const text = Buffer.from(part).toString("utf8")
    if (text.includes("\uFFFD") && !Buffer.from(text, "utf8").equals(part)) continue
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text) ? undefined : { text, used: part.length }
  }
  return undefined
}

/** The empty object has no range to ask for: S3 answers 416, which is an answer here. */
const isEmptyRange = (error: AwsError): boolean => error.code === "InvalidRange"

/** Reads what was asked for. A caller who gives up closes the connection: S3 may be slow to send the rest. */
const readBody = (body: GetObjectCommandOutput["Body"]): Effect.Effect<Uint8Array, ToolFailure> =>
  Effect.tryPromise({
    try: () => body?.transformToByteArray() ?? Promise.resolve(new Uint8Array()),
    catch: () =>
      new ToolFailure({
        code: "aws_unreachable",
        what: "The connection to S3 broke while the object was read. Try again.",
      }),
  }).pipe(
    Effect.onInterrupt(() =>
      Effect.sync(() => {
        if (body !== undefined && "destroy" in body) body.destroy()
      }),
    ),
  )

export const getObject = Effect.fnUntraced(function* (
  input: Place & {
    readonly bucket: string
    readonly key: string
    readonly version_id?: string
    readonly range?: string
    readonly encoding?: "auto" | "text" | "base64"
  },
) {
  const { bucket, key } = input
  const piece = pieceOf(input.range)
  if (piece === undefined) {
    return yield* new ToolFailure({
      code: "invalid_arguments",
      what: "range: expected first and last byte, such as 0-1023; nothing was sent.",
    })
  }
  const fetch = (range: Range | undefined) =>
    sendRaw<GetObjectCommandOutput>(input, {
      service: "s3",
      operation: "GetObject",
      idempotent: true,
      input: {
        Bucket: bucket,
        Key: key,
        ...maybe("Range", range === undefined ? undefined : `bytes=${range.first}-${range.last}`),
        ...maybe("VersionId", input.version_id),
      },
    })
  const output = yield* fetch(piece).pipe(
    Effect.catchIf(
      (error) => isEmptyRange(error) && piece.first === 0,
      () => fetch(undefined),
    ),
    Effect.mapError((error) =>
      isEmptyRange(error)
        ? new ToolFailure({ code: error.code, what: `range: the object ends before byte ${piece.first}.` })
        : toolFailure(error),
    ),
  )
  const bytes = yield* readBody(output.Body)
  const size = sizeOf(output, bytes.length)
  const text = input.encoding === "base64" ? undefined : asText(bytes)
  if (text === undefined && input.encoding === "text") {
    return yield* new ToolFailure({
      code: "not_text",
      what: `s3://${bucket}/${key} is not UTF-8 text here. Use encoding base64.`,
    })
  }
  const used = text?.used ?? bytes.length
  const end = piece.first + used
  return {
    bucket,
    key,
    content: text?.text ?? Buffer.from(bytes).toString("base64"),
    ...maybe("content_type", output.ContentType),
    size,
    encoding: text === undefined ? ("base64" as const) : ("text" as const),
    ...(used === 0 ? {} : { range: `${piece.first}-${end - 1}` }),
    ...(end < size && used > 0 ? { next_range: `${end}-${Math.min(size, end + PIECE) - 1}` } : {}),
    ...maybe("version_id", output.VersionId),
  }
})
