/** What an operator decided, read once: the one place of every setting, with secrets as `Redacted`. */
import { Context, type Duration, type LogLevel, type Redacted } from "effect"

/** How much the tools may do. `ask` puts writes to a person; until the gate can ask, it acts as `full`. */
export type Access = "ask" | "read-only" | "full"

/** The groups of tools that may be switched on. */
export const TOOLSETS = ["s3", "ec2", "aws", "vault"] as const
export type Toolset = (typeof TOOLSETS)[number]

/** An AWS account as the operator names it; what is absent is taken from the top-level settings. */
export interface Account {
  readonly mount?: string
  readonly role?: string
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
    /** Scheme, host, port and optional path, without a trailing slash. */
    readonly address: string
    /** The token of the environment; the token file is read when a token is needed, see TokenSource. */
    readonly token: Redacted.Redacted<string> | undefined
    readonly namespace: string | undefined
    readonly mount: string
    readonly role: string
    /** Policies of the child token we lease with; absent: inherit, or `vault-aws-mcp` under a root token. */
    readonly childPolicies: ReadonlyArray<string> | undefined
    /** Whether a unique `role_session_name` is sent. */
    readonly sessionName: boolean
    readonly timeout: Duration.Duration
    readonly tls: VaultTls
    readonly proxy: string | undefined
  }
  readonly region: string
  /** The operator's own AWS endpoint (an emulator, a VPC endpoint). */
  readonly awsEndpoint: string | undefined
  readonly leaseTtl: Duration.Duration
  readonly autoRenew: boolean
  readonly access: Access
  readonly toolsets: ReadonlyArray<Toolset>
  readonly accounts: Readonly<Record<string, Account>>
  readonly logLevel: LogLevel.LogLevel
  /** Where the token file is looked for when no variable names a token. */
  readonly tokenFile: string
}

/** The settings of this process. */
export class AppConfig extends Context.Service<AppConfig, AppConfigShape>()("vault-aws-mcp/config/AppConfig") {}
