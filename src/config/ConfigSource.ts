/**
 * Reads the world once: flag > `VAULT_AWS_MCP_*` > `BAO_*`, `VAULT_*` > config file > default. The only place where the
 * environment is looked at. A value is never repeated in an error, only its name and what was expected.
 */
import { Duration, Effect, FileSystem, Redacted, Result } from "effect"
import { homedir } from "node:os"
import { join } from "node:path"
import { nearest } from "../core/Text.ts"
import { parseSpan } from "../core/Span.ts"
import { type Account, type AppConfigShape, TOOLSETS } from "./AppConfig.ts"
import { ConfigError } from "./ConfigError.ts"
import type { ConfigFile } from "./ConfigFile.ts"
import { CONFIG_VARIABLE, parseFlag, parseSetting, type Setting, SETTINGS, variableOf } from "./Settings.ts"

/** Where settings come from; tests give their own. `flags` by setting key. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/** The sources of this process. */
export const processSources = (flags: Sources["flags"]): Sources => ({
  // oxlint-disable-next-line no-restricted-properties -- config reads the environment, nobody else does
  env: process.env,
  flags,
  home: homedir(),
})

/** A variable that is set to something: not empty, and not a `${NAME}` that an MCP client failed to fill in. */
export const present = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === "" || /^\$\{[^}]*\}$/.test(value.trim()) ? undefined : value

/** OpenBao's spelling hides Vault's even when it is empty, as in OpenBao's own client. */
const official = (env: Sources["env"], name: string): string | undefined =>
  env[`BAO_${name}`] === undefined ? present(env[`VAULT_${name}`]) : present(env[`BAO_${name}`])

/** The file without content. */
const noFile: ConfigFile = { settings: {} }

/** A value of the file in the form the variable would have. */
const asText = (value: ConfigFile["settings"][string]): string =>
  typeof value === "object" ? value.join(",") : String(value)

interface Found {
  readonly where: string
  readonly value: string
}

const find = (sources: Sources, file: ConfigFile, path: string, one: Setting<unknown>): Found | undefined => {
  const flag = present(sources.flags[one.key])
  if (flag !== undefined) return { where: `--${one.key.replaceAll("_", "-")}`, value: flag }
  const variable = variableOf(one)
  const own = present(sources.env[variable])
  if (own !== undefined) return { where: variable, value: own }
  for (const name of one.fallbacks) {
    const set = sources.env[name]
    if (present(set) !== undefined) return { where: name, value: set ?? "" }
    if (set !== undefined && name.startsWith("BAO_")) break
  }
  const fromFile = one.secret ? undefined : file.settings[one.key]
  return fromFile === undefined ? undefined : { where: `${path}: ${one.key}`, value: asText(fromFile) }
}

const defaultFile = Effect.fnUntraced(function* (sources: Sources) {
  const fs = yield* FileSystem.FileSystem
  const base = join(present(sources.env["XDG_CONFIG_HOME"]) ?? join(sources.home, ".config"), "vault-aws-mcp")
  for (const name of ["config.yaml", "config.json"]) {
    const path = join(base, name)
    if (yield* Effect.orElseSucceed(fs.exists(path), () => false)) return path
  }
  return undefined
})

const bad = (problem: string): ConfigError => new ConfigError({ problems: [problem] })

const readFile = Effect.fnUntraced(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(fs.readFileString(path), (error) =>
    bad(`${path}: the config file cannot be read (${error.reason._tag})`),
  )
  const parse = path.endsWith(".json")
    ? JSON.parse
    : (yield* Effect.promise(() => import("effect/encoding/Yaml"))).parse // loaded for the few who have such a file
  const content = yield* Effect.try({
    try: (): unknown => parse(text),
    catch: () => bad(`${path}: expected ${path.endsWith(".json") ? "JSON" : "YAML"}`),
  })
  const { decodeConfigFile } = yield* Effect.promise(() => import("./ConfigFile.ts"))
  const file = yield* Effect.mapError(decodeConfigFile(content ?? {}), (error) => bad(`${path}: ${error.message}`))
  const known = Object.values(SETTINGS).flatMap((one) => (one.secret ? [] : [one.key]))
  const strange = Object.keys(file.settings).filter((key) => !known.includes(key))
  if (strange.length === 0) return file
  return yield* new ConfigError({
    problems: strange.map((key) => {
      const guess = nearest(key, [...known, "accounts"])
      const secret = Object.values(SETTINGS).some((one) => one.secret && one.key === key)
      return secret
        ? `${path}: ${key} is a secret and is read from the environment alone`
        : `${path}: unknown setting ${JSON.stringify(key)}${guess === undefined ? "" : `, did you mean ${guess}?`}`
    }),
  })
})

