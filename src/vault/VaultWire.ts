/**
 * The JSON of Vault's answers and what it becomes. Unknown members are passed over, as they differ by version; known
 * ones have to make sense: lengths are whole seconds within what a clock can hold, secrets are never empty.
 */
import { DateTime, Duration, Effect, Option, Schema } from "effect"
import { LeaseId } from "../core/Ids.ts"
import { oneLine } from "../core/Text.ts"
import type { VaultReply } from "./Judge.ts"
import { VaultError } from "./VaultError.ts"
import type {
  CredentialAnswer,
  EngineRole,
  LeaseInfo,
  LeaseRenewal,
  SealStatus,
  TokenGrant,
  TokenInfo,
  TokenRenewal,
  VaultHealth,
} from "./VaultModel.ts"
import { Malformed } from "./VaultReason.ts"

/** The value of an answer; what is wrong with it is told by path and expectation, never by content. */
export const decodeReply = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  reply: VaultReply,
  path: string,
) => {
  const malformed = (what: string) => new VaultError({ reason: new Malformed({ path, what }) })
  return reply.unread === undefined
    ? Schema.decodeEffect(schema)(reply.body ?? null).pipe(
        Effect.mapError((error) => malformed(oneLine(error.message, 200))),
      )
    : Effect.fail(malformed(reply.unread.what))
}

/** Absent and null are the same to Vault. */
export const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optional(Schema.NullOr(schema))
export const Secret = Schema.RedactedFromValue(Schema.NonEmptyString, { disallowEncode: true })
const Seconds = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e12 }))
const Texts = maybe(Schema.Array(Schema.String))

const time = (text: string | null | undefined): DateTime.Utc | undefined => {
  const made = DateTime.make(text ?? "")
  return Option.isSome(made) ? DateTime.toUtc(made.value) : undefined
}

/** Nought stands for "not set" in roles and tokens. */
const spanOrNone = (seconds: number | null | undefined): Duration.Duration | undefined =>
  seconds === undefined || seconds === null || seconds === 0 ? undefined : Duration.seconds(seconds)

export const HealthWire = Schema.Struct({
  initialized: Schema.Boolean,
  sealed: Schema.Boolean,
  standby: maybe(Schema.Boolean),
  performance_standby: maybe(Schema.Boolean),
  replication_dr_mode: maybe(Schema.String),
  server_time_utc: maybe(Seconds),
  version: maybe(Schema.String),
  cluster_name: maybe(Schema.String),
})

/** A sealed or uninitialised node calls itself a standby too, so the order matters. */
export const healthOf = (wire: typeof HealthWire.Type): VaultHealth => ({
  state: !wire.initialized
    ? "uninitialised"
    : wire.sealed
      ? "sealed"
      : wire.replication_dr_mode === "secondary"
        ? "dr-secondary"
        : wire.performance_standby === true
          ? "performance-standby"
          : wire.standby === true
            ? "standby"
            : "active",
  version: wire.version ?? undefined,
  serverTime: wire.server_time_utc ? DateTime.makeUnsafe(wire.server_time_utc * 1000) : undefined,
  clusterName: wire.cluster_name ?? undefined,
})

export const SealWire = Schema.Struct({
  initialized: Schema.Boolean,
  sealed: Schema.Boolean,
  type: Schema.String,
  t: Schema.Int,
  progress: Schema.Int,
  version: maybe(Schema.String),
})

export const sealOf = (wire: typeof SealWire.Type): SealStatus => ({
  initialised: wire.initialized,
  sealed: wire.sealed,
  type: wire.type,
  threshold: wire.t,
  progress: wire.progress,
  version: wire.version ?? undefined,
})

export const TokenWire = Schema.Struct({
  data: Schema.Struct({
    accessor: maybe(Schema.String),
    policies: Texts,
    identity_policies: Texts,
    ttl: Seconds,
    expire_time: maybe(Schema.String),
    renewable: maybe(Schema.Boolean),
    type: maybe(Schema.String),
    num_uses: maybe(Schema.Int),
    display_name: maybe(Schema.String),
    orphan: maybe(Schema.Boolean),
    explicit_max_ttl: maybe(Seconds),
  }),
})

/** A ttl of nought means "never ends" only together with an absent end. */
export const tokenOf = ({ data }: typeof TokenWire.Type): TokenInfo => {
  const policies = [...(data.policies ?? []), ...(data.identity_policies ?? [])]
  const endless = data.ttl === 0 && (data.expire_time ?? "") === ""
  return {
    accessor: data.accessor || undefined,
    policies,
    ttl: endless ? Duration.infinity : Duration.seconds(data.ttl),
    renewable: data.renewable ?? false,
    type: data.type === "batch" ? "batch" : data.type === "service" ? "service" : "other",
    numUses: data.num_uses ?? 0,
    isRoot: policies.includes("root"),
    displayName: data.display_name ?? "",
    orphan: data.orphan ?? false,
    explicitMaxTtl: spanOrNone(data.explicit_max_ttl),
  }
}

