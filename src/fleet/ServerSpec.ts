/**
 * A server as an operator configures it, in the form that MCP clients write (`mcpServers`, or VS Code's `servers`): a
 * program on pipes, or an address. What is understood is little, and all that is wrong is told at once.
 */
import { isAbsolute } from "node:path"
import { Redacted, Result, Schema, SchemaIssue } from "effect"
import { oneLine } from "../core/Text.ts"

/** A program that is started, without a shell. */
export interface StdioSpec {
  readonly kind: "stdio"
  /** An absolute path, or a name that the PATH resolves. */
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, Redacted.Redacted<string>>>
  readonly cwd: string
}

/** An address that speaks Streamable HTTP. */
export interface HttpSpec {
  readonly kind: "http"
  readonly url: URL
  readonly headers: Readonly<Record<string, Redacted.Redacted<string>>>
}

/** One server under its name. */
export interface ServerSpec {
  readonly name: string
  readonly way: StdioSpec | HttpSpec
}

/** Servers that one file may name. */
const MOST_SERVERS = 100
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/

const Words = Schema.String.check(Schema.isMaxLength(32_768))
const Secrets = Schema.Record(Schema.String, Schema.RedactedFromValue(Words, { disallowEncode: true }))

/** What an entry may hold. Members that other clients keep there for themselves are let be. */
const Entry = Schema.Struct({
  type: Schema.optionalKey(Schema.String),
  command: Schema.optionalKey(Words),
  args: Schema.optionalKey(Schema.Array(Words)),
  env: Schema.optionalKey(Secrets),
  cwd: Schema.optionalKey(Words),
  url: Schema.optionalKey(Words),
  headers: Schema.optionalKey(Secrets),
  disabled: Schema.optionalKey(Schema.Boolean),
  envFile: Schema.optionalKey(Schema.Unknown),
})
type Entry = typeof Entry.Type

const decodeEntry = Schema.decodeUnknownResult(Entry)
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const TYPES: Readonly<Record<string, "stdio" | "http">> = {
  stdio: "stdio",
  local: "stdio",
  http: "http",
  "streamable-http": "http",
  streamablehttp: "http",
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Places of an entry where `${…}` stands. It is not filled in: our environment holds credentials. */
const unfilled = ({
  args = [],
  command = "",
  cwd = "",
  env = {},
  headers = {},
  url = "",
}: Entry): ReadonlyArray<string> => {
  const all: ReadonlyArray<readonly [string, string]> = [
    ["command", command],
    ["cwd", cwd],
    ["url", url],
    ...args.map((arg, index) => [`args.${index}`, arg] as const),
    ...Object.entries(env).map(([key, value]) => [`env.${key}`, Redacted.value(value)] as const),
    ...Object.entries(headers).map(([key, value]) => [`headers.${key}`, Redacted.value(value)] as const),
  ]
  return all.flatMap(([at, value]) => (/\$\{[^}]*\}/.test(value) ? [at] : []))
}

/** Whether an address on plain http leads to this machine alone. */
export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname)

