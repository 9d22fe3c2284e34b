/** The doctor with one link broken at a time: the cause by its name, the fix in full, and nothing asked after it. */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Fiber } from "effect"
import {
  AccessDenied,
  AwsError,
  CredentialsRefused,
  Service,
  Unreachable as AwsUnreachable,
} from "../../src/aws/AwsError.ts"
import { shown } from "../../src/cli/handlers/doctor.ts"
import type { AgentName, AgentSettings } from "../../src/config/Agents.ts"
import { type Cause, CAUSES } from "../../src/doctor/Cause.ts"
import { type Link, LINKS } from "../../src/doctor/Check.ts"
import {
  AddressRefused,
  Sealed,
  Standby,
  TlsFailed,
  type TlsProblem,
  Unreachable,
} from "../../src/vault/ReachReason.ts"
import { ChildRefused, PermissionMissing, TokenDead, TokenMissing } from "../../src/vault/TokenReason.ts"
import { VaultError } from "../../src/vault/VaultError.ts"
import { InvalidRequest, Malformed, MountUnknown, RoleUnknown, Server } from "../../src/vault/VaultReason.ts"
import {
  AGENT_ROLE,
  begin,
  CANARY,
  examined,
  healthOf,
  leaseFails,
  mountOf,
  type Patient,
  roleOf,
  tokenOf,
  vaultSays,
  verdicts,
} from "./Patient.ts"

const ARN = "arn:aws:iam::123456789012:role/mcp"
const OTHER = "arn:aws:iam::210987654321:role/other"
const CREDS = "aws/creds/mcp-agent-role"
const LINE = `path "${CREDS}" { capabilities = ["read"] }`
const dead = vaultSays(new TokenDead())
const denied = (path: string, capability = "read") =>
  new VaultError({ reason: new PermissionMissing({ path, capability, parameters: [] }) })
const fromVault = (error: VaultError) => Effect.fail(error)
const tls = (problem: TlsProblem) => vaultSays(new TlsFailed({ address: "a", problem, detail: "said so" }))
const gone = (address = "http://127.0.0.1:8200") => vaultSays(new Unreachable({ address, detail: "it broke" }))
const standbyHealth = healthOf({ state: "standby" })
const standby = (redirect: Standby["redirect"], target?: string) =>
  vaultSays(new Standby({ address: "a", redirect, ...(target === undefined ? {} : { target }) }))
const fromAws = (words: string) =>
  leaseFails("vault_aws_refused", `Vault could not get credentials from AWS: ${words}. Nothing was issued.`)
const refusal = { service: "sts", operation: "GetCallerIdentity", requestId: "R1", status: 403 }
const identity = (code: string, words: string) =>
  Effect.fail(new AwsError({ reason: new CredentialsRefused({ ...refusal, code, words }) }))
const https: Patient["vault"] = { address: "https://vault.test:8200" }
const ASSUME =
  "Error assuming role: AccessDenied: User: arn:aws:iam::123456789012:user/vault is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/McpAgent"

/** What is wrong, where the chain breaks, its name, words of the fix, and what was asked last. */
type Case = readonly [what: string, patient: Patient, link: Link, cause: Cause, fix: string | RegExp, last: string]

