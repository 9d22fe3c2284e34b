/** What the vault tools do: ask the lease manager and Vault, and put the answers into words that claim no more than is so. */
import { DateTime, Duration, Effect } from "effect"
import { AGENT_NAMES, agentOf, principalOf } from "../../config/Agents.ts"
import { AppConfig } from "../../config/AppConfig.ts"
import { shortLeaseId } from "../../core/Ids.ts"
import { parseSpan, showSpan } from "../../core/Span.ts"
import { LeaseManager } from "../../lease/LeaseManager.ts"
import type { LeaseStatus, Revocation, ShownLease } from "../../lease/LeaseModel.ts"
import { leaseTarget, targetKey } from "../../lease/Target.ts"
import { Vault } from "../../vault/Vault.ts"
import { ToolFailure, toolFailure } from "../ToolFailure.ts"
import { ToolCall } from "../ToolCall.ts"

/** When AWS stops honouring a session, as far as Vault told it. */
const sessionEnd = ({ awsEndsAt }: ShownLease): string =>
  awsEndsAt === undefined ? "it ends by itself, at a time that Vault did not tell" : DateTime.formatIso(awsEndsAt)

/** What giving the lease back would do, by the kind of its credentials. */
const revokingOf = (lease: ShownLease) => {
  switch (lease.kind) {
    case "iam_user":
      return {
        revocable: true,
        aws_access_ends: "now",
        revoking:
          "Vault would delete the IAM user and its key; AWS may take some seconds to refuse the key everywhere.",
      }
    case "sts": {
      return {
        revocable: false,
        aws_access_ends: lease.awsEndsAt === undefined ? "unknown" : DateTime.formatIso(lease.awsEndsAt),
        revoking: `The lease would close and this server would erase its copy, but AWS cannot cancel an issued session: it works until ${sessionEnd(lease)}.`,
      }
    }
    case "static":
      return {
        revocable: false,
        aws_access_ends: "unknown",
        revoking:
          "There is no lease: revoking only erases this server's copy; Vault rotates the key by its own schedule.",
      }
  }
}

/** Whose the lease is, where it is not the caller's own. */
const ownerOf = ({ target }: ShownLease, caller: string) =>
  target.principal === caller ? {} : { principal: target.principal }

const shownLease = ({ inUse, lease, nextRefreshAt, remaining }: LeaseStatus, caller: string) => ({
  ...ownerOf(lease, caller),
  ...(lease.id === undefined ? {} : { lease_id: shortLeaseId(lease.id) }),
  ...(lease.target.account === undefined ? {} : { account: lease.target.account }),
  mount: lease.target.mount,
  role: lease.target.role,
  ...(lease.target.roleArn === undefined ? {} : { role_arn: lease.target.roleArn }),
  type: lease.kind,
  ...(lease.arn === undefined ? {} : { identity: lease.arn }),
  renewable: lease.renewable,
  in_use: inUse,
  issued_at: DateTime.formatIso(lease.issuedAt),
  expires_at: DateTime.formatIso(lease.endsAt),
  remaining_seconds: Math.floor(Duration.toSeconds(remaining)),
  ...(nextRefreshAt === undefined ? {} : { next_refresh_at: DateTime.formatIso(nextRefreshAt) }),
  ...revokingOf(lease),
  ...(lease.warnings.length === 0 ? {} : { warnings: lease.warnings }),
})

/** Leases and Vault's health. A Vault that does not answer is part of the answer. */
export const credentialStatus = Effect.gen(function* () {
  const config = yield* AppConfig
  const manager = yield* LeaseManager
  const vault = yield* Vault
  const { principal } = yield* ToolCall
  const leases = yield* manager.status
  const queued = yield* manager.queued
  const state = yield* vault.health.pipe(
    Effect.map((health) => ({
      state: health.state as string, // one of VaultHealth's states; shown as text
      ...(health.version === undefined ? {} : { version: health.version }),
    })),
    Effect.catch((error) => Effect.succeed({ state: "no answer", problem: error.message })),
  )
  return {
    has_valid_session: leases.length > 0,
    leases: leases.map((lease) => shownLease(lease, principal)),
    ...(queued.length === 0
      ? {}
      : {
          queued: queued.flatMap(({ id, target }) =>
            id === undefined ? [] : [{ lease_id: shortLeaseId(id), role: target.role }],
          ),
        }),
    vault: { address: config.vault.address, ...state },
  }
})

const spanOf = Effect.fnUntraced(function* (ttl: string | number | undefined) {
  if (ttl === undefined) return undefined
  const span = parseSpan(String(ttl))
  if (span !== undefined && Duration.toSeconds(span) > 0) return span
  return yield* new ToolFailure({
    code: "invalid_arguments",
    what: "ttl: expected a length of time such as 1h, 15m or 900 (seconds); nothing was sent.",
  })
})