const accountsOf = (file: ConfigFile): Readonly<Record<string, Account>> =>
  Object.fromEntries(
    Object.entries(file.accounts ?? {}).map(([alias, { role_arn, ...rest }]) => [
      alias,
      { ...rest, ...(role_arn === undefined ? {} : { roleArn: role_arn }) },
    ]),
  )

/** The settings, or all that is wrong with them. */
export const loadConfig = Effect.fn("loadConfig")(function* (sources: Sources) {
  const path =
    present(sources.flags["config"]) ?? present(sources.env[CONFIG_VARIABLE]) ?? (yield* defaultFile(sources))
  const file = path === undefined ? noFile : yield* readFile(path)
  const problems: Array<string> = []
  const read = <A>(one: Setting<A>): A | undefined => {
    const found = find(sources, file, path ?? "", one)
    if (found === undefined) return undefined
    const parsed = parseSetting(one, found.where, found.value)
    if (Result.isSuccess(parsed)) return parsed.success
    problems.push(parsed.failure)
    return undefined
  }
  const env = (name: string): string | undefined => official(sources.env, name)
  const spare = (name: string, expects: string, ok: boolean): void => {
    if (!ok) problems.push(`VAULT_${name}: expected ${expects}`)
  }
  const skipVerify = env("SKIP_VERIFY")
  spare("SKIP_VERIFY", "true or false", skipVerify === undefined || parseFlag(skipVerify) !== undefined)
  const timeout = env("CLIENT_TIMEOUT")
  const clientTimeout = timeout === undefined ? Duration.seconds(60) : parseSpan(timeout)
  spare("CLIENT_TIMEOUT", "a length of time such as 30s or 60", clientTimeout !== undefined)
  const token = read(SETTINGS.vaultToken)
  const tls = {
    caCert: env("CACERT"),
    caCertBytes: env("CACERT_BYTES"),
    caPath: env("CAPATH"),
    clientCert: env("CLIENT_CERT"),
    clientKey: env("CLIENT_KEY"),
    serverName: env("TLS_SERVER_NAME"),
  }
  const config: AppConfigShape = {
    vault: {
      address: read(SETTINGS.vaultAddr) ?? "http://127.0.0.1:8200",
      token: token === undefined ? undefined : Redacted.make(token, { label: "vault token" }),
      namespace: read(SETTINGS.vaultNamespace),
      mount: read(SETTINGS.vaultMount) ?? "aws",
      role: read(SETTINGS.vaultRole) ?? "mcp-agent-role",
      childPolicies: read(SETTINGS.childPolicies),
      sessionName: read(SETTINGS.sessionName) ?? true,
      timeout: clientTimeout ?? Duration.seconds(60),
      tls: {
        ...Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
        skipVerify: skipVerify !== undefined && parseFlag(skipVerify) === true,
      },
      proxy: env("PROXY_ADDR") ?? env("HTTP_PROXY"),
    },
    region: read(SETTINGS.awsRegion) ?? "us-east-1",
    awsEndpoint: read(SETTINGS.awsEndpointUrl),
    leaseTtl: read(SETTINGS.leaseTtl) ?? Duration.hours(1),
    autoRenew: read(SETTINGS.autoRenew) ?? true,
    access: read(SETTINGS.access) ?? "ask",
    toolsets: read(SETTINGS.toolsets) ?? TOOLSETS,
    accounts: accountsOf(file),
    logLevel: read(SETTINGS.logLevel) ?? "Info",
    tokenFile: present(sources.env["BAO_TOKEN_PATH"]) ?? join(sources.home, ".vault-token"),
  }
  if (problems.length > 0) return yield* new ConfigError({ problems })
  return config
})
