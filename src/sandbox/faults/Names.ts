/** Every kind of trouble by its name, as `--fault` takes it: what it does, what may be said after `=`, where it stands. */
import { Result } from "effect"
import type { Half, Trouble } from "../Faults.ts"
import { type Failing, failing, origin, span, whole } from "./Arguments.ts"
import { expired, iamLag, throttled } from "./AwsTrouble.ts"
import { hang, loris, reset, slow, truncated } from "./Connection.ts"
import { bomb, huge } from "./Flood.ts"
import { failure, garbage } from "./Gateway.ts"
import { wrongType } from "./Shape.ts"
import { skew } from "./Skew.ts"
import { noLease, shortLease } from "./VaultLeases.ts"
import { deadTokens, deniedRevoke, leaseCount, missingState, rateLimit } from "./VaultRefusals.ts"
import { noLeader, seal, standby } from "./VaultState.ts"

/** One entry of the list. */
export interface Named {
  readonly says: string
  /** What may stand behind the `=`; absent: nothing. */
  readonly argument?: string
  readonly halves: ReadonlyArray<Half>
  /** The trouble, or what is wrong with the argument. */
  readonly make: (argument: string | undefined) => Result.Result<Trouble, string>
}

const plain = (trouble: Trouble, says: string): Named => ({
  says,
  halves: trouble.halves,
  make: (argument) => (argument === undefined ? Result.succeed(trouble) : Result.fail("it takes no argument")),
})

/** An entry with an argument, read by `read`; `fallback` holds when there is none, `without` says so. */
const taking = <A>(entry: {
  readonly argument: string
  readonly without: string
  readonly read: (text: string) => A | undefined
  readonly fallback: A
  readonly trouble: (value: A) => Trouble
  readonly says: string
}): Named => ({
  says: `${entry.says} (${entry.without})`,
  argument: entry.argument,
  halves: entry.trouble(entry.fallback).halves,
  make: (text) => {
    if (text === undefined) return Result.succeed(entry.trouble(entry.fallback))
    const value = entry.read(text)
    return value === undefined
      ? Result.fail(`expected ${entry.argument} after the =`)
      : Result.succeed(entry.trouble(value))
  },
})

/** What several entries take. */
const TIME = { argument: "TIME", read: span(false) } as const
const MIB = { argument: "MIB", read: whole(1, 1_000_000) } as const

/** The list. Names are what a person types; a number is the status that a client sees. */
export const NAMES: ReadonlyMap<string, Named> = new Map([
  ["seal", plain(seal, "Vault is sealed: 503, and its health says so")],
  [
    "standby",
    taking({
      argument: "URL",
      without: "else a dead port",
      read: origin,
      fallback: undefined,
      trouble: standby,
      says: "a standby node: 307 to the active one at that address",
    }),
  ],
  ["no-leader", plain(noLeader, "a standby node in an election: 503, no active node")],
  [
    "429",
    taking({
      argument: "SECONDS",
      without: "else 1",
      read: whole(0, 86_400),
      fallback: 1,
      trouble: rateLimit,
      says: "rate limit quota: 429, with so many seconds in Retry-After",
    }),
  ],
  ["lease-count", plain(leaseCount, "lease count quota: 429 without Retry-After for whatever makes a lease")],
  ["412", plain(missingState, "a node that lags behind: 412, required state not present")],
  ["dead-token", plain(deadTokens, "403 as for a token that expired or was revoked")],
  [
    "denied-revoke",
    taking({
      argument: "self",
      without: "self: revoke-self neither",
      read: (text) => (text === "self" ? text : undefined),
      fallback: undefined,
      trouble: deniedRevoke,
      says: "403 of a policy that does not let leases be revoked",
    }),
  ],
  ["no-lease", plain(noLease, "STS credentials without a lease, as Vault 1.13.0 gave them")],
  [
    "short-lease",
    taking({
      argument: "SECONDS",
      without: "else 60",
      read: whole(1, 86_400),
      fallback: 60,
      trouble: shortLease,
      says: "leases of so many seconds, whatever was asked for",
    }),
  ],
  ["expired", plain(expired, "AWS refuses session credentials as expired")],
  ["throttle", plain(throttled, "AWS says slower; at AssumeRole, Vault makes a 502 of it")],
  [
    "iam-lag",
    taking({
      ...TIME,
      without: "else 10s",
      fallback: 10_000,
      trouble: iamLag,
      says: "a new IAM user's key is unknown for so long, and deleting the user finds nobody",
    }),
  ],
  [
    "5xx",
    taking<Failing>({
      argument: "STATUS[,after]",
      without: "else 502; after: when the work was done",
      read: failing,
      fallback: { status: 502, done: "instead" },
      trouble: ({ done, status }) => failure(status, done),
      says: "a server error: 502, 503 and 504 are a gateway's page, others the server's own words",
    }),
  ],
  [
    "slow",
    taking({
      ...TIME,
      without: "else 2s",
      fallback: 2000,
      trouble: slow,
      says: "the work is done and the answer comes so much later",
    }),
  ],
  [
    "loris",
    taking({
      ...TIME,
      without: "else 1s",
      fallback: 1000,
      trouble: loris,
      says: "the answer comes byte by byte, so much apart",
    }),
  ],
  ["hang", plain(hang, "nothing is done and no answer comes")],
  ["reset", plain(reset, "the work is done and the connection is closed without an answer")],
  ["truncated", plain(truncated, "the work is done and the answer breaks off in the middle")],
  ["garbage", plain(garbage, "a proxy's sign-in page with status 200")],
  [
    "huge",
    taking({
      ...MIB,
      without: "else 64",
      fallback: 64,
      trouble: huge,
      says: "an answer of so many MiB",
    }),
  ],
  [
    "bomb",
    taking({
      ...MIB,
      without: "else 1024",
      fallback: 1024,
      trouble: bomb,
      says: "an answer of so many MiB in gzip, a thousandth of it on the wire",
    }),
  ],
  ["wrong-type", plain(wrongType, "JSON of another shape: text for numbers, arrays for objects")],
  [
    "skew",
    taking({
      argument: "[-]TIME",
      without: "else 20m; in both halves unless one is named",
      read: span(true),
      fallback: 1_200_000,
      trouble: skew,
      says: "a clock so much ahead, or behind",
    }),
  ],
])