const WAY: ReadonlyArray<Case> = [
  [
    "nobody at the address",
    { health: gone() },
    "address",
    "dead_address",
    "VAULT_AWS_MCP_VAULT_ADDR",
    "knock http://127.0.0.1:8200/",
  ],
  [
    "somebody who is mute",
    { health: gone(), heard: "listens" },
    "address",
    "no_answer",
    "VAULT_ADDR",
    "knock http://127.0.0.1:8200/",
  ],
  [
    "a page instead of Vault",
    { health: vaultSays(new Malformed({ path: "sys/health", what: "a page" })) },
    "address",
    "not_vault",
    "VAULT_ADDR",
    "knock http://127.0.0.1:8200/",
  ],
  [
    "an address that is none",
    { vault: { address: "vault" }, health: vaultSays(new AddressRefused({ why: "it is not a URL" })) },
    "address",
    "bad_address",
    "https://vault.example.com:8200",
    "health",
  ],
  [
    "a failing server",
    { health: vaultSays(new Server({ status: 500, text: "" })) },
    "address",
    "vault_failed",
    "log",
    "health",
  ],
  [
    "http on a TLS port that says so",
    { health: tls("plain-to-tls") },
    "tls",
    "http_on_tls_port",
    "https://127.0.0.1:8200",
    "health",
  ],
  [
    "http on a TLS port that hangs up",
    { health: gone(), heard: "tls" },
    "tls",
    "http_on_tls_port",
    "https://127.0.0.1:8200",
    "knock http://127.0.0.1:8200/",
  ],
  [
    "https on a plain port",
    { vault: https, health: tls("tls-to-plain") },
    "tls",
    "https_on_plain_port",
    "http://vault.test:8200",
    "health",
  ],
  [
    "https on a plain port that hangs up",
    {
      vault: https,
      health: tls("other"),
      heard: "listens",
      aws: Effect.succeed({ _tag: "answered", status: 404, ahead: 0 }),
    },
    "tls",
    "https_on_plain_port",
    "http://vault.test:8200",
    "ask http://vault.test:8200/",
  ],
  [
    "a TLS listener that cannot agree with us, and says so over plain HTTP",
    {
      vault: https,
      health: tls("other"),
      heard: "listens",
      aws: Effect.succeed({ _tag: "answered", status: 400, ahead: 0 }),
    },
    "tls",
    "tls_failed",
    "TLS 1.2",
    "ask http://vault.test:8200/",
  ],
  [
    "an unknown authority",
    { vault: https, health: tls("unknown-ca") },
    "tls",
    "tls_unknown_ca",
    "VAULT_CACERT=",
    "health",
  ],
  [
    "an expired certificate",
    { vault: https, health: tls("expired") },
    "tls",
    "tls_expired",
    "renew Vault's certificate",
    "health",
  ],
  [
    "a certificate for another host",
    { vault: https, health: tls("wrong-host") },
    "tls",
    "tls_wrong_host",
    "VAULT_TLS_SERVER_NAME",
    "health",
  ],
  [
    "a listener that wants a certificate",
    { vault: https, health: tls("client-certificate") },
    "tls",
    "tls_client_certificate",
    "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY",
    "health",
  ],
  [
    "one that hangs up without a certificate",
    { vault: https, health: gone(), heard: "tls-closes" },
    "tls",
    "tls_client_certificate",
    "VAULT_CLIENT_CERT and VAULT_CLIENT_KEY",
    "knock https://vault.test:8200/",
  ],
  [
    "TLS settings that cannot be used",
    { vault: https, health: tls("settings") },
    "tls",
    "tls_settings",
    "VAULT_CACERT",
    "health",
  ],
  [
    "another failed handshake",
    { vault: https, health: tls("other") },
    "tls",
    "tls_failed",
    "TLS 1.2",
    "knock https://vault.test:8200/",
  ],
]

const STATE: ReadonlyArray<Case> = [
  ["a sealed Vault", { health: healthOf({ state: "sealed" }) }, "seal", "sealed", "vault operator unseal", "health"],
  [
    "a Vault that was never set up",
    { health: healthOf({ state: "uninitialised" }) },
    "seal",
    "uninitialised",
    "vault operator init",
    "health",
  ],
  [
    "a disaster recovery secondary",
    { health: healthOf({ state: "dr-secondary" }) },
    "active",
    "dr_secondary",
    "primary",
    "health",
  ],
  [
    "a standby without an active node",
    { health: standbyHealth, lookup: standby("none") },
    "active",
    "standby_no_active_node",
    "majority",
    "lookup",
  ],
  [
    "a standby that sends to a dead node",
    { health: standbyHealth, lookup: gone("http://127.0.0.1:8300") },
    "active",
    "standby_target_dead",
    "bring up http://127.0.0.1:8300",
    "lookup",
  ],
  [
    "a standby that sends to another host",
    { health: standbyHealth, lookup: standby("host", "http://vault-2:8200") },
    "active",
    "standby_other_host",
    "VAULT_ADDR) to http://vault-2:8200",
    "lookup",
  ],
  [
    "a standby that sends to plain http",
    { health: standbyHealth, lookup: standby("downgrade", "http://vault-2:8200") },
    "active",
    "standby_downgrade",
    "api_addr",
    "lookup",
  ],
  [
    "standbys that send in a circle",
    { health: standbyHealth, lookup: standby("again") },
    "active",
    "standby_loop",
    "api_addr",
    "lookup",
  ],
  [
    "a Vault that is sealed in between",
    { lookup: vaultSays(new Sealed({ address: "a" })) },
    "token",
    "sealed",
    "vault operator unseal",
    "lookup",
  ],
]

const TOKEN: ReadonlyArray<Case> = [
  ["no token", { token: undefined }, "token", "no_token", "vault login", "health"],
  ["a dead token", { lookup: dead }, "token", "dead_token", "vault login", "lookup"],
  [
    "a token whose uses are counted",
    { lookup: tokenOf({ numUses: 50 }) },
    "token",
    "num_uses_token",
    "without num_uses",
    "lookup",
  ],
  [
    "a token on its last use",
    { lookup: tokenOf({ numUses: -1 }) },
    "token",
    "num_uses_token",
    "without num_uses",
    "lookup",
  ],
  [
    "a wrapping token",
    { lookup: fromVault(denied("auth/token/lookup-self")), noRights: new VaultError({ reason: new TokenDead() }) },
    "token",
    "used_up_token",
    "VAULT_AWS_MCP_VAULT_AUTH_WRAPPED=true",
    "capabilities",
  ],
  [
    "a namespace that is not there",
    { vault: { namespace: "team-x" }, lookup: vaultSays(new MountUnknown({ mount: "auth" })) },
    "token",
    "wrong_namespace",
    "VAULT_AWS_MCP_VAULT_NAMESPACE",
    "lookup",
  ],
  [
    "a login that gives no token",
    { vault: { login: { method: "cert", mount: "cert", role: undefined } }, session: vaultSays(new TokenMissing()) },
    "token",
    "no_token",
    "vault login",
    "session",
  ],
]

