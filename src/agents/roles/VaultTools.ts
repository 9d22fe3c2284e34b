/** Tools of the Vault agent alone, none of them offered over MCP. They only look, and never show a token or a secret. */
import { DateTime, Duration, Effect, Schema } from "effect"
import { callerIdentity } from "../../aws/Sts.ts"
import { AppConfig } from "../../config/AppConfig.ts"
import { shortLeaseId } from "../../core/Ids.ts"
import { LeaseManager } from "../../lease/LeaseManager.ts"
import { leaseTarget } from "../../lease/Target.ts"
import { maybe, text } from "../../tools/AwsFields.ts"
import { guarded } from "../../tools/Guarded.ts"
import { ToolCall } from "../../tools/ToolCall.ts"
import { toolFailure } from "../../tools/ToolFailure.ts"
import { NoInput } from "../../tools/ToolSpec.ts"
import { Vault } from "../../vault/Vault.ts"
import { VaultAuth } from "../../vault/VaultAuth.ts"

const reads = { readOnly: true, destructive: false, idempotent: true, openWorld: false }

/** Whole seconds; nothing for a life without an end. */
const seconds = (span: Duration.Duration | undefined): number | undefined =>
  span === undefined || !Duration.isFinite(span) ? undefined : Math.round(Duration.toSeconds(span))

/** The caller's own session, as all that it does is done with it. */
const ownToken = Effect.gen(function* () {
  const { principal } = yield* ToolCall
  return yield* (yield* VaultAuth).session(principal)
})

const health = Effect.gen(function* () {
  const vault = yield* Vault
  const { address } = (yield* AppConfig).vault
  const told = yield* vault.health
  const seal = yield* vault.sealStatus
  return {
    address,
    state: told.state,
    sealed: seal.sealed,
    seal_type: seal.type,
    ...maybe("version", told.version),
    ...maybe("cluster", told.clusterName),
    ...maybe("server_time", told.serverTime === undefined ? undefined : DateTime.formatIso(told.serverTime)),
  }
}).pipe(Effect.mapError(toolFailure))

const token = Effect.gen(function* () {
  const vault = yield* Vault
  const session = yield* ownToken
  const info = yield* vault.lookupSelf(session.token)
  return {
    own: session.owned,
    display_name: info.displayName,
    policies: info.policies,
    type: info.type,
    renewable: info.renewable,
    ...maybe("ttl_seconds", seconds(info.ttl)),
    warnings: session.warnings,
  }
}).pipe(Effect.mapError(toolFailure))

const engineRole = Effect.fnUntraced(
  function* (input: { readonly role?: string; readonly account?: string }) {
    const config = yield* AppConfig
    const vault = yield* Vault
    const { principal } = yield* ToolCall
    const target = yield* Effect.fromResult(leaseTarget(config, principal, input.account))
    const session = yield* ownToken
    const name = input.role ?? target.role
    const role = yield* vault.role(session.token, target.mount, name)
    return {
      mount: target.mount,
      role: name,
      credential_type: role.credentialType,
      role_arns: role.roleArns,
      ...maybe("default_ttl_seconds", seconds(role.defaultStsTtl)),
      ...maybe("max_ttl_seconds", seconds(role.maxStsTtl)),
    }
  },
  (effect) => Effect.mapError(effect, toolFailure),
)

/** Proves with AWS that the agent's own lease works. */
const verify = Effect.fnUntraced(function* (input: { readonly account?: string; readonly region?: string }) {
  const { principal } = yield* ToolCall
  return yield* Effect.mapError(callerIdentity({ principal, ...input }), toolFailure)
})

const leases = Effect.gen(function* () {
  const held = yield* (yield* LeaseManager).status
  return {
    leases: held.map(({ inUse, lease, remaining }) => ({
      principal: lease.target.principal,
      ...maybe("lease_id", lease.id === undefined ? undefined : shortLeaseId(lease.id)),
      ...maybe("account", lease.target.account),
      mount: lease.target.mount,
      role: lease.target.role,
      type: lease.kind,
      in_use: inUse,
      remaining_seconds: Math.floor(Duration.toSeconds(remaining)),
    })),
  }
})

const optional = Schema.optionalKey

export const vaultAgentTools = [
  guarded({
    name: "health",
    title: "Vault's health",
    description: "Whether Vault answers, is unsealed and active, and which version it is. Needs no token.",
    toolset: "agents",
    annotations: reads,
    input: NoInput,
    output: Schema.Struct({
      address: Schema.String,
      state: Schema.String,
      sealed: Schema.Boolean,
      seal_type: Schema.String,
      version: optional(Schema.String),
      cluster: optional(Schema.String),
      server_time: optional(Schema.String),
    }),
    handler: () => health,
  }),
  guarded({
    name: "token",
    title: "The agent's own token",
    description: "What the Vault token of this agent may do and how long it lives. Never shows the token.",
    toolset: "agents",
    annotations: reads,
    input: NoInput,
    output: Schema.Struct({
      own: Schema.Boolean.annotate({ description: "made by this program, to be given back" }),
      display_name: Schema.String,
      policies: Schema.Array(Schema.String),
      type: Schema.String,
      renewable: Schema.Boolean,
      ttl_seconds: optional(Schema.Finite),
      warnings: Schema.Array(Schema.String),
    }),
    handler: () => token,
  }),
  guarded({
    name: "engine_role",
    title: "A role of the AWS engine",
    description: "How a role of Vault's AWS engine is set up. Needs a policy that lets the agent read it.",
    toolset: "agents",
    annotations: reads,
    input: Schema.Struct({
      role: optional(text("name of the role; else the agent's own")),
      account: optional(text("account alias")),
    }),
    output: Schema.Struct({
      mount: Schema.String,
      role: Schema.String,
      credential_type: Schema.String,
      role_arns: Schema.Array(Schema.String),
      default_ttl_seconds: optional(Schema.Finite),
      max_ttl_seconds: optional(Schema.Finite),
    }),
    handler: engineRole,
  }),
  guarded({
    name: "verify_credentials",
    title: "Verify the agent's credentials",
    description: "Asks AWS who the credentials are that this agent has leased, with one harmless call.",
    toolset: "agents",
    annotations: { ...reads, openWorld: true },
    input: Schema.Struct({
      account: optional(text("account alias")),
      region: optional(text("AWS region")),
    }),
    output: Schema.Struct({ user_id: Schema.String, account: Schema.String, arn: Schema.String }),
    handler: verify,
  }),
  guarded({
    name: "leases",
    title: "Leases of this process",
    description: "The AWS credentials that are leased now, and by whom. Never shows keys and never leases anything.",
    toolset: "agents",
    annotations: reads,
    input: NoInput,
    output: Schema.Struct({
      leases: Schema.Array(
        Schema.Struct({
          principal: Schema.String,
          lease_id: optional(Schema.String),
          account: optional(Schema.String),
          mount: Schema.String,
          role: Schema.String,
          type: Schema.String,
          in_use: Schema.Boolean,
          remaining_seconds: Schema.Finite,
        }),
      ),
    }),
    handler: () => leases,
  }),
] as const
