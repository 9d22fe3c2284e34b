/** The pure part of S3's lists: order by UTF-8 bytes, folding by delimiter, pages, and the URL encoding of names. */

/** What a list is asked for. `shown` is a common prefix that the page before ended with: it must not come again. */
interface FoldQuery {
  readonly prefix: string
  readonly delimiter: string
  readonly max: number
  readonly shown: string
}

/** A page. `last` is the entry it ended with when there is more. */
interface Folded<A> {
  readonly items: ReadonlyArray<A>
  readonly prefixes: ReadonlyArray<string>
  readonly last: A | string | undefined
}

/** Key order of S3: by the bytes of their UTF-8 form, which differs from JavaScript's order beyond the basic plane. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

const commonPrefix = (key: string, query: FoldQuery): string | undefined => {
  if (query.delimiter === "") return undefined
  const at = key.indexOf(query.delimiter, query.prefix.length)
  return at < 0 ? undefined : key.slice(0, at + query.delimiter.length)
}

/** The first page of sorted items; keys that share a prefix up to the delimiter count as one entry. */
export const foldPage = <A extends { readonly key: string }>(sorted: ReadonlyArray<A>, query: FoldQuery): Folded<A> => {
  const items: Array<A> = []
  const prefixes: Array<string> = []
  let last: A | string | undefined
  for (const item of sorted) {
    if (!item.key.startsWith(query.prefix)) continue
    const prefix = commonPrefix(item.key, query)
    if (prefix !== undefined && (prefix === query.shown || prefix === prefixes.at(-1))) continue
    // A page of none is complete in itself: S3 does not call `max-keys=0` truncated.
    if (items.length + prefixes.length >= query.max)
      return { items, prefixes, last: query.max === 0 ? undefined : last }
    if (prefix === undefined) items.push(item)
    else prefixes.push(prefix)
    last = prefix ?? item
  }
  return { items, prefixes, last: undefined }
}

/** A name as `encoding-type=url` answers it: form encoding, slashes kept (seen with botocore, which decodes `+` as a blank). */
export const urlEncodeName = (name: string): string =>
  encodeURIComponent(name.toWellFormed())
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%2F", "/")
    .replaceAll("%20", "+")
    .replaceAll("%2A", "*")

/** A continuation token: opaque to clients, and nothing but the entry that the page ended with. */
export const tokenOf = (after: string): string => Buffer.from(`after:${after}`).toString("base64url")

/** The entry behind a token, or undefined where the token is none of ours. */
export const afterToken = (token: string): string | undefined => {
  const text = Buffer.from(token, "base64url").toString("utf8")
  return text.startsWith("after:") && tokenOf(text.slice(6)) === token ? text.slice(6) : undefined
}