const ENGINE: ReadonlyArray<Case> = [
  [
    "nothing at the mount",
    { mount: fromVault(denied("sys/internal/ui/mounts/aws")) },
    "mount",
    "mount_missing",
    "vault secrets enable -path=aws aws",
    "mount",
  ],
  [
    "another engine at the mount",
    { mount: mountOf("kv") },
    "mount",
    "wrong_engine",
    "VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH",
    "mount",
  ],
  ["a missing policy line", { rights: { [CREDS]: ["deny"] } }, "policy", "policy_missing", LINE, "mount"],
  [
    "a missing line for a legacy role",
    { vault: { credentials: "sts", mount: "team/aws" }, rights: { "team/aws/sts/mcp-agent-role": ["list"] } },
    "policy",
    "policy_missing",
    'path "team/aws/sts/mcp-agent-role" { capabilities = ["read"] }',
    "mount",
  ],
  [
    "a missing line for a static role",
    { vault: { credentials: "static-creds", role: "ci" }, rights: { "aws/static-creds/ci": ["deny"] } },
    "policy",
    "policy_missing",
    'path "aws/static-creds/ci" { capabilities = ["read"] }',
    "mount",
  ],
  [
    "no right on anything at the mount",
    { rights: { [CREDS]: ["deny"] }, mount: fromVault(denied("sys/internal/ui/mounts/aws")) },
    "policy",
    "policy_or_mount",
    new RegExp(`VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH[\\s\\S]*\\n${LINE.replace(/[[\]{}]/g, "\\$&")}$`),
    "mount",
  ],
  [
    "an unknown role",
    { role: vaultSays(new RoleUnknown({ mount: "aws", role: "mcp-agent-role" })) },
    "role",
    "role_unknown",
    "vault list aws/roles",
    "role aws/mcp-agent-role",
  ],
  [
    "an engine that went away",
    { role: vaultSays(new MountUnknown({ mount: "aws" })) },
    "role",
    "mount_missing",
    "vault secrets enable -path=aws aws",
    "role aws/mcp-agent-role",
  ],
  [
    "a role without an ARN",
    { role: roleOf({ roleArns: [] }) },
    "role",
    "role_without_arn",
    "vault write aws/roles/mcp-agent-role credential_type=assumed_role role_arns=",
    "role aws/mcp-agent-role",
  ],
  [
    "a role with several ARNs",
    { role: roleOf({ roleArns: [ARN, OTHER] }) },
    "role",
    "role_arn_ambiguous",
    `role_arn: ${ARN}`,
    "role aws/mcp-agent-role",
  ],
]

const AWS: ReadonlyArray<Case> = [
  [
    "an endpoint that is dead",
    { settings: { awsEndpoint: "http://127.0.0.1:9" }, aws: Effect.succeed({ _tag: "silent", code: "ECONNREFUSED" }) },
    "aws",
    "aws_unreachable",
    "VAULT_AWS_MCP_AWS_ENDPOINT_URL",
    "ask http://127.0.0.1:9/",
  ],
  [
    "AWS out of reach",
    { aws: Effect.succeed({ _tag: "silent", code: "timeout" }) },
    "aws",
    "aws_unreachable",
    "sts.us-east-1.amazonaws.com on port 443",
    "ask https://sts.us-east-1.amazonaws.com/",
  ],
  [
    "something that breaks TLS to AWS",
    { aws: Effect.succeed({ _tag: "silent", code: "SELF_SIGNED_CERT_IN_CHAIN" }) },
    "aws",
    "aws_unreachable",
    "NODE_EXTRA_CA_CERTS",
    "ask https://sts.us-east-1.amazonaws.com/",
  ],
  [
    "a region that is none",
    { settings: { region: "us-esat-1" }, aws: Effect.succeed({ _tag: "silent", code: "ENOTFOUND" }) },
    "aws",
    "aws_region_unknown",
    "VAULT_AWS_MCP_AWS_REGION",
    "ask https://sts.us-esat-1.amazonaws.com/",
  ],
  [
    "a clock behind AWS's",
    { aws: Effect.succeed({ _tag: "answered", status: 302, ahead: 20 * 60_000 }) },
    "clock",
    "clock_skew",
    "this machine's clock",
    "ask https://sts.us-east-1.amazonaws.com/",
  ],
  [
    "a Vault with a wrong clock",
    { health: healthOf({ serverTime: DateTime.makeUnsafe(16 * 60_000) }) },
    "clock",
    "clock_skew",
    "the machine that Vault runs on",
    "ask https://sts.us-east-1.amazonaws.com/",
  ],
]

