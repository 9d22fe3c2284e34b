/**
 * The body of a signed request: checked against the hash that was signed, and taken out of S3's `aws-chunked` framing
 * before a service sees it. Format: S3 API reference, "Signature calculations … (chunked upload with trailing headers)".
 */
import { Effect } from "effect"
import { sha256Hex } from "../SigV4.ts"
import type { WireRequest } from "../Wire.ts"
import { AwsRefusal } from "./AwsCall.ts"
import { type ChecksumAlgorithm, checksumOf } from "./S3Checksum.ts"

const UNSIGNED = "UNSIGNED-PAYLOAD"
const STREAMING_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

/**
 * The payload hash that went into the signature. Services other than S3 hash the body whatever a header says; a
 * presigned S3 address does not know the body yet. `undefined`: S3 was not told.
 */
export const signedPayloadHash = (request: WireRequest, service: string, presigned: boolean): string | undefined => {
  if (service !== "s3") return sha256Hex(request.body)
  return request.headers["x-amz-content-sha256"] ?? (presigned ? UNSIGNED : undefined)
}

const badRequest = (code: string, message: string, fields?: Readonly<Record<string, string>>): AwsRefusal =>
  new AwsRefusal({ status: 400, code, message, ...(fields === undefined ? {} : { fields }) })

const incomplete = badRequest("IncompleteBody", "The request body terminated unexpectedly")

/** The data and the trailing headers of an aws-chunked body; `undefined`: cut short or not in that form. */
export const decodeChunks = (
  body: Uint8Array,
): { readonly data: Buffer; readonly trailers: Readonly<Record<string, string>> } | undefined => {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const pieces: Array<Buffer> = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at)
    if (lineEnd < 0) return undefined
    const size = /^([0-9a-f]{1,8})(?:;.*)?$/i.exec(bytes.toString("latin1", at, lineEnd))?.[1]
    if (size === undefined) return undefined
    at = lineEnd + 2
    const length = Number.parseInt(size, 16)
    if (length === 0) break
    if (bytes.toString("latin1", at + length, at + length + 2) !== "\r\n") return undefined
    pieces.push(bytes.subarray(at, at + length))
    at += length + 2
  }
  const trailers: Record<string, string> = {}
  for (const line of bytes.toString("latin1", at).split("\r\n")) {
    const colon = line.indexOf(":")
    if (colon > 0) trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { data: Buffer.concat(pieces), trailers }
}

const isAlgorithm = (name: string): name is ChecksumAlgorithm =>
  ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"].includes(name)

const unchunk = Effect.fnUntraced(function* (request: WireRequest): Effect.fn.Return<WireRequest, AwsRefusal> {
  const decoded = decodeChunks(request.body)
  const length = request.headers["x-amz-decoded-content-length"]
  if (length === undefined) {
    return yield* new AwsRefusal({
      status: 411,
      code: "MissingContentLength",
      message: "You must provide the Content-Length HTTP header.",
    })
  }
  if (decoded === undefined || decoded.data.length !== Number(length)) return yield* incomplete
  const announced = (request.headers["x-amz-trailer"] ?? "").split(",").map((name) => name.trim().toLowerCase())
  // Only announced checksums become headers: nothing else may slip in behind what was signed.
  const checksums: Record<string, string> = {}
  for (const name of announced.filter((name) => name !== "")) {
    const sent = decoded.trailers[name]
    const algorithm = name.replace(/^x-amz-checksum-/, "")
    if (sent === undefined || !isAlgorithm(algorithm)) {
      return yield* badRequest(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
      )
    }
    checksums[name] = sent
    if (checksumOf(algorithm, decoded.data).value !== sent) {
      return yield* badRequest(
        "BadDigest",
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      )
    }
  }
  const { "content-encoding": encodings = "", "transfer-encoding": _, ...rest } = request.headers
  // The framing is no property of the object: what other encodings were named stays.
  const kept = encodings
    .split(",")
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== "" && encoding !== "aws-chunked")
  return {
    ...request,
    body: decoded.data,
    headers: {
      ...rest,
      ...checksums,
      "content-length": String(decoded.data.length),
      ...(kept.length === 0 ? {} : { "content-encoding": kept.join(",") }),
    },
  }
})

/** Checks an S3 body against its signed hash and takes it out of its framing. `hash` is what was signed. */
export const acceptPayload = Effect.fnUntraced(function* (
  request: WireRequest,
  hash: string,
): Effect.fn.Return<WireRequest, AwsRefusal> {
  if (hash === UNSIGNED) return request
  if (hash === STREAMING_TRAILER) return yield* unchunk(request)
  if (hash.startsWith("STREAMING-")) {
    return yield* new AwsRefusal({
      status: 501,
      code: "NotImplemented",
      message: `The sandbox does not check payloads of the kind ${hash}.`,
    })
  }
  const actual = sha256Hex(request.body)
  if (hash !== actual) {
    return yield* badRequest(
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      { ClientComputedContentSHA256: hash, S3ComputedContentSHA256: actual },
    )
  }
  return request
})
