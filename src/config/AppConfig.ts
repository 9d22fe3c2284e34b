/** What an operator decided, read once: the one place of every setting, with secrets as `Redacted`. */
import { Context, type Duration, type LogLevel, type Redacted } from "effect"
import type { AgentsConfig } from "./Agents.ts"
import type { VaultLogin } from "./VaultLogin.ts"

/** How much the tools may do. `ask` puts writes to a person; until the gate can ask, it acts as `full`. */
export type Access = "ask" | "read-only" | "full"

/** The groups of tools that there are. */
export const TOOLSETS = ["s3", "ec2", "aws", "vault", "kv", "mcp", "git", "workflow"] as const
export type Toolset = (typeof TOOLSETS)[number]

/** Those that are offered when nobody names any; the others are there for whoever asks for them. */
export const DEFAULT_TOOLSETS: ReadonlyArray<Toolset> = ["s3", "ec2", "aws", "vault"]

/**
 * The endpoint of the AWS engine that is asked: `creds` for roles of every kind, `sts` for legacy ones, `static-creds`
 * for static roles, whose keys Vault rotates by itself.
 */
export const CREDENTIAL_ENDPOINTS = ["creds", "sts", "static-creds"] as const
export type CredentialEndpoint = (typeof CREDENTIAL_ENDPOINTS)[number]

/** An AWS account as the operator names it; what is absent is taken from the top-level settings. */
export interface Account {
  readonly mount?: string
  readonly role?: string
  readonly credentials?: CredentialEndpoint
  /** Passed to Vault as `role_arn` (assumed_role with more than one ARN). */
  readonly roleArn?: string
  /** When given, calls to any other region are refused; the first is the account's default. */
  readonly regions?: ReadonlyArray<string>
  readonly access?: Access
}

/** TLS of the connection to Vault: the variables of Vault's official client. */
export interface VaultTls {
  readonly caCert?: string
  readonly caCertBytes?: string
  readonly caPath?: string
  readonly clientCert?: string
  readonly clientKey?: string
  readonly serverName?: string
  readonly skipVerify: boolean
}

export interface AppConfigShape {
  readonly vault: {
    /** Scheme, host, port and optional path, without a trailing slash; or `unix://` and a socket's path. */
    readonly address: string
    /** The token of the environment; the token file is read when a token is needed, see TokenSource. */
    readonly token: Redacted.Redacted<string> | undefined
    readonly namespace: string | undefined
    readonly mount: string
    readonly role: string
    readonly credentials: CredentialEndpoint
    /** How this program comes by its token. */
    readonly login: VaultLogin
    /** Policies of the child token we lease with; absent: inherit, or `vault-aws-mcp` under a root token. */
    readonly childPolicies: ReadonlyArray<string> | undefined
    /** Whether a unique `role_session_name` is sent. */
    readonly sessionName: boolean
    readonly timeout: Duration.Duration
    readonly tls: VaultTls
    readonly proxy: string | undefined
    /** Hosts that are reached without the proxy, as NO_PROXY writes them. */
    readonly noProxy: string | undefined
    /** Attempts after the first, for requests that may be repeated. */
    readonly maxRetries: number
    /** Requests per second, and how many may come at once. */
    readonly rateLimit: { readonly perSecond: number; readonly burst: number } | undefined
    /** Whether a standby's redirect is followed. */
    readonly redirects: boolean
    /** Whether an address without a port is looked up as a DNS service record. */
    readonly srvLookup: boolean
    /** Further headers of every request; they may hold a proxy's secret. */
    readonly headers: Readonly<Record<string, Redacted.Redacted<string>>>
  }
  readonly region: string
  /** The operator's own AWS endpoint (an emulator, a VPC endpoint). */
  readonly awsEndpoint: string | undefined
  readonly leaseTtl: Duration.Duration
  readonly autoRenew: boolean
  readonly access: Access
  readonly toolsets: ReadonlyArray<Toolset>
  readonly accounts: Readonly<Record<string, Account>>
  /** What is set for each agent. */
  readonly agents: AgentsConfig
  /** Other MCP servers. */
  readonly fleet: {
    /** The file that names them, read at the first need; absent: there are none. */
    readonly file: string | undefined
    /** All that their programs get of this process's environment: see ChildEnvironment. */
    readonly env: Readonly<Record<string, string>>
  }
  readonly logLevel: LogLevel.LogLevel
  /** Where the token file is looked for when no variable names a token. */
  readonly tokenFile: string
  /** The folder that git repositories lie in; absent: git does nothing. */
  readonly gitRoot: string | undefined
  /** Path in Vault of the credential for git remotes, where a call names none. */
  readonly gitCredential: string | undefined
  /** Where the journal is kept; absent: nothing is written, as in the sandbox. */
  readonly stateDir: string | undefined
}

/** The settings of this process. */
export class AppConfig extends Context.Service<AppConfig, AppConfigShape>()("vault-aws-mcp/config/AppConfig") {}
