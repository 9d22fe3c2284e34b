/**
 * Every setting: its variable, its fall-backs, what it must look like, its default and what it means. Loading, the
 * README's table and the command line's flags are made from this one list.
 */
import { type Duration, type LogLevel, Result } from "effect"
import { parseSpan } from "../core/Span.ts"
import { type Access, TOOLSETS, type Toolset } from "./AppConfig.ts"

/** One setting with a value of type A. */
export interface Setting<A> {
  /** The key in the config file, and with dashes the flag; upper case with the prefix it is the variable. */
  readonly key: string
  /** Variables of the official Vault client that are read when ours is not set, first one first. */
  readonly fallbacks: ReadonlyArray<string>
  /** Ends the sentence "expected …"; never holds the value that was found. */
  readonly expects: string
  readonly parse: (text: string) => A | undefined
  /** How the default is written for people; empty when there is none. */
  readonly shownDefault: string
  readonly says: string
  /** A secret is read from the environment alone: no flag, no file. */
  readonly secret: boolean
}

export const PREFIX = "VAULT_AWS_MCP_"

/** The full name of the variable. */
export const variableOf = (setting: Pick<Setting<unknown>, "key">): string => `${PREFIX}${setting.key.toUpperCase()}`

/** `true/false/1/0/yes/no/on/off`, in any case. */
export const parseFlag = (value: string): boolean | undefined =>
  /^(?:true|1|yes|on)$/i.test(value) ? true : /^(?:false|0|no|off)$/i.test(value) ? false : undefined

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

const list = (value: string): ReadonlyArray<string> | undefined => {
  const items = value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")
  return items.length === 0 ? undefined : items
}

const oneOf =
  <const A extends string>(...known: ReadonlyArray<A>) =>
  (value: string): A | undefined =>
    known.find((item) => item === value.toLowerCase())

const toolsets = (value: string): ReadonlyArray<Toolset> | undefined => {
  const wanted = list(value)?.map((item) => TOOLSETS.find((known) => known === item.toLowerCase()))
  return wanted === undefined || wanted.includes(undefined) ? undefined : wanted.filter((item) => item !== undefined)
}

const setting = <A>(one: Partial<Setting<A>> & Pick<Setting<A>, "key" | "expects" | "parse" | "says">): Setting<A> => ({
  fallbacks: [],
  shownDefault: "",
  secret: false,
  ...one,
})

/** The settings by the name the program uses. */
export const SETTINGS = {
  vaultAddr: setting({
    key: "vault_addr",
    fallbacks: ["BAO_ADDR", "VAULT_ADDR"],
    expects: "an address such as https://vault.example.com:8200, without user, query or fragment",
    parse: parseAddress,
    shownDefault: "http://127.0.0.1:8200",
    says: "Vault address",
  }),
  vaultToken: setting({
    key: "vault_token",
    fallbacks: ["BAO_TOKEN", "VAULT_TOKEN"],
    expects: "a token without blanks",
    parse: (value) => (/^[\x21-\x7e]{1,4096}$/.test(value) ? value : undefined),
    says: "Vault token; else ~/.vault-token, as `vault login` writes it",
    secret: true,
  }),
  vaultMount: setting({
    key: "vault_aws_mount_path",
    expects: "a mount path such as aws or team-a/aws",
    parse: parseVaultPath,
    shownDefault: "aws",
    says: "mount path of the AWS secrets engine",
  }),
  vaultRole: setting({
    key: "vault_aws_role",
    expects: "a role name of letters, digits and -_.@=,+",
    parse: (value) => (/^[\w+=,.@-]{1,128}$/.test(value) ? value : undefined),
    shownDefault: "mcp-agent-role",
    says: "Vault role that credentials are asked of",
  }),
  awsRegion: setting({
    key: "aws_region",
    expects: "an AWS region such as eu-west-1",
    parse: parseRegion,
    shownDefault: "us-east-1",
    says: "default region",
  }),
  leaseTtl: setting<Duration.Duration>({
    key: "lease_ttl",
    expects: "a length of time such as 1h, 15m or 900 (seconds)",
    parse: parseSpan,
    shownDefault: "1h",
    says: "TTL to ask for; AWS takes no less than 15 min",
  }),
  autoRenew: setting<boolean>({
    key: "lease_auto_renew",
    expects: "true or false",
    parse: parseFlag,
    shownDefault: "true",
    says: "keep leases fresh in the background while in use",
  }),
  access: setting<Access>({
    key: "access",
    expects: "ask, read-only or full",
    parse: oneOf("ask", "read-only", "full"),
    shownDefault: "ask",
    says: "what tools may do; `ask` acts as `full` until the gate can ask",
  }),
  toolsets: setting<ReadonlyArray<Toolset>>({
    key: "toolsets",
    expects: `a comma-separated list of ${TOOLSETS.join(", ")}`,
    parse: toolsets,
    shownDefault: TOOLSETS.join(","),
    says: "groups of tools that are offered",
  }),
  vaultNamespace: setting({
    key: "vault_namespace",
    fallbacks: ["BAO_NAMESPACE", "VAULT_NAMESPACE"],
    expects: "a namespace such as team-a/prod",
    parse: parseVaultPath,
    says: "Vault namespace",
  }),
  childPolicies: setting({
    key: "vault_child_policies",
    expects: "a comma-separated list of policy names",
    parse: list,
    says: "policies of the child token that leases hang on; else inherited",
  }),
  sessionName: setting<boolean>({
    key: "session_name",
    expects: "on or off",
    parse: parseFlag,
    shownDefault: "on",
    says: "send a unique role_session_name; `off` for Vault policies that forbid the parameter",
  }),
  awsEndpointUrl: setting({
    key: "aws_endpoint_url",
    expects: "an address such as http://127.0.0.1:4566",
    parse: parseAddress,
    says: "an emulator or VPC endpoint that all AWS calls go to",
  }),
  logLevel: setting<LogLevel.LogLevel>({
    key: "log_level",
    expects: "debug, info, warn or error",
    parse: (value) => LEVELS[value.toLowerCase()],
    shownDefault: "info",
    says: "what is written to stderr",
  }),
} as const

const LEVELS: Readonly<Record<string, LogLevel.LogLevel>> = {
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  warning: "Warn",
  error: "Error",
}

/** The variable that names the config file; it has no key in the file itself. */
export const CONFIG_VARIABLE = `${PREFIX}CONFIG`

/** Parses what was found, or says what was expected where. */
export const parseSetting = <A>(one: Setting<A>, where: string, value: string): Result.Result<A, string> => {
  const parsed = one.parse(value.trim())
  return parsed === undefined ? Result.fail(`${where}: expected ${one.expects}`) : Result.succeed(parsed)
}

/** The keys that may be given as flags: every setting but the secrets, and the config file's own path. */
export const flagKeys: ReadonlyArray<string> = [
  ...Object.values(SETTINGS).flatMap((one) => (one.secret ? [] : [one.key])),
  "config",
]