const authFields = {
  accessor: maybe(Schema.String),
  policies: Texts,
  lease_duration: Seconds,
  renewable: maybe(Schema.Boolean),
}
export const RenewedWire = Schema.Struct({ warnings: Texts, auth: Schema.Struct(authFields) })
export const GrantWire = Schema.Struct({
  warnings: Texts,
  auth: Schema.Struct({ ...authFields, client_token: Secret }),
})

/** A lease_duration of nought is a token without an end, such as a root child made without a ttl. */
export const renewedOf = ({ auth, warnings }: typeof RenewedWire.Type): TokenRenewal => ({
  accessor: auth.accessor || undefined,
  policies: auth.policies ?? [],
  ttl: spanOrNone(auth.lease_duration) ?? Duration.infinity,
  renewable: auth.renewable ?? false,
  warnings: cleaned(warnings),
})

export const grantOf = (wire: typeof GrantWire.Type): TokenGrant => ({
  ...renewedOf(wire),
  token: wire.auth.client_token,
})

export const CredentialWire = Schema.Struct({
  lease_id: maybe(Schema.String),
  renewable: maybe(Schema.Boolean),
  lease_duration: maybe(Seconds),
  warnings: Texts,
  data: Schema.Struct({
    access_key: Schema.NonEmptyString,
    secret_key: Secret,
    security_token: maybe(Secret),
    session_token: maybe(Secret),
    arn: maybe(Schema.String),
    ttl: maybe(Seconds),
  }),
})

export const credentialOf = (wire: typeof CredentialWire.Type): CredentialAnswer => ({
  leaseId: wire.lease_id ? LeaseId.make(wire.lease_id) : undefined,
  renewable: wire.renewable ?? false,
  leaseDuration: Duration.seconds(wire.lease_duration ?? 0),
  credentialTtl: spanOrNone(wire.data.ttl),
  accessKeyId: wire.data.access_key,
  secretAccessKey: wire.data.secret_key,
  sessionToken: wire.data.security_token ?? wire.data.session_token ?? undefined,
  arn: wire.data.arn || undefined,
  warnings: cleaned(wire.warnings),
})

export const LeaseWire = Schema.Struct({
  data: Schema.Struct({
    id: LeaseId,
    issue_time: maybe(Schema.String),
    expire_time: maybe(Schema.String),
    last_renewal: maybe(Schema.String),
    renewable: maybe(Schema.Boolean),
    ttl: Schema.Int,
    revoke_error: maybe(Schema.String),
  }),
})

export const leaseOf = ({ data }: typeof LeaseWire.Type): LeaseInfo => ({
  id: data.id,
  issueTime: time(data.issue_time),
  expireTime: time(data.expire_time),
  lastRenewal: time(data.last_renewal),
  renewable: data.renewable ?? false,
  ttl: Duration.seconds(Math.max(0, data.ttl)),
  revocationFailed: data.ttl < 0 || (data.revoke_error ?? "") !== "",
})

export const LeaseRenewedWire = Schema.Struct({
  renewable: maybe(Schema.Boolean),
  lease_duration: Seconds,
  warnings: Texts,
})

export const leaseRenewedOf = (wire: typeof LeaseRenewedWire.Type): LeaseRenewal => ({
  renewable: wire.renewable ?? false,
  leaseDuration: Duration.seconds(wire.lease_duration),
  warnings: cleaned(wire.warnings),
})

export const RoleWire = Schema.Struct({
  data: Schema.Struct({
    credential_type: Schema.String,
    role_arns: Texts,
    default_sts_ttl: maybe(Seconds),
    max_sts_ttl: maybe(Seconds),
  }),
})

export const roleOf = ({ data }: typeof RoleWire.Type): EngineRole => ({
  credentialType: data.credential_type,
  roleArns: data.role_arns ?? [],
  defaultStsTtl: spanOrNone(data.default_sts_ttl),
  maxStsTtl: spanOrNone(data.max_sts_ttl),
})

export const MountWire = Schema.Struct({
  data: Schema.Struct({
    type: Schema.String,
    path: maybe(Schema.String),
    options: maybe(Schema.Record(Schema.String, Schema.Unknown)),
  }),
})

export const CapabilitiesWire = Schema.Struct({ data: Schema.Record(Schema.String, Schema.Array(Schema.String)) })

const cleaned = (warnings: ReadonlyArray<string> | null | undefined): ReadonlyArray<string> =>
  (warnings ?? []).map((text) => oneLine(text))
