/** What an operator set up in the seeded sandbox's Vault before anybody came: the calls, in order, as `setup vault` makes them. */
import { Effect } from "effect"
import type { Operate } from "./Operate.ts"

interface SetupCall {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/** The token's policy: lease, see the role, close leases, end what a killed process left. The rest is in `default`. */
const POLICY = `path "aws/creds/*" { capabilities = ["read"] }
path "aws/sts/*" { capabilities = ["read"] }
path "aws/static-creds/*" { capabilities = ["read"] }
path "aws/roles/*" { capabilities = ["read"] }
path "sys/leases/revoke" { capabilities = ["update"] }
path "auth/token/revoke-accessor" { capabilities = ["update"] }
path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }
`

/** The namespace of the seeded sandbox, in the dialects that have namespaces; it has an engine and a role of its own. */
export const SEEDED_NAMESPACE = "team-a"

const NAMESPACE_PATH = `sys/namespaces/${SEEDED_NAMESPACE}`

/** The engine's roles in the seeded sandbox. */
export const SEEDED_ROLES = ["mcp-agent-role", "mcp-auditor-role", "partner-agent-role", "s3-reader-user"] as const

const assumed = (account: string, role: string): SetupCall["body"] => ({
  credential_type: "assumed_role",
  role_arns: [`arn:aws:iam::${account}:role/${role}`],
  default_sts_ttl: "1h",
  max_sts_ttl: "4h",
})

const calls = (aws: {
  readonly url: string
  readonly accessKeyId: string
  readonly secretKey: string
}): ReadonlyArray<SetupCall> => {
  const engine: ReadonlyArray<SetupCall> = [
    { path: "sys/mounts/aws", body: { type: "aws", description: "AWS, credentials by the hour" } },
    {
      path: "aws/config/root",
      body: {
        access_key: aws.accessKeyId,
        secret_key: aws.secretKey,
        region: "us-east-1",
        iam_endpoint: aws.url,
        sts_endpoint: aws.url,
      },
    },
    { path: "aws/config/lease", body: { lease: "1h", lease_max: "4h" } },
  ]
  const policy = { path: "sys/policies/acl/vault-aws-mcp", body: { policy: POLICY } }
  return [
    ...engine,
    { path: "aws/roles/mcp-agent-role", body: assumed("123456789012", "mcp-agent-role") },
    { path: "aws/roles/mcp-auditor-role", body: assumed("123456789012", "mcp-auditor-role") },
    { path: "aws/roles/partner-agent-role", body: assumed("210987654321", "mcp-agent-role") },
    {
      path: "aws/roles/s3-reader-user",
      body: { credential_type: "iam_user", policy_arns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"] },
    },
    policy,
    { path: "secret/data/team/readme", body: { data: { note: "This is the sandbox's KV store." } } },
    // For a git server of one's own on this machine: whatever it asks for, these open nothing else.
    {
      path: "secret/data/git",
      body: { data: { username: "sandbox", token: "sandbox-git-token", host: "127.0.0.1,localhost" } },
    },
    { path: NAMESPACE_PATH, body: {} },
    ...[...engine, policy, { path: "aws/roles/mcp-agent-role", body: assumed("123456789012", "mcp-agent-role") }].map(
      ({ body, path }) => ({ path: `${SEEDED_NAMESPACE}/${path}`, body }),
    ),
  ]
}

/** Makes the calls as the Vault half's operator; a refusal is a fault of the sandbox itself and dies. */
export const seedVault = Effect.fn("Sandbox.seedVault")(function* (operate: Operate, aws: Parameters<typeof calls>[0]) {
  for (const { body, path } of calls(aws)) {
    const response = yield* operate(path, body)
    // What follows is for the namespace: not every edition has any.
    if (path === NAMESPACE_PATH && !("closed" in response) && response.status === 404) return
    if ("closed" in response || response.status >= 300) {
      const said = "closed" in response ? "nothing" : Buffer.from(response.body).toString("utf8")
      return yield* Effect.die(new Error(`the sandbox could not set up ${path}: ${said}`))
    }
  }
})
