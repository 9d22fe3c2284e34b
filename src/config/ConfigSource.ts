/** Reads the world once, and says all that is wrong with it. The one place where the settings become one value. */
import { Duration, Effect, Redacted } from "effect"
import { join } from "node:path"
import { type Account, type AppConfigShape, DEFAULT_TOOLSETS } from "./AppConfig.ts"
import { agentKeys, agentsOf } from "./AgentSettings.ts"
import { childEnvironment } from "./ChildEnvironment.ts"
import { clientSettings } from "./ClientSettings.ts"
import { ConfigError } from "./ConfigError.ts"
import type { ConfigFile } from "./ConfigFile.ts"
import { loadFile } from "./FileSource.ts"
import { loginOf } from "./LoginSource.ts"
import { makeReader, present, type Sources } from "./Reader.ts"
import { SETTINGS } from "./Settings.ts"

/** The file without content. */
const noFile: ConfigFile = { settings: {} }

const accountsOf = (file: ConfigFile): Readonly<Record<string, Account>> =>
  Object.fromEntries(
    Object.entries(file.accounts ?? {}).map(([alias, { role_arn, ...rest }]) => [
      alias,
      { ...rest, ...(role_arn === undefined ? {} : { roleArn: role_arn }) },
    ]),
  )

/** The settings, or all that is wrong with them. */
export const loadConfig = Effect.fn("loadConfig")(function* (sources: Sources) {
  const found = yield* loadFile(sources)
  const file = found?.file ?? noFile
  const reader = makeReader(sources, { settings: { ...file.settings, ...agentKeys(file) } }, found?.path ?? "")
  const { read } = reader
  const token = read(SETTINGS.vaultToken)
  const config: AppConfigShape = {
    vault: {
      address: read(SETTINGS.vaultAddr) ?? "http://127.0.0.1:8200",
      token: token === undefined ? undefined : Redacted.make(token, { label: "vault token" }),
      namespace: read(SETTINGS.vaultNamespace),
      mount: read(SETTINGS.vaultMount) ?? "aws",
      role: read(SETTINGS.vaultRole) ?? "mcp-agent-role",
      credentials: read(SETTINGS.credentials) ?? "creds",
      login: loginOf(reader),
      childPolicies: read(SETTINGS.childPolicies),
      sessionName: read(SETTINGS.sessionName) ?? true,
      ...clientSettings(reader),
    },
    region: read(SETTINGS.awsRegion) ?? "us-east-1",
    awsEndpoint: read(SETTINGS.awsEndpointUrl),
    leaseTtl: read(SETTINGS.leaseTtl) ?? Duration.hours(1),
    autoRenew: read(SETTINGS.autoRenew) ?? true,
    access: read(SETTINGS.access) ?? "ask",
    toolsets: read(SETTINGS.toolsets) ?? DEFAULT_TOOLSETS,
    accounts: accountsOf(file),
    agents: agentsOf(reader),
    fleet: { file: read(SETTINGS.mcpConfig), env: childEnvironment(sources.env) },
    logLevel: read(SETTINGS.logLevel) ?? "Info",
    tokenFile: read(SETTINGS.tokenFile) ?? join(sources.home, ".vault-token"),
    gitRoot: read(SETTINGS.gitRoot),
    gitCredential: read(SETTINGS.gitCredential),
    stateDir:
      read(SETTINGS.stateDir) ??
      join(present(sources.env["XDG_STATE_HOME"]) ?? join(sources.home, ".local", "state"), "vault-aws-mcp"),
  }
  if (reader.problems.length > 0) return yield* new ConfigError({ problems: reader.problems })
  return config
})
