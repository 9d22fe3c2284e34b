/**
 * A look at a pack before anybody unpacks it: isomorphic-git holds each object in memory as a whole, however little of
 * the network it took. Objects that are too large, or larger than they say, are refused here, within their bound.
 */
import { inflateSync } from "node:zlib"
import { gitError } from "./GitError.ts"

/** Bytes of one object, and of what a delta makes. */
export const MOST_OF_OBJECT = 256 * 1024 * 1024

const OFS_DELTA = 6
const REF_DELTA = 7

const tooLarge = () =>
  gitError(
    "git_too_large",
    `The remote sends an object of more than ${MOST_OF_OBJECT / 1024 / 1024} MiB, which is not unpacked here. Nothing was changed; fetch it with git itself.`,
  )

const broken = () => gitError("git_broken", "What the remote sent is no sound pack. Nothing was changed; try again.")

/** A number of the kind that a delta begins with: seven bits a byte, the lowest first. */
const sizeAt = (bytes: Uint8Array, at: number): { readonly size: number; readonly end: number } => {
  let size = 0
  let scale = 1
  let i = at
  for (;;) {
    const byte = bytes[i++]
    if (byte === undefined || scale > 2 ** 49) throw broken()
    size += (byte & 0x7f) * scale
    if (byte < 0x80) return { size, end: i }
    scale *= 128
  }
}

/** What a delta says that it makes: the second of its numbers. */
const madeBy = (delta: Uint8Array): number => sizeAt(delta, sizeAt(delta, 0).end).size

/** One object: checks it, and says where the next begins. */
const objectAt = (pack: Buffer, at: number, most: number): number => {
  const first = pack[at]
  if (first === undefined) throw broken()
  const kind = (first >> 4) & 7
  let size = first & 15
  let i = at + 1
  if (first >= 0x80) {
    const rest = sizeAt(pack, i)
    size += rest.size * 16
    i = rest.end
  }
  if (size > most) throw tooLarge()
  if (kind === OFS_DELTA) while ((pack[i++] ?? 0) >= 0x80) if (i > at + 24) throw broken()
  if (kind === REF_DELTA) i += 20
  const { buffer, engine } = inflated(pack.subarray(i), size)
  if (buffer.length !== size) throw broken()
  if ((kind === OFS_DELTA || kind === REF_DELTA) && madeBy(buffer) > most) throw tooLarge()
  return i + engine.bytesWritten
}

/** Unpacks so many bytes and no more. With `info` Node also tells how much it read, which its types do not know. */
const inflated = (bytes: Buffer, size: number) => {
  try {
    const found: unknown = inflateSync(bytes, { maxOutputLength: size + 1, info: true })
    return found as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }
  } catch {
    throw broken()
  }
}

/** Objects after which others get their turn. */
const BREATH = 500

/** Refuses a pack, by an exception, that would not fit in memory or is not sound. An empty one is fine. */
export const checkPack = async (pack: Buffer, most: number = MOST_OF_OBJECT): Promise<void> => {
  if (pack.length < 32 || pack.toString("latin1", 0, 4) !== "PACK") throw broken()
  const objects = pack.readUInt32BE(8)
  let at = 12
  for (let i = 0; i < objects; i++) {
    at = objectAt(pack, at, most)
    if (i % BREATH === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  if (at !== pack.length - 20) throw broken()
}