const httpOf = (entry: Entry, wrong: (at: string, what: string) => void): HttpSpec | undefined => {
  const { headers = {}, url = "" } = entry
  for (const [key, value] of Object.entries(headers))
    if (!/^[\w!#$%&'*+.^`|~-]{1,128}$/.test(key) || !/^[\t\x20-\x7e]{1,16384}$/.test(Redacted.value(value)))
      wrong(`headers.${oneLine(key, 40)}`, "expected a header's name and a value of one line of ASCII")
  if (!URL.canParse(url)) {
    wrong("url", "expected an address such as https://mcp.example.com/mcp")
    return undefined
  }
  const parsed = new URL(url)
  if (parsed.username !== "" || parsed.password !== "")
    wrong("url", "must not hold a user or a password; put them into headers")
  if (parsed.protocol !== "https:" && !(parsed.protocol === "http:" && isLoopback(parsed)))
    wrong("url", "expected https://, or http:// on this machine (127.0.0.1, [::1], localhost)")
  return { kind: "http", url: parsed, headers }
}

const stdioOf = (entry: Entry, folder: string, wrong: (at: string, what: string) => void): StdioSpec => {
  const { args = [], command = "", cwd = folder, env = {} } = entry
  const nul = [command, cwd, ...args, ...Object.keys(env), ...Object.values(env).map(Redacted.value)]
  if (nul.some((text) => text.includes("\0"))) wrong("", "must not hold a NUL character")
  if (command.trim() === "") wrong("command", "expected the program to start")
  else if (/[\\/]/.test(command) && !isAbsolute(command))
    wrong("command", "expected an absolute path, or a name that is found by the PATH")
  if (!isAbsolute(cwd)) wrong("cwd", "expected an absolute path")
  for (const key of Object.keys(env))
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(key)) wrong(`env.${oneLine(key, 40)}`, "expected a variable's name")
  if (args.length > 200) wrong("args", "expected at most 200")
  return { kind: "stdio", command, args, env, cwd }
}

const wayOf = (entry: Entry, folder: string, wrong: (at: string, what: string) => void) => {
  const said = entry.type === undefined ? undefined : TYPES[entry.type.toLowerCase()]
  if (entry.type !== undefined && said === undefined) {
    wrong(
      "type",
      entry.type.toLowerCase() === "sse"
        ? "the old SSE transport is not spoken; ask the server for Streamable HTTP (type http)"
        : "expected stdio or http",
    )
    return undefined
  }
  for (const at of unfilled(entry))
    wrong(at, "${…} is not filled in, as this program's environment holds credentials; write the value itself")
  if (entry.envFile !== undefined) wrong("envFile", "is not read; write the variables into env")
  if (entry.command !== undefined && entry.url !== undefined) {
    wrong("", "has a command and a url; expected one of them")
    return undefined
  }
  const kind = said ?? (entry.url === undefined ? "stdio" : "http")
  return kind === "http" ? httpOf(entry, wrong) : stdioOf(entry, folder, wrong)
}

/**
 * The servers of a file's content, or everything that is wrong with it. `folder`: where programs start that name no
 * place of their own. Entries that say `disabled: true` are left out.
 */
export const serversOf = (
  content: unknown,
  folder: string,
): Result.Result<ReadonlyArray<ServerSpec>, ReadonlyArray<string>> => {
  const found = isObject(content) ? (content["mcpServers"] ?? content["servers"]) : undefined
  if (!isObject(found)) return Result.fail([`expected an object with "mcpServers": { NAME: { … } }`])
  const entries = Object.entries(found)
  if (entries.length > MOST_SERVERS) return Result.fail([`expected at most ${MOST_SERVERS} servers`])
  const problems: Array<string> = []
  const specs = entries.flatMap(([name, raw]): ReadonlyArray<ServerSpec> => {
    const wrong = (at: string, what: string): void => {
      problems.push(`${oneLine(name, 64)}${at === "" ? "" : `.${at}`}: ${what}`)
    }
    if (!NAME.test(name)) {
      wrong("", "a server's name is 1 to 64 of a-z, 0-9, - and _, and begins with a letter or digit")
      return []
    }
    const entry = decodeEntry(raw, { errors: "all" })
    if (Result.isFailure(entry)) {
      for (const { message, path } of issuesOf(entry.failure.issue).issues)
        wrong(
          oneLine((path ?? []).map((step) => String(typeof step === "object" ? step.key : step)).join("."), 100),
          `${message.slice(0, 1).toLowerCase()}${message.slice(1)}`,
        )
      return []
    }
    if (entry.success.disabled === true) return []
    const way = wayOf(entry.success, folder, wrong)
    return way === undefined ? [] : [{ name, way }]
  })
  return problems.length > 0 ? Result.fail(problems.slice(0, 50)) : Result.succeed(specs)
}

/** Where a server is, as people may see it: never an argument, a variable or a header. */
export const shownWay = ({ way }: ServerSpec): string =>
  way.kind === "stdio" ? way.command : `${way.url.origin}${way.url.pathname}`

/** Names of variables whose values are secrets. Other values (a region, a flag) would be taken out of every text. */
const SECRET_NAME = /token|secret|passw|passphrase|key|auth|credential|cookie|session|dsn|_pat$|^pat$/i

/** What of a spec must be seen nowhere: its headers, and the variables that are named like secrets. */
export const secretsOf = ({ way }: ServerSpec): ReadonlyArray<Redacted.Redacted<string>> => {
  if (way.kind === "stdio")
    return Object.entries(way.env).flatMap(([key, value]) => (SECRET_NAME.test(key) ? [value] : []))
  return Object.values(way.headers).flatMap((value) => {
    // "Bearer x": x alone is as much of a secret.
    const bare = /^[A-Za-z]+ +(\S.*)$/.exec(Redacted.value(value))?.[1]
    return bare === undefined ? [value] : [value, Redacted.make(bare)]
  })
}
