/**
 * Every setting: its variable, its fall-backs, what it must look like, its default and what it means. Loading, the
 * README's table and the command line's flags are made from this one list.
 */
import type { Duration, LogLevel } from "effect"
import { parseSpan } from "../core/Span.ts"
import {
  type Access,
  CREDENTIAL_ENDPOINTS,
  type CredentialEndpoint,
  DEFAULT_TOOLSETS,
  TOOLSETS,
  type Toolset,
} from "./AppConfig.ts"
import { AGENT_SETTINGS } from "./AgentSettings.ts"
import { LOGIN_SETTINGS } from "./LoginSettings.ts"
import { PREFIX, setting } from "./Setting.ts"
import {
  oneOf,
  parseAddress,
  parseFlag,
  parseList,
  parsePath,
  parseRegion,
  parseRole,
  parseToolsets,
  parseVaultAddress,
  parseVaultPath,
} from "./Values.ts"

/** The settings by the name the program uses. */
export const SETTINGS = {
  vaultAddr: setting({
    key: "vault_addr",
    official: ["AGENT_ADDR", "ADDR"],
    expects:
      "an address such as https://vault.example.com:8200 or unix:///run/vault.sock, without user, query or fragment",
    parse: parseVaultAddress,
    shownDefault: "http://127.0.0.1:8200",
    says: "Vault address",
  }),
  vaultToken: setting({
    key: "vault_token",
    official: ["TOKEN"],
    expects: "a token without blanks",
    parse: (value) => (/^[\x21-\x7e]{1,4096}$/.test(value) ? value : undefined),
    says: "Vault token; else the token file, as `vault login` writes it",
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
    parse: parseRole,
    shownDefault: "mcp-agent-role",
    says: "Vault role that credentials are asked of",
  }),
  credentials: setting<CredentialEndpoint>({
    key: "vault_aws_credentials",
    expects: CREDENTIAL_ENDPOINTS.join(", "),
    parse: oneOf(...CREDENTIAL_ENDPOINTS),
    shownDefault: "creds",
    says: "endpoint of the engine: `creds`, `sts` (legacy roles), or `static-creds` (a static role's key, without a lease)",
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
    parse: parseToolsets,
    shownDefault: DEFAULT_TOOLSETS.join(","),
    says: "groups of tools that are offered; `kv` (secrets in Vault's KV engine), `mcp` (other MCP servers), `git` and `workflow` only when they are named",
  }),
  vaultNamespace: setting({
    key: "vault_namespace",
    official: ["NAMESPACE"],
    expects: "a namespace such as team-a/prod",
    parse: parseVaultPath,
    says: "Vault namespace",
  }),
  childPolicies: setting({
    key: "vault_child_policies",
    expects: "a comma-separated list of policy names",
    parse: parseList,
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
  gitRoot: setting({
    key: "git_root",
    expects: "the path of a folder",
    parse: parsePath,
    says: "the folder that git repositories lie in, and the only one that the `git_*` tools work in; without it they refuse",
  }),
  gitCredential: setting({
    key: "git_credential",
    expects: "a path of Vault such as secret/git",
    parse: parseVaultPath,
    says: "Vault path of the credential for git remotes (fields `username`, `token`, `host`) where a call names none",
  }),
  stateDir: setting({
    key: "state_dir",
    expects: "the path of a folder",
    parse: parsePath,
    shownDefault: "$XDG_STATE_HOME/vault-aws-mcp",
    says: "where the journal of leases is kept, the record of workflows, that of approved tools, and the lines typed at the prompt",
  }),
  mcpConfig: setting({
    key: "mcp_config",
    expects: "the path of a file",
    parse: parsePath,
    says: "JSON file with `mcpServers`, as MCP clients write it: the servers that the `mcp_*` tools may start and call",
  }),
  logLevel: setting<LogLevel.LogLevel>({
    key: "log_level",
    expects: "debug, info, warn or error",
    parse: (value) => LEVELS[value.toLowerCase()],
    shownDefault: "info",
    says: "what is written to stderr",
  }),
  ...AGENT_SETTINGS,
  ...LOGIN_SETTINGS,
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

/** The keys that may be given as flags: every setting but the secrets, and the config file's own path. */
export const flagKeys: ReadonlyArray<string> = [
  ...Object.values(SETTINGS).flatMap((one) => (one.secret ? [] : [one.key])),
  "config",
]