const LEASE: ReadonlyArray<Case> = [
  [
    "a role that only asking tells of",
    { lease: leaseFails("vault_role_unknown", "no role") },
    "credentials",
    "role_unknown",
    "vault list aws/roles",
    "lease",
  ],
  [
    "an ARN to choose, told by asking",
    {
      lease: leaseFails(
        "vault_invalid_request",
        "Vault cannot do that: did not supply a role_arn parameter and unable to determine one",
      ),
    },
    "credentials",
    "role_arn_ambiguous",
    "role_arn:",
    "lease",
  ],
  [
    "an ARN that is not allowed, told by asking",
    {
      lease: leaseFails(
        "vault_invalid_request",
        `Vault cannot do that: role_arn "x" not in allowed role arns for Vault role "r"`,
      ),
    },
    "credentials",
    "role_arn_not_allowed",
    "vault write aws/roles/mcp-agent-role role_arns=",
    "lease",
  ],
  [
    "AWS refusing AssumeRole",
    { lease: fromAws(ASSUME) },
    "credentials",
    "assume_role_refused",
    '"Principal": { "AWS": "arn:aws:iam::123456789012:user/vault" }',
    "lease",
  ],
  [
    "an engine without a key",
    { lease: fromAws("Error assuming role: NoCredentialProviders: no valid providers in chain. Deprecated") },
    "credentials",
    "engine_without_root",
    "vault write aws/config/root access_key=",
    "lease",
  ],
  [
    "an engine whose key is dead",
    {
      lease: fromAws(
        "Error assuming role: InvalidClientTokenId: The security token included in the request is invalid",
      ),
    },
    "credentials",
    "engine_key_refused",
    "vault write aws/config/root access_key=",
    "lease",
  ],
  [
    "an engine that cannot reach AWS",
    {
      lease: fromAws(
        'Error assuming role: RequestError: send request failed caused by: Post "http://127.0.0.1:1/": dial tcp: connection refused',
      ),
    },
    "credentials",
    "engine_cannot_reach_aws",
    "sts_endpoint and iam_endpoint of aws/config/root",
    "lease",
  ],
  [
    "a Vault whose signatures are too old",
    {
      lease: fromAws(
        "Error assuming role: SignatureDoesNotMatch: Signature expired: 20261126T000000Z is now earlier than 20261126T001500Z",
      ),
    },
    "credentials",
    "clock_skew",
    "the machine that Vault runs on",
    "lease",
  ],
  [
    "STS switched off in the region",
    { lease: fromAws("Error assuming role: RegionDisabledException: STS is not activated in this region") },
    "credentials",
    "aws_region_disabled",
    "aws/config/root region=",
    "lease",
  ],
  [
    "a session longer than the role allows",
    {
      lease: fromAws(
        "Error assuming role: ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role",
      ),
    },
    "credentials",
    "session_too_long",
    "MaxSessionDuration",
    "lease",
  ],
  [
    "a session shorter than AWS takes",
    {
      lease: leaseFails(
        "vault_invalid_request",
        "Vault cannot do that: Error assuming role: InvalidParameter: - minimum field value of 900, AssumeRoleInput.DurationSeconds.",
      ),
    },
    "credentials",
    "ttl_too_short",
    "VAULT_AWS_MCP_LEASE_TTL=15m",
    "lease",
  ],
  [
    "AWS throttling Vault",
    { lease: fromAws("Error assuming role: Throttling: Rate exceeded") },
    "credentials",
    "throttled",
    "wait",
    "lease",
  ],
  [
    "AWS refusing Vault's user something else",
    {
      lease: fromAws(
        "Error creating user: AccessDenied: User: arn:aws:iam::123456789012:user/vault is not authorized to perform: iam:CreateUser on resource: x",
      ),
    },
    "credentials",
    "aws_denied",
    "policy of the AWS user",
    "lease",
  ],
  [
    "a legacy role on the wrong endpoint",
    {
      lease: leaseFails(
        "vault_invalid_request",
        "Vault cannot do that: attempted to retrieve sts credentials through the creds path; this is not allowed for legacy roles",
      ),
    },
    "credentials",
    "wrong_endpoint",
    "VAULT_AWS_MCP_VAULT_AWS_CREDENTIALS=sts",
    "lease",
  ],
  [
    "a policy that forbids the session name",
    { lease: leaseFails("vault_permission_missing", "no") },
    "credentials",
    "session_name_forbidden",
    "VAULT_AWS_MCP_SESSION_NAME=off",
    "child capabilities",
  ],
  [
    "a policy that forbids other parameters",
    { vault: { sessionName: false }, lease: leaseFails("vault_permission_missing", "no") },
    "credentials",
    "parameters_forbidden",
    "ttl",
    "child capabilities",
  ],
  [
    "a child whose policies do not lease",
    { lease: leaseFails("vault_permission_missing", "no"), childRights: { [CREDS]: ["deny"] } },
    "credentials",
    "child_policies",
    LINE,
    "child capabilities",
  ],
  [
    "policies that the child may not have",
    { lease: leaseFails("vault_invalid_request", "Vault cannot do that: child policies must be subset of parent") },
    "credentials",
    "child_policies",
    "VAULT_AWS_MCP_VAULT_CHILD_POLICIES",
    "lease",
  ],
  [
    "an answer that never came",
    { lease: leaseFails("vault_outcome_unknown", "Vault did not answer") },
    "credentials",
    "no_answer",
    "log",
    "lease",
  ],
  [
    "a refusal nobody has heard of",
    { lease: leaseFails("vault_strange", "odd") },
    "credentials",
    "unexpected",
    "vault_strange",
    "lease",
  ],
]

