/** Names that must not be mixed up, and how little of a sensitive one is shown. */
import { Schema } from "effect"

/** A Vault lease id, verbatim (`aws/creds/ROLE/…`, with `.NSID` in a namespace). Anyone may revoke by it: show it short. */
export const LeaseId = Schema.NonEmptyString.pipe(Schema.brand("LeaseId"))
export type LeaseId = typeof LeaseId.Type

/** The path of a lease and the first characters of its random part: enough to recognise, not enough to use. */
export const shortLeaseId = (id: LeaseId): string => {
  const at = id.lastIndexOf("/")
  return `${id.slice(0, at + 1)}${id.slice(at + 1, at + 7)}…`
}
