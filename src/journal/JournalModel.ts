/**
 * What a process has out in Vault, as it stands on disk for whoever cleans up after it: names and ends, never a secret.
 * A lease id lets its finder revoke, so files are for their owner alone (mode 0600).
 */
import { DateTime, Schema } from "effect"
import { LeaseId } from "../core/Ids.ts"

const Time = Schema.DateTimeUtcFromString
const Text = Schema.String.check(Schema.isMaxLength(1024))

/** A Vault token of ours. `accessor` names it without being able to act as it. */
export const TokenRecord = Schema.Struct({
  accessor: Text,
  principal: Text,
  /** When it ends by itself if nobody renews it; absent when it does not. */
  ends_at: Schema.optionalKey(Time),
})
export type TokenRecord = typeof TokenRecord.Type

/** A lease that was not seen to end. */
export const LeaseRecord = Schema.Struct({
  id: LeaseId.check(Schema.isMaxLength(1024)),
  /** The token it hangs on, when that is one of ours and ends with the process. */
  accessor: Schema.optionalKey(Text),
  mount: Text,
  role: Text,
  kind: Schema.Literals(["sts", "iam_user"]),
  /** When Vault ends the lease by itself. */
  ends_at: Time,
  /** When AWS stops honouring an STS session, whatever Vault does. */
  aws_ends_at: Schema.optionalKey(Time),
  /**
   * `queued`: Vault was told to close it and has not been seen to · `closed`: Vault has, and what is left is AWS's own
   * end of the session. Absent: nobody has given it back.
   */
  state: Schema.optionalKey(Schema.Literals(["queued", "closed"])),
})
export type LeaseRecord = typeof LeaseRecord.Type

/** Which process wrote it: enough to tell a living one from another that was given the same number later. */
export const Owner = Schema.Struct({
  host: Text,
  pid: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 31 })),
  /** Boot and start time of the process, where the system tells them. */
  started: Schema.optionalKey(Text),
  /** The namespace that the pid counts in: two containers may share a folder and a host name. */
  space: Schema.optionalKey(Text),
})
export type Owner = typeof Owner.Type

/** One process's journal. */
export const JournalFile = Schema.Struct({
  version: Schema.Literal(1),
  owner: Owner,
  vault: Schema.Struct({ address: Text, namespace: Schema.optionalKey(Text) }),
  tokens: Schema.Array(TokenRecord),
  leases: Schema.Array(LeaseRecord),
})
export type JournalFile = typeof JournalFile.Type

/** The last moment at which a lease's record says anything: its end in Vault, and AWS's when that is later. */
export const lastEnd = ({ aws_ends_at, ends_at }: LeaseRecord): DateTime.Utc =>
  aws_ends_at === undefined ? ends_at : DateTime.max(ends_at, aws_ends_at)

/** When Vault ends the lease by itself: at its own end, or with the token it hangs on. */
export const endInVault = (lease: LeaseRecord, tokens: ReadonlyArray<TokenRecord>): DateTime.Utc => {
  const token = tokens.find(({ accessor }) => accessor === lease.accessor)
  return token?.ends_at === undefined ? lease.ends_at : DateTime.min(lease.ends_at, token.ends_at)
}

/** The file without what is over: leases past every end, tokens past theirs that no lease hangs on any more. */
export const current = (file: JournalFile, now: DateTime.Utc): JournalFile => {
  const leases = file.leases.filter((lease) => DateTime.isLessThan(now, lastEnd(lease)))
  const tokens = file.tokens.filter(
    ({ accessor, ends_at }) =>
      ends_at === undefined ||
      DateTime.isLessThan(now, ends_at) ||
      leases.some((lease) => lease.accessor === accessor && lease.state === undefined),
  )
  return { ...file, tokens, leases }
}