const IDENTITY: ReadonlyArray<Case> = [
  [
    "a region that is not switched on",
    { settings: { region: "ap-east-1" }, identity: identity("InvalidClientTokenId", "invalid") },
    "identity",
    "aws_region_disabled",
    "aws account enable-region --region-name ap-east-1",
    "identity",
  ],
  [
    "an endpoint that is another AWS",
    { settings: { awsEndpoint: "http://127.0.0.1:9" }, identity: identity("InvalidClientTokenId", "invalid") },
    "identity",
    "credentials_refused",
    "VAULT_AWS_MCP_AWS_ENDPOINT_URL",
    "identity",
  ],
  [
    "credentials that AWS does not take",
    { identity: identity("InvalidClientTokenId", "invalid") },
    "identity",
    "credentials_refused",
    "sts_endpoint",
    "identity",
  ],
  [
    "a signature of another time",
    { identity: identity("RequestExpired", "Request has expired") },
    "identity",
    "clock_skew",
    "this machine's clock",
    "identity",
  ],
  [
    "a signature of another time, in other words",
    {
      identity: Effect.fail(
        new AwsError({
          reason: new Service({ ...refusal, code: "SignatureDoesNotMatch", words: "Signature expired" }),
        }),
      ),
    },
    "identity",
    "clock_skew",
    "this machine's clock",
    "identity",
  ],
  [
    "an AWS that went away",
    {
      identity: Effect.fail(
        new AwsError({ reason: new AwsUnreachable({ ...refusal, detail: "ECONNRESET", sent: true }) }),
      ),
    },
    "identity",
    "aws_unreachable",
    "network",
    "identity",
  ],
  [
    "an endpoint policy",
    {
      identity: Effect.fail(
        new AwsError({ reason: new AccessDenied({ ...refusal, code: "AccessDenied", words: "no", role: "r" }) }),
      ),
    },
    "identity",
    "aws_denied",
    "sts:GetCallerIdentity",
    "identity",
  ],
]

const accounts = { prod: { role: "prod", roleArn: OTHER }, test: { role: "test", roleArn: ARN } }

const ACCOUNTS: ReadonlyArray<Case> = [
  [
    "an account's ARN that its role does not allow",
    { settings: { accounts } },
    "accounts",
    "role_arn_not_allowed",
    `vault write aws/roles/prod role_arns=${ARN},${OTHER}`,
    "role aws/test",
  ],
  [
    "an account without a policy line",
    { settings: { accounts }, rights: { "aws/creds/prod": ["deny"] } },
    "accounts",
    "policy_missing",
    'path "aws/creds/prod" { capabilities = ["read"] }',
    "role aws/test",
  ],
]

const agents = (agent: AgentSettings, name: AgentName = "aws") => ({ settings: { agents: { [name]: agent } } })
const BOUND = agents({ role: AGENT_ROLE, policies: ["aws-only"] })
const AGENT_CREDS = `aws/creds/${AGENT_ROLE}`
const AGENT_LINE = `path "${AGENT_CREDS}" { capabilities = ["read"] }`
const unread = { role: fromVault(denied(`aws/roles/${AGENT_ROLE}`)) }

