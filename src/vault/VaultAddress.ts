/** Where requests go: the configured address taken apart, and paths below it put together. Pure. */
import { Result } from "effect"
import { AddressRefused } from "./ReachReason.ts"
import { InvalidRequest } from "./VaultReason.ts"

/** A usable address. `shown` is what messages name: scheme, host and port, or the socket. */
export interface VaultAddress {
  readonly url: URL
  readonly shown: string
  /** The path of the unix socket that everything is sent over; `url` only fills the request then. */
  readonly socket?: string
}

/** Takes `http(s)://host[:port][/path]` or `unix:///path`; anything else is refused with what to write instead. */
export const parseAddress = (text: string): Result.Result<VaultAddress, AddressRefused> => {
  const refuse = (why: string) => Result.fail(new AddressRefused({ why }))
  if (/^unix:/i.test(text)) {
    const socket = /^unix:\/\/(\/[\x21-\x7e]{1,256})$/i.exec(text)?.[1]
    if (socket === undefined) return refuse("a unix socket is written as unix:// and its whole path")
    return Result.succeed({ url: new URL("http://localhost"), shown: `unix://${socket}`, socket })
  }
  if (!/^https?:\/\//i.test(text)) return refuse("it must begin with https://, http:// or unix://")
  if (!URL.canParse(text)) return refuse("it is not a URL")
  const url = new URL(text)
  if (url.username !== "" || url.password !== "") return refuse("it must not hold a user name or password")
  if (url.search !== "" || url.hash !== "") return refuse("it must not have a query or a fragment")
  return Result.succeed({ url, shown: url.origin })
}

/** The parts of a mount path such as `aws` or `/team/aws/`. */
export const mountParts = (mount: string): ReadonlyArray<string> => mount.replace(/^\/+|\/+$/g, "").split("/")

/**
 * The URL of an API path, given in parts that are each encoded whole. Vault decodes a path before it cleans it
 * (`creds/x%2F..%2F..%2Fsys` is answered with a redirect to `sys`), so a part that could climb is never sent.
 */
export const apiUrl = (
  address: VaultAddress,
  parts: ReadonlyArray<string>,
  query: Readonly<Record<string, string>> = {},
): Result.Result<URL, InvalidRequest> => {
  for (const part of parts) {
    const why = partProblem(part)
    if (why !== undefined) return Result.fail(new InvalidRequest({ text: `a name in the path ${why}` }))
  }
  const base = address.url.pathname.replace(/\/+$/, "")
  const url = new URL(`${address.url.origin}${base}/v1/${parts.map(encodeURIComponent).join("/")}`)
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
  return Result.succeed(url)
}

const partProblem = (part: string): string | undefined => {
  if (part === "") return "is empty"
  if (part === "." || part === "..") return `is "${part}", which would lead elsewhere`
  if (/[/\\]/.test(part)) return "holds a slash"
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(part)) return "holds a control character"
  if (!part.isWellFormed()) return "holds half a character"
  return undefined
}
