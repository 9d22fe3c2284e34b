/** How the values of settings are written, each form in one place. Pure: text in, a value or `undefined` out. */
import { TOOLSETS, type Toolset } from "./AppConfig.ts"

/** `true/false/1/0/yes/no/on/off`, in any case. */
export const parseFlag = (value: string): boolean | undefined =>
  /^(?:true|1|yes|on)$/i.test(value) ? true : /^(?:false|0|no|off)$/i.test(value) ? false : undefined

/**
 * An address of Vault: http, https, or `unix://` and the absolute path of an Agent's or Proxy's socket.
 */
export const parseVaultAddress = (value: string): string | undefined =>
  /^unix:\/\/\/[\x21-\x7e]{1,256}$/.test(value) ? value : parseAddress(value)

/** Scheme, host, port and path of an http or https address, without a trailing slash; no user, query or fragment. */
export const parseAddress = (value: string): string | undefined => {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return undefined
  const url = new URL(value)
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return undefined
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`
}

/** A path of Vault: segments of visible characters, none of them empty, `.` or `..`. */
export const parseVaultPath = (value: string): string | undefined => {
  const path = value.replace(/^\/+|\/+$/g, "")
  const fine = path.split("/").every((segment) => /^[\w+=,.@ -]{1,128}$/.test(segment) && !/^\.{1,2}$/.test(segment))
  return fine ? path : undefined
}

/** The shape of an AWS region's name. Whether it exists, AWS tells. */
export const parseRegion = (value: string): string | undefined =>
  /^[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-\d{1,2}$/.test(value) ? value : undefined

/** The name of a role of Vault's AWS engine. */
export const parseRole = (value: string): string | undefined => (/^[\w+=,.@-]{1,128}$/.test(value) ? value : undefined)

/** Items between commas; at least one. */
export const parseList = (value: string): ReadonlyArray<string> | undefined => {
  const items = value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
  return items.length === 0 ? undefined : items
}

/** One of the known words, in any case. */
export const oneOf =
  <const A extends string>(...known: ReadonlyArray<A>) =>
  (value: string): A | undefined =>
    known.find((item) => item === value.toLowerCase())

/** Names of toolsets between commas. */
export const parseToolsets = (value: string): ReadonlyArray<Toolset> | undefined => {
  const wanted = parseList(value)?.map((item) => TOOLSETS.find((known) => known === item.toLowerCase()))
  return wanted === undefined || wanted.includes(undefined) ? undefined : wanted.filter((item) => item !== undefined)
}

/** The path of a file, as the operating system takes it. */
export const parsePath = (value: string): string | undefined =>
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  value.length <= 4096 && !/[\u0000-\u001f]/.test(value) ? value : undefined

/** A name of a role, a user or a server: visible characters without a slash. */
export const parseName = (value: string): string | undefined => (/^[^\s/\\%?#]{1,256}$/.test(value) ? value : undefined)

/** A secret of one line: any visible characters, blanks within included. */
export const parseSecret = (value: string): string | undefined =>
  /^[^\p{Cc}]{1,16384}$/u.test(value) ? value : undefined