const AGENTS: ReadonlyArray<Case> = [
  [
    "an agent's role that is not there",
    {
      ...agents({ role: AGENT_ROLE }),
      agent: { role: vaultSays(new RoleUnknown({ mount: "aws", role: AGENT_ROLE })) },
    },
    "agents",
    "role_unknown",
    "set VAULT_AWS_MCP_AGENT_AWS_ROLE to one of: vault list aws/roles",
    `role aws/${AGENT_ROLE}`,
  ],
  [
    "an agent's role that only asking tells of",
    { ...agents({ role: AGENT_ROLE }), agent: { ...unread, lease: leaseFails("vault_role_unknown", "no role") } },
    "agents",
    "role_unknown",
    "VAULT_AWS_MCP_AGENT_AWS_ROLE",
    "lease aws-agent",
  ],
  [
    "an agent's role without an ARN",
    { ...agents({ role: AGENT_ROLE }, "vault"), agent: { role: roleOf({ roleArns: [] }) } },
    "agents",
    "role_without_arn",
    `vault write aws/roles/${AGENT_ROLE} credential_type=assumed_role role_arns=`,
    `role aws/${AGENT_ROLE}`,
  ],
  [
    "an agent without policies of its own and without a line for its role",
    { ...agents({ role: AGENT_ROLE }), childRights: { [AGENT_CREDS]: ["deny"] } },
    "agents",
    "policy_missing",
    AGENT_LINE,
    "child capabilities",
  ],
  [
    "an agent's policies that do not lease",
    { ...BOUND, childRights: { [AGENT_CREDS]: ["list"] } },
    "agents",
    "child_policies",
    AGENT_LINE,
    "child capabilities",
  ],
  [
    "an agent's policies that do not lease, one of which is not there",
    { ...BOUND, noPolicy: ["aws-only"], childRights: { [AGENT_CREDS]: ["deny"] } },
    "agents",
    "policy_unknown",
    /VAULT_AWS_MCP_AGENT_AWS_POLICIES [\s\S]*vault policy write aws-only FILE$/,
    "child capabilities",
  ],
  [
    "an agent's policies that your token does not have",
    {
      ...BOUND,
      agent: {
        session: vaultSays(new InvalidRequest({ text: "child policies must be subset of parent" })),
      },
    },
    "agents",
    "child_policies",
    "let VAULT_AWS_MCP_AGENT_AWS_POLICIES name only policies that your token has itself",
    "session aws-agent",
  ],
  [
    "an agent with policies under a token that makes no children",
    {
      ...agents({ policies: ["kv"] }, "vault"),
      agent: {
        session: vaultSays(
          new ChildRefused({ principal: "vault-agent", policies: ["kv"], why: "it may not make a child token" }),
        ),
      },
    },
    "agents",
    "child_refused",
    "unset VAULT_AWS_MCP_AGENT_VAULT_POLICIES",
    "session vault-agent",
  ],
  [
    "an agent whose policies forbid the session's name",
    { ...BOUND, agent: { ...unread, lease: leaseFails("vault_permission_missing", "no") } },
    "agents",
    "session_name_forbidden",
    "VAULT_AWS_MCP_SESSION_NAME=off",
    "child capabilities",
  ],
  [
    "an agent whose token dies",
    { ...BOUND, agent: { session: dead } },
    "agents",
    "dead_token",
    "log in again",
    "session aws-agent",
  ],
]

const BROKEN = [...WAY, ...STATE, ...TOKEN, ...ENGINE, ...AWS, ...LEASE, ...IDENTITY, ...ACCOUNTS, ...AGENTS]

describe("a healthy chain", () => {
  it.effect("is well in every link, leases once, and leaves no file", () =>
    Effect.gen(function* () {
      const { all, asked } = yield* examined({ settings: { stateDir: "/state" } })
      assert.strictEqual(verdicts(all), LINKS.map((link) => `${link}=ok`).join(" "))
      assert.deepStrictEqual(
        all.flatMap(({ cause, fix }) => [cause, fix]).filter((one) => one !== undefined),
        [],
      )
      assert.strictEqual(asked.filter((word) => word === "lease").length, 1)
      assert.deepStrictEqual(
        asked.filter((word) => /write|remove/.test(word)),
        ["write", "remove"],
      )
    }),
  )

  it.effect("may go through a standby that hands requests on", () =>
    Effect.gen(function* () {
      const { of } = yield* examined({ health: standbyHealth })
      assert.deepInclude(of("active"), { verdict: "ok", detail: "a standby that hands requests on" })
    }),
  )

  it.effect("may begin at a unix socket, over which nothing crosses a network", () =>
    Effect.gen(function* () {
      const { all, of } = yield* examined({ vault: { address: "unix:///run/vault.sock" } })
      assert.deepInclude(of("tls"), { verdict: "ok", detail: "a socket of this machine" })
      assert.notMatch(verdicts(all), /warn|fail|skipped/)
    }),
  )

  it.effect("of a token that may not look passes over what it cannot see", () =>
    Effect.gen(function* () {
      const blind = yield* examined({
        lookup: fromVault(denied("auth/token/lookup-self")),
        noRights: denied("sys/capabilities-self"),
        mount: fromVault(denied("sys/internal/ui/mounts/aws")),
        role: fromVault(denied("aws/roles/mcp-agent-role")),
      })
      assert.include(verdicts(blind.all), "token=ok mount=skipped policy=skipped role=skipped journal=ok")
      assert.include(verdicts(blind.all), "credentials=ok identity=ok")
    }),
  )

  it.effect("goes on where AWS may only dislike a question without a signature", () =>
    Effect.gen(function* () {
      const { all } = yield* examined({ aws: Effect.succeed({ _tag: "silent", code: "ECONNRESET" }) })
      assert.include(verdicts(all), "aws=skipped clock=ok credentials=ok identity=ok")
    }),
  )

  it.effect("in a partition whose endpoint is not known here is asked by the signed call alone", () =>
    Effect.gen(function* () {
      const { all, asked } = yield* examined({ settings: { region: "us-iso-east-1" } })
      assert.include(verdicts(all), "aws=skipped clock=ok credentials=ok identity=ok")
      assert.deepStrictEqual(
        asked.filter((word) => word.startsWith("ask")),
        [],
      )
    }),
  )

  it.effect("with agents that may do their work names them, and leases for none whose role may be read", () =>
    Effect.gen(function* () {
      const both = { aws: { role: AGENT_ROLE, policies: ["a"] }, vault: { policies: ["b"] } }
      const { asked, of } = yield* examined({ settings: { agents: both } })
      assert.deepInclude(of("agents"), { verdict: "ok", detail: "nothing speaks against aws, vault" })
      assert.deepStrictEqual(
        asked.filter((word) => /^(?:lease|session |policy )/.test(word)),
        ["lease", "session aws-agent", "policy a", "session vault-agent", "policy b"],
      )
    }),
  )

  it.effect("leases for an agent whose role may not be read", () =>
    Effect.gen(function* () {
      const { asked, of } = yield* examined({ ...BOUND, agent: unread })
      assert.strictEqual(of("agents")?.verdict, "ok")
      assert.strictEqual(asked.at(-1), "lease aws-agent")
    }),
  )

  it.effect("asks nothing of Vault's engine for an agent that does not work on AWS", () =>
    Effect.gen(function* () {
      const { asked, of } = yield* examined({
        ...agents({ policies: ["kv"] }, "vault"),
        childRights: { [CREDS]: ["deny"] },
      })
      assert.strictEqual(of("agents")?.verdict, "ok")
      assert.strictEqual(asked.at(-1), "policy kv")
    }),
  )

  it.effect("with accounts that fit names them", () =>
    Effect.gen(function* () {
      const { of } = yield* examined({ settings: { accounts: { test: accounts.test } } })
      assert.deepInclude(of("accounts"), { verdict: "ok", detail: "nothing speaks against test" })
    }),
  )
})

