/** The vault toolset: what credentials this server holds, and how to replace or give them back. */
import { Effect, Schema } from "effect"
import { late } from "../../core/Late.ts"
import { guarded } from "../Guarded.ts"
import { NoInput } from "../ToolSpec.ts"

// Loaded at the first call: a server that is only asked for its list starts without them.
const handlers = late(() => import("./handlers.ts"))

/** What giving credentials back would be worth. */
const Revoking = {
  revocable: Schema.Boolean,
  aws_access_ends: Schema.String.annotate({ description: "if given back now: now, unknown or a date" }),
  revoking: Schema.String.annotate({ description: "what giving it back now would do" }),
}

const principal = Schema.optionalKey(Schema.String.annotate({ description: "whose, when not the caller's" }))

const Lease = Schema.Struct({
  principal,
  lease_id: Schema.optionalKey(Schema.String.annotate({ description: "shortened" })),
  account: Schema.optionalKey(Schema.String),
  mount: Schema.String,
  role: Schema.String,
  role_arn: Schema.optionalKey(Schema.String),
  type: Schema.Literals(["sts", "iam_user", "static"]),
  identity: Schema.optionalKey(Schema.String.annotate({ description: "ARN that AWS sees" })),
  renewable: Schema.Boolean,
  in_use: Schema.Boolean.annotate({ description: "called within the last 15 minutes" }),
  issued_at: Schema.String,
  expires_at: Schema.String,
  remaining_seconds: Schema.Finite,
  next_refresh_at: Schema.optionalKey(Schema.String),
  ...Revoking,
  warnings: Schema.optionalKey(Schema.Array(Schema.String)),
})

const VaultState = Schema.Struct({
  address: Schema.String,
  state: Schema.String,
  version: Schema.optionalKey(Schema.String),
  problem: Schema.optionalKey(Schema.String),
})

export const StatusOutput = Schema.Struct({
  has_valid_session: Schema.Boolean,
  leases: Schema.Array(Lease),
  queued: Schema.optionalKey(
    Schema.Array(Schema.Struct({ lease_id: Schema.String, role: Schema.String })).annotate({
      description: "given back, not confirmed by Vault yet",
    }),
  ),
  vault: VaultState,
})

export const RefreshInput = Schema.Struct({
  ttl: Schema.optionalKey(
    Schema.Union([Schema.String, Schema.Finite]).annotate({ description: "e.g. 1h, 15m, 900 (seconds)" }),
  ),
  account: Schema.optionalKey(Schema.String.annotate({ description: "account alias" })),
})

export const RefreshOutput = Schema.Struct({
  message: Schema.String,
  lease_duration_seconds: Schema.Finite,
  expires_at: Schema.String,
  ...Revoking,
})

export const RevokeOutput = Schema.Struct({
  message: Schema.String,
  revocable: Schema.Boolean.annotate({ description: "whether AWS access could be ended by revoking" }),
  aws_access_ends: Schema.String.annotate({ description: "of what was given back: now, queued, unknown or a date" }),
  leases: Schema.Array(
    Schema.Struct({
      principal,
      lease_id: Schema.optionalKey(Schema.String),
      role: Schema.String,
      message: Schema.String,
    }),
  ),
})

export const vaultTools = [
  guarded({
    name: "vault_credential_status",
    title: "Credential status",
    description:
      "Shows the AWS credentials leased from Vault: role, account, time left, next refresh, what revoking would do, and Vault's health. Never shows keys and never leases anything.",
    toolset: "vault",
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    input: NoInput,
    output: StatusOutput,
    handler: () => Effect.flatMap(handlers, (load) => load.credentialStatus),
  }),
  guarded({
    name: "vault_refresh_credentials",
    title: "Refresh credentials",
    description:
      "Replaces the current AWS credentials with new ones from Vault now, for example with another TTL. Rarely needed: they are kept fresh by themselves.",
    toolset: "vault",
    annotations: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
    input: RefreshInput,
    output: RefreshOutput,
    handler: (input) => Effect.flatMap(handlers, (load) => load.refreshCredentials(input)),
  }),
  guarded({
    name: "vault_revoke_credentials",
    title: "Revoke credentials",
    description:
      "Gives all leased AWS credentials back to Vault now, those of agents that run workflows here too, and says exactly when AWS access ends: STS sessions stay valid until they expire. The next AWS call leases anew.",
    toolset: "vault",
    annotations: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
    input: NoInput,
    output: RevokeOutput,
    handler: () => Effect.flatMap(handlers, (load) => load.revokeCredentials),
  }),
] as const
