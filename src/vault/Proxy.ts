/**
 * Which requests go through the operator's proxy. NO_PROXY is read as Go's programs read it, Vault's own client among
 * them (golang.org/x/net/http/httpproxy): names with their subdomains, `.name` for subdomains alone, addresses, networks,
 * each with or without a port, and `*`. This machine is no exception, as the proxy was named for Vault alone. Pure.
 */
import { BlockList, isIP } from "node:net"
import type { AppConfigShape } from "../config/AppConfig.ts"

type ProxySettings = Pick<AppConfigShape["vault"], "proxy" | "noProxy">

/** The proxy's address for a request to `url`; absent when it goes straight. */
export const proxyFor = ({ noProxy, proxy }: ProxySettings, url: URL): string | undefined =>
  proxy === undefined || goesStraight(noProxy ?? "", url) ? undefined : proxy

/** An address that a proxy can have; what is wrong with another is not repeated, as it may hold a password. */
export const isProxyAddress = (text: string): boolean =>
  URL.canParse(text) && /^(?:https?|socks5?):$/.test(new URL(text).protocol) && new URL(text).hostname !== ""

/** For messages: ` through the proxy http://proxy:3128`, without user and password; nothing when there is none. */
export const throughProxy = (settings: ProxySettings, url: URL): string => {
  const proxy = proxyFor(settings, url)
  if (proxy === undefined) return ""
  if (!isProxyAddress(proxy)) return " through the proxy"
  const { host, protocol } = new URL(proxy)
  return ` through the proxy ${protocol}//${host}`
}

const goesStraight = (noProxy: string, url: URL): boolean => {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase()
  const port = url.port !== "" ? url.port : url.protocol === "https:" ? "443" : "80"
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && matches(entry, host, port))
}

const matches = (entry: string, host: string, port: string): boolean => {
  if (entry === "*") return true
  const [, network = "", bits = ""] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? []
  if (network !== "") return contains(network, Number(bits), host)
  // `[v6]:port`, `host:port`, or without a port; the colons of a bare IPv6 address are no port's.
  const [, bracketed, named, onPort] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [entry, undefined, entry]
  if (onPort !== undefined && onPort !== port) return false
  const wanted = bracketed ?? named ?? ""
  if (isIP(wanted) !== 0) return contains(wanted, isIP(wanted) === 6 ? 128 : 32, host)
  const name = wanted.replace(/^\*\./, ".")
  return name.startsWith(".") ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}

/** Whether the address `host` lies in the network; a host that is a name lies in none. */
const contains = (network: string, bits: number, host: string): boolean => {
  const family = isIP(network)
  if (family === 0 || isIP(host) !== family || bits > (family === 6 ? 128 : 32)) return false
  const list = new BlockList()
  const kind = family === 6 ? "ipv6" : "ipv4"
  list.addSubnet(network, bits, kind)
  return list.check(host, kind)
}