describe("a broken chain", () => {
  it.effect.each(BROKEN)("%s", ([, patient, link, cause, fix, last]) =>
    Effect.gen(function* () {
      const { all, asked, of } = yield* examined(patient)
      const found = of(link)
      if (found?.verdict !== "fail") return assert.fail(verdicts(all))
      assert.strictEqual(found.cause, cause)
      if (typeof fix === "string") assert.include(found.fix, fix)
      else assert.match(found.fix ?? "", fix)
      assert.strictEqual(asked.at(-1), last)
      const later = all.slice(LINKS.indexOf(link) + 1)
      assert.deepStrictEqual([...new Set(later.map(({ verdict }) => verdict))], later.length === 0 ? [] : ["skipped"])
      assert.strictEqual(all.filter(({ verdict }) => verdict === "fail").length, 1)
      assert.deepStrictEqual(
        all.map(({ name }) => name),
        [...LINKS],
      )
      assert.notInclude(JSON.stringify(all), CANARY)
      // A word is never cut, so that it can be copied.
      for (const line of shown(found).split("\n")) if (/\S\s+\S/.test(line)) assert.isAtMost(line.length, 100, line)
    }),
  )

  it.effect("quotes AWS in its own words", () =>
    Effect.gen(function* () {
      const { of } = yield* examined({ lease: fromAws(ASSUME) })
      assert.include(of("credentials")?.detail, ASSUME)
    }),
  )

  it.effect("names both causes where Vault answers alike for both", () =>
    Effect.gen(function* () {
      const { of } = yield* examined({
        rights: { [CREDS]: ["deny"] },
        mount: fromVault(denied("sys/internal/ui/mounts/aws")),
      })
      assert.match(of("policy")?.detail ?? "", /either its policies[\s\S]*or the engine is mounted elsewhere/)
    }),
  )

  it.effect("says which accounts are broken beside the first", () =>
    Effect.gen(function* () {
      const both = { prod: accounts.prod, other: { roleArn: OTHER } }
      const { of } = yield* examined({ settings: { accounts: both } })
      assert.match(of("accounts")?.detail ?? "", /^account prod: .*also broken: other$/)
    }),
  )

  it.effect("says which agents are broken beside the first", () =>
    Effect.gen(function* () {
      const both = { aws: { role: AGENT_ROLE }, github: { role: AGENT_ROLE }, vault: { policies: ["kv"] } }
      const { of } = yield* examined({ settings: { agents: both }, childRights: { [AGENT_CREDS]: ["deny"] } })
      assert.match(of("agents")?.detail ?? "", /^agent aws: .*also broken: github$/)
    }),
  )

  it.effect("never shows the token, even where somebody else's words hold it", () =>
    Effect.gen(function* () {
      const { of } = yield* examined({ lease: leaseFails("vault_server_error", `failed with ${CANARY}`) })
      assert.strictEqual(of("credentials")?.detail, "failed with [redacted]")
    }),
  )
})

