/** Byte ranges and preconditions of a read (RFC 9110 §13, §14), as far as S3 honours them. */
import { DateTime, Option } from "effect"

/** The bytes from `start` to `end`, both included. */
interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * The range that a `Range` header asks of `size` bytes. Undefined: the whole object, also for a header that is no range
 * or names several, which S3 does not serve.
 */
export const rangeOf = (header: string | undefined, size: number): ByteRange | "unsatisfiable" | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "")
  const [, first = "", last = ""] = match ?? []
  if (match === null || (first === "" && last === "")) return undefined
  if (first === "") {
    const length = Math.min(Number(last), size)
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  if (last !== "" && Number(last) < start) return undefined
  return start >= size ? "unsatisfiable" : { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) }
}

/** Whether a list of entity tags (`"a", W/"b"`, `*`, also bare ones) names this one. */
export const namesEtag = (header: string, etag: string): boolean =>
  header.split(",").some((tag) => {
    const bare = tag.trim().replace(/^W\//, "").replaceAll('"', "")
    return bare === "*" || bare === etag
  })

/** HTTP dates count in whole seconds. */
const secondsOf = (header: string | undefined): number | undefined =>
  Option.getOrUndefined(Option.map(DateTime.make(header ?? ""), (date) => DateTime.toEpochMillis(date) / 1000))

/** What the preconditions of a read come to. An entity tag outranks a date that says the same thing. */
export const conditionOf = (
  headers: Readonly<Record<string, string>>,
  prefix: "" | "x-amz-copy-source-",
  version: { readonly etag: string; readonly modified: number },
): "ok" | "failed" | "unchanged" => {
  const modified = Math.floor(version.modified / 1000)
  const match = headers[`${prefix}if-match`]
  const noneMatch = headers[`${prefix}if-none-match`]
  if (match !== undefined && !namesEtag(match, version.etag)) return "failed"
  const unmodifiedSince = secondsOf(headers[`${prefix}if-unmodified-since`])
  if (match === undefined && unmodifiedSince !== undefined && modified > unmodifiedSince) return "failed"
  if (noneMatch !== undefined) return namesEtag(noneMatch, version.etag) ? "unchanged" : "ok"
  const modifiedSince = secondsOf(headers[`${prefix}if-modified-since`])
  return modifiedSince !== undefined && modified <= modifiedSince ? "unchanged" : "ok"
}
