/** Which addresses a remote may have: https, or http on this machine, without a secret in it. Pure. */
import { Result } from "effect"
import { oneLine } from "../core/Text.ts"

/** Whether a host is this machine itself, by its name. */
const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)

/** What is wrong with an address; `undefined` when it may be used. Never repeats what may hold a secret. */
export const urlProblem = (url: string): string | undefined => {
  if (/^[\w+.-]*::/.test(url)) return "it names a helper program (transport::address), which is never run"
  if (url.length > 2048 || /[\p{Cc}\s]/u.test(url)) return "it is no address"
  if (/^[^/:]+@[^/:]+:/.test(url) || /^(?:ssh|git\+ssh|ssh\+git):/i.test(url))
    return "it is for ssh, which is not spoken here; use the https address of the same repository"
  if (!URL.canParse(url)) return "it is a path or no address, and only https addresses are used"
  const { hash, hostname, password, protocol, search, username } = new URL(url)
  if (protocol !== "https:" && protocol !== "http:")
    return `it begins with ${oneLine(protocol, 20)}, and only https addresses are used`
  if (username !== "" || password !== "")
    return "it holds a user name or a password, which would be written into the repository's config; leave them out, and name a credential in Vault"
  if (protocol === "http:" && !isLoopback(hostname)) return "it is not encrypted (http); use the https address"
  if (search !== "" || hash !== "") return "it has a query or a fragment"
  return undefined
}

/** An address as it may be shown: a secret in it is left out. */
export const shownUrl = (url: string): string => oneLine(url.replace(/^([a-z+]+:\/\/)[^/@]*@/i, "$1***@"), 300)

/** The folder that a clone gets by default: the last part of the address. */
export const folderOf = (url: string): string => {
  const last = new URL(url).pathname.replace(/\/+$/, "").split("/").at(-1) ?? ""
  return Result.getOrElse(
    Result.try(() => decodeURIComponent(last)),
    () => last,
  ).replace(/\.git$/i, "")
}