/** New credentials now. Says when Vault granted another time than was asked. */
export const refreshCredentials = Effect.fnUntraced(function* (input: {
  readonly ttl?: string | number
  readonly account?: string
}) {
  const config = yield* AppConfig
  const manager = yield* LeaseManager
  const { principal } = yield* ToolCall
  const ttl = yield* spanOf(input.ttl)
  const target = yield* Effect.mapError(Effect.fromResult(leaseTarget(config, principal, input.account)), toolFailure)
  const before = (yield* manager.status).find(({ lease }) => targetKey(lease.target) === targetKey(target))?.lease
  const lease = yield* Effect.mapError(manager.refresh(target, ttl), toolFailure)
  return {
    message: [
      `New credentials of role ${target.role}, good for ${showSpan(lease.granted)}.`,
      ...grantedOtherwise(lease, ttl ?? target.ttl, ttl !== undefined),
      ...(before === undefined ? [] : [replacedWords(before)]),
    ].join(" "),
    lease_duration_seconds: Math.round(Duration.toSeconds(lease.granted)),
    expires_at: DateTime.formatIso(lease.endsAt),
    ...revokingOf(lease),
  }
})

/** Says when Vault granted another time than was asked, and why. */
const grantedOtherwise = (lease: ShownLease, asked: Duration.Duration, given: boolean): ReadonlyArray<string> => {
  if (lease.kind === "iam_user")
    return given ? [`${showSpan(asked)} was asked; Vault ignores the TTL for IAM users.`] : []
  if (lease.kind === "static") return given ? ["A static role has no TTL: its key was read anew."] : []
  const other = Math.abs(Duration.toSeconds(asked) - Duration.toSeconds(lease.granted)) > 5
  return other ? [`${showSpan(asked)} was asked; Vault's role or mount limits it.`] : []
}

/** What becomes of the credentials that were replaced. */
const replacedWords = (lease: ShownLease): string => {
  switch (lease.kind) {
    case "iam_user":
      return "The replaced key is given back in a minute, when calls in flight have ended."
    case "sts":
      return `The replaced session was released; AWS honours it until ${sessionEnd(lease)}.`
    case "static":
      return "An earlier key works until Vault rotates it."
  }
}

/** The end that is certain for all: unknown beats queued beats the latest date beats now. */
const lastEnd = (revocations: ReadonlyArray<Revocation>): string => {
  if (revocations.some(({ ends }) => ends._tag === "unknown")) return "unknown"
  if (revocations.some(({ ends }) => ends._tag === "queued")) return "queued"
  const dates = revocations.flatMap(({ ends }) => (ends._tag === "at" ? [DateTime.formatIso(ends.time)] : []))
  return dates.sort().at(-1) ?? "now"
}

/** What was given back besides the caller's own, and what is held on by others. */
const othersWords = (given: ReadonlyArray<Revocation>, kept: ReadonlyArray<LeaseStatus>, caller: string) => {
  const of = (leases: ReadonlyArray<ShownLease>): string =>
    [...new Set(leases.map(({ target }) => target.principal))].filter((one) => one !== caller).join(", ")
  const gone = of(given.map(({ lease }) => lease))
  const left = of(kept.map(({ lease }) => lease))
  return [
    ...(gone === "" ? [] : [`What ${gone} held is given back as well.`]),
    ...(left === "" ? [] : [`Not given back, and good in AWS as before, is what others hold: ${left}.`]),
  ]
}

/**
 * Gives back what the caller holds, and tells the truth about it. Whoever works with the agents answers for all of them;
 * an agent gives back its own alone.
 */
export const revokeCredentials = Effect.gen(function* () {
  const manager = yield* LeaseManager
  const { principal } = yield* ToolCall
  const meant = agentOf(principal) === undefined ? [principal, ...AGENT_NAMES.map(principalOf)] : [principal]
  const revocations = (yield* Effect.forEach(meant, manager.revoke, { concurrency: 4 })).flat()
  const kept = (yield* manager.status).filter(({ lease }) => lease.target.principal !== principal)
  const nothing =
    kept.length === 0
      ? "No credentials were held; there is nothing to give back."
      : "No credentials of your own were held."
  return {
    message: [
      ...(revocations.length === 0 ? [nothing] : new Set(revocations.map(({ message }) => message))),
      ...othersWords(revocations, kept, principal),
    ].join(" "),
    revocable: revocations.some(({ lease }) => lease.kind === "iam_user"),
    aws_access_ends: lastEnd(revocations),
    leases: revocations.map(({ lease, message }) => ({
      ...ownerOf(lease, principal),
      ...(lease.id === undefined ? {} : { lease_id: shortLeaseId(lease.id) }),
      role: lease.target.role,
      message,
    })),
  }
})
