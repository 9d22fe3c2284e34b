/** What giving back came to, in words that claim no more than is so. */
import { DateTime, Duration } from "effect"
import type { GivenBack } from "../../agents/GivingBack.ts"
import type { Revocation, ShownLease } from "../../lease/LeaseModel.ts"
import { shortLeaseId } from "../../core/Ids.ts"
import { promptOf } from "./Surface.ts"

/** A lease for programs. */
export const leaseForPrograms = ({ id, kind, target }: ShownLease) => ({
  ...(id === undefined ? {} : { lease_id: shortLeaseId(id) }),
  ...(target.account === undefined ? {} : { account: target.account }),
  role: target.role,
  type: kind,
})

/** A lease that was given back, for programs. */
export const revocationForPrograms = ({ closedInVault, ends, lease, message }: Revocation) => ({
  ...leaseForPrograms(lease),
  closed_in_vault: closedInVault,
  ends: ends._tag,
  ...(ends._tag === "at" ? { aws_access_ends: DateTime.formatIso(ends.time) } : {}),
  text: message,
})

/** An agent that was stopped, for programs. */
export const stoppedForPrograms = ({ agent, leases: given, left, token }: GivenBack) => ({
  agent: promptOf(agent),
  token,
  leases: given.map(revocationForPrograms),
  left,
})

/** `3 leases`, `1 lease`. */
const leases = (n: number): string => `${n} lease${n === 1 ? "" : "s"}`

/** Each end of a lease once, with how many leases had it. */
export const revocationLines = (revocations: ReadonlyArray<Revocation>): ReadonlyArray<string> => {
  const counts = new Map<string, Array<string>>()
  for (const { lease, message } of revocations) {
    const id = lease.id === undefined ? lease.target.role : shortLeaseId(lease.id)
    counts.set(message, [...(counts.get(message) ?? []), id])
  }
  return [...counts].map(([message, ids]) => `${ids.join(", ")}: ${message}`)
}

/** Whether Vault closed it, closes it, or never had it. */
export const isGivenBack = ({ closedInVault }: Revocation): boolean =>
  closedInVault !== "refused" && closedInVault !== "failed"

/** `2 leases given back`, and those that Vault did not take but ends all the same. */
const givenBack = (all: ReadonlyArray<GivenBack>): ReadonlyArray<string> => {
  const ended = all.flatMap(({ leases: given }) => given.filter(isGivenBack)).length
  const ending = all.flatMap(({ leases: given, token }) =>
    token === "revoked" ? given.filter((one) => !isGivenBack(one)) : [],
  ).length
  return [
    `${leases(ended)} given back`,
    ...(ending === 0 ? [] : [`${leases(ending)} ${ending === 1 ? "ends with its" : "end with their"} token`]),
  ]
}

const TOKENS: Readonly<Record<GivenBack["token"], string | undefined>> = {
  revoked: "its token is revoked",
  failed: "its token is not known to be revoked",
  "no-answer": "Vault did not answer in time about its token",
  "not-owned": undefined,
}

/** An agent that was stopped. */
export const stoppedLines = (one: GivenBack): ReadonlyArray<string> => {
  const { agent, leases: given, left, token } = one
  const words = [
    ...(given.length === 0 ? ["it held no lease"] : givenBack([one])),
    ...(TOKENS[token] === undefined ? [] : [TOKENS[token]]),
  ]
  return [
    `${promptOf(agent)} is stopped: ${words.join(", ")}.`,
    ...revocationLines(given).map((line) => `  ${line}`),
    ...left.map((line) => `  left: ${line}`),
  ]
}

/** All agents that were stopped, and how long that took. */
export const allStoppedLines = (all: ReadonlyArray<GivenBack>, took: Duration.Duration): ReadonlyArray<string> => {
  const given = all.flatMap((one) => one.leases)
  const left = all.flatMap((one) => one.left)
  const open = left.length === 0 ? "nothing is left in Vault" : `${left.length} not known to be given back`
  return [
    `All agents are stopped, in ${Math.round(Duration.toMillis(took))} ms: ${[...givenBack(all), open].join(", ")}.`,
    ...revocationLines(given).map((line) => `  ${line}`),
    ...all.flatMap(({ agent, left: lines }) => lines.map((line) => `  left of ${promptOf(agent)}: ${line}`)),
  ]
}
