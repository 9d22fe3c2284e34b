/**
 * How much a server may send that nobody asked for. Counted between two answers that were waited for; as the health check
 * asks at intervals, that is a rate. Pure.
 */

/** A message above this size ends the connection: no answer needs so much. */
export const MAX_MESSAGE = 10 * 1024 * 1024
/** Bytes, messages and lines that are no message, between two answers. */
const MAX_BYTES = 64 * 1024 * 1024
const MAX_MESSAGES = 10_000
const MAX_GARBAGE = 1000

/** Counts what comes; each count gives the reason to end the connection, once there is one. */
export interface Meter {
  readonly bytes: (count: number) => string | undefined
  readonly message: () => string | undefined
  /** A line that is no message. */
  readonly garbage: () => string | undefined
  /** An answer came that was waited for. */
  readonly answered: () => void
  /** Lines that were no messages since the connection began. */
  readonly garbageSeen: () => number
}

export const makeMeter = (): Meter => {
  let bytes = 0
  let messages = 0
  let garbage = 0
  let seen = 0
  return {
    bytes: (count) => {
      bytes += count
      return bytes > MAX_BYTES ? `it flooded: more than ${MAX_BYTES / 1024 / 1024} MiB without an answer` : undefined
    },
    message: () =>
      ++messages > MAX_MESSAGES ? `it flooded: more than ${MAX_MESSAGES} messages that nobody asked for` : undefined,
    garbage: () => {
      seen++
      return ++garbage > MAX_GARBAGE ? `it wrote more than ${MAX_GARBAGE} lines that are no MCP messages` : undefined
    },
    answered: () => {
      bytes = messages = garbage = 0
    },
    garbageSeen: () => seen,
  }
}

/** Cuts a stream into lines; `undefined` once a line is longer than a message may be. Keeps no more than that. */
export const makeLines = (max: number = MAX_MESSAGE): ((chunk: Buffer) => ReadonlyArray<string> | undefined) => {
  let parts: Array<Buffer> = []
  let size = 0
  return (chunk) => {
    const lines: Array<string> = []
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const last = chunk.subarray(from, end)
      if (size + last.length > max) return undefined
      const line = parts.length === 0 ? last : Buffer.concat([...parts, last])
      lines.push(line.toString("utf8").replace(/\r$/, ""))
      parts = []
      size = 0
      from = end + 1
    }
    const rest = chunk.subarray(from)
    size += rest.length
    if (size > max) return undefined
    if (rest.length > 0) parts.push(rest)
    return lines
  }
}
