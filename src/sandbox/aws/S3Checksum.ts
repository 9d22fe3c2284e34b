/** The five checksums that S3 knows, and the check of what a client says its body sums up to. */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"
import { AwsRefusal } from "./AwsCall.ts"

/** Lower case, as in `x-amz-checksum-NAME`. */
export type ChecksumAlgorithm = "crc32" | "crc32c" | "crc64nvme" | "sha1" | "sha256"

/** A checksum in base64, big endian where it is a number. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly value: string
}

/** CRC-32C (Castagnoli, RFC 3720) with the reflected polynomial 0x82F63B78. */
const crc32c = (body: Uint8Array): number => {
  let sum = 0xffffffff
  for (const byte of body) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1
  }
  return (sum ^ 0xffffffff) >>> 0
}

const NVME = 0x9a6c9329ac4bc9b5n

/** One entry per byte value; built once, since 64-bit steps in JavaScript are slow. */
const nvmeTable: ReadonlyArray<bigint> = Array.from({ length: 256 }, (_, byte) => {
  let entry = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) entry = entry & 1n ? (entry >> 1n) ^ NVME : entry >> 1n
  return entry
})

/** CRC-64/NVME, the default of newer AWS clients. */
const crc64nvme = (body: Uint8Array): bigint => {
  let sum = 0xffffffffffffffffn
  for (const byte of body) sum = (sum >> 8n) ^ (nvmeTable[Number(sum & 0xffn) ^ byte] ?? 0n)
  return sum ^ 0xffffffffffffffffn
}

const base64OfUint32 = (sum: number): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(sum)
  return bytes.toString("base64")
}

const base64OfUint64 = (sum: bigint): string => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(sum)
  return bytes.toString("base64")
}

const digests: Readonly<Record<ChecksumAlgorithm, (body: Uint8Array) => string>> = {
  crc32: (body) => base64OfUint32(crc32(body)),
  crc32c: (body) => base64OfUint32(crc32c(body)),
  crc64nvme: (body) => base64OfUint64(crc64nvme(body)),
  sha1: (body) => createHash("sha1").update(body).digest("base64"),
  sha256: (body) => createHash("sha256").update(body).digest("base64"),
}

const algorithms: ReadonlyArray<ChecksumAlgorithm> = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"]

/** The checksum of a body. */
export const checksumOf = (algorithm: ChecksumAlgorithm, body: Uint8Array): Checksum => ({
  algorithm,
  value: digests[algorithm](body),
})

/** `x-amz-checksum-…` and its type, as a read and a write tell them; always over the full object here. */
export const checksumHeaders = (checksum: Checksum): Readonly<Record<string, string>> => ({
  [`x-amz-checksum-${checksum.algorithm}`]: checksum.value,
  "x-amz-checksum-type": "FULL_OBJECT",
})

const badDigest = (name: string) =>
  new AwsRefusal({
    status: 400,
    code: "BadDigest",
    message: `The ${name} you specified did not match the calculated checksum.`,
  })

/** Checks `Content-MD5` and every `x-amz-checksum-*` that was sent, and gives the checksum to keep (CRC-32 if none was sent). */
export const verifyBody = Effect.fnUntraced(function* (
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): Effect.fn.Return<Checksum, AwsRefusal> {
  const md5 = headers["content-md5"]
  if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64"))
    return yield* badDigest("Content-MD5")
  let kept: Checksum | undefined
  for (const algorithm of algorithms) {
    const sent = headers[`x-amz-checksum-${algorithm}`]
    if (sent === undefined) continue
    if (sent !== digests[algorithm](body)) return yield* badDigest(algorithm.toUpperCase())
    kept = { algorithm, value: sent }
  }
  return kept ?? checksumOf("crc32", body)
})