const WARNINGS: ReadonlyArray<readonly [what: string, patient: Patient, link: Link, cause: Cause, fix: string]> = [
  [
    "a root token",
    { lookup: tokenOf({ isRoot: true, policies: ["root"] }) },
    "token",
    "root_token",
    "vault token create -policy=vault-aws-mcp",
  ],
  ["a batch token", { lookup: tokenOf({ type: "batch", renewable: false }) }, "token", "batch_token", "-type=service"],
  [
    "a token about to end",
    { lookup: tokenOf({ ttl: Duration.minutes(14) }) },
    "token",
    "token_ending",
    "vault token renew",
  ],
  [
    "a token about to end for good",
    { lookup: tokenOf({ ttl: Duration.minutes(14), renewable: false }) },
    "token",
    "token_ending",
    "log in again",
  ],
  [
    "policies without giving back",
    { rights: { "auth/token/create": ["deny"], "sys/leases/revoke": ["read"] } },
    "policy",
    "give_back_missing",
    'path "auth/token/create" { capabilities = ["update"] }\npath "sys/leases/revoke" { capabilities = ["update"] }',
  ],
  ["plain http over the network", { vault: { address: "http://vault.test:8200" } }, "tls", "plain_http", "https://"],
  [
    "certificates that are not checked",
    { vault: { ...https, tls: { skipVerify: true } } },
    "tls",
    "tls_unchecked",
    "VAULT_CACERT",
  ],
  [
    "a state directory that cannot be written",
    { settings: { stateDir: "/state" }, diskFull: true },
    "journal",
    "state_dir_not_writable",
    "VAULT_AWS_MCP_STATE_DIR",
  ],
  [
    "an agent's policy that is not there and not needed",
    { ...BOUND, noPolicy: ["aws-only"] },
    "agents",
    "policy_unknown",
    "vault policy write aws-only FILE",
  ],
  [
    "a clock that is six minutes off",
    { aws: Effect.succeed({ _tag: "answered", status: 302, ahead: -6 * 60_000 }) },
    "clock",
    "clock_skew",
    "this machine's clock",
  ],
]

describe("what works today and bites later", () => {
  it.effect.each(WARNINGS)("%s is a warning, and the walk goes on", ([, patient, link, cause, fix]) =>
    Effect.gen(function* () {
      const { all, of } = yield* examined(patient)
      assert.deepInclude(of(link), { verdict: "warn", cause })
      assert.include(of(link)?.fix, fix)
      assert.include(verdicts(all), "identity=ok accounts=ok")
    }),
  )
})

/** Told by the codes of rooms that are still being built (see Told.test.ts), or by names that only they give. */
const TO_COME: ReadonlyArray<Cause> = [
  "tls_self_signed",
  "standby_redirects_off",
  "login_refused",
  "login_secret_missing",
  "login_identity_missing",
  "login_mfa",
  "wrapping_failed",
]

describe("the causes", () => {
  it("are each shown by a set-up above", () => {
    const named = new Set([...BROKEN, ...WARNINGS].map(([, , , cause]) => cause))
    assert.deepStrictEqual(
      CAUSES.filter((cause) => !named.has(cause)),
      TO_COME,
    )
  })
})

const SILENT: ReadonlyArray<readonly [link: Link, patient: Patient]> = [
  ["address", { health: Effect.never }],
  ["token", { lookup: Effect.never }],
  ["mount", { mount: Effect.never }],
  ["role", { role: Effect.never }],
  ["aws", { aws: Effect.never }],
  ["credentials", { lease: Effect.never }],
  ["identity", { identity: Effect.never }],
]

describe("a link that never answers", () => {
  it.effect.each(SILENT)("%s: is told as broken after twelve seconds", ([link, patient]) =>
    Effect.gen(function* () {
      const { all, of } = yield* examined(patient)
      assert.deepInclude(
        of(link),
        { verdict: "fail", cause: "no_answer", detail: "no answer within 12 s" },
        verdicts(all),
      )
    }),
  )

  it.effect("never makes the whole examination longer than thirty seconds", () =>
    Effect.gen(function* () {
      const slow = <A, E>(answer: Effect.Effect<A, E>) => Effect.delay(answer, "11 seconds")
      const { of } = yield* examined({
        health: slow(healthOf({})),
        lookup: slow(tokenOf({})),
        mount: slow(mountOf("aws")),
      })
      assert.deepInclude(of("mount"), { verdict: "fail", cause: "no_answer", detail: "no answer within 30 s" })
    }),
  )

  it.effect("is let go of when the examination is interrupted", () =>
    Effect.gen(function* () {
      let ended = false
      const health = Effect.onInterrupt(Effect.never, () => Effect.sync(() => void (ended = true)))
      const walk = yield* Effect.forkChild(begin({ health }).checks, { startImmediately: true })
      assert.isFalse(ended)
      yield* Fiber.interrupt(walk)
      assert.isTrue(ended)
    }),
  )
})
