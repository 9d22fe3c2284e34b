/** One link of the chain from here to AWS, and what was found at it. */
import type { Cause } from "./Cause.ts"

/** The links, in the order in which they are looked at: each one needs those before it. */
export const LINKS = [
  /** Somebody answers at Vault's address. */
  "address",
  /** The connection can be trusted. */
  "tls",
  /** Vault is initialised and unsealed. */
  "seal",
  /** Requests get to the active node. */
  "active",
  /** There is a token, it lives, and it is fit to lease with. */
  "token",
  /** An AWS engine is mounted where the settings say. */
  "mount",
  /** The token's policies allow what this program does. */
  "policy",
  /** The engine's role is there and gives what is asked of it. */
  "role",
  /** The journal of leases can be written. */
  "journal",
  /** AWS can be reached from here. */
  "aws",
  /** The clocks agree well enough for signatures. */
  "clock",
  /** Vault leases credentials. */
  "credentials",
  /** AWS knows them. */
  "identity",
  /** The accounts of the config file could be leased for. */
  "accounts",
  /** The agents with a role or policies of their own get a token and may lease with it. */
  "agents",
] as const
export type Link = (typeof LINKS)[number]

/** `skipped`: an earlier link is broken, or we may not look. */
export type Verdict = "ok" | "warn" | "fail" | "skipped"

export interface Check {
  readonly name: Link
  readonly verdict: Verdict
  /** What is wrong, by its name; present with `warn` and `fail`. */
  readonly cause?: Cause
  /** What was found. */
  readonly detail: string
  /** What to do about it; present with `warn` and `fail`. Lines after the first are to be copied as they stand. */
  readonly fix?: string
}

export const ok = (name: Link, detail: string): Check => ({ name, verdict: "ok", detail })
export const skipped = (name: Link, detail: string): Check => ({ name, verdict: "skipped", detail })

/** Something that works today and bites later. */
export const warn = (name: Link, cause: Cause, detail: string, fix: string): Check => ({
  name,
  verdict: "warn",
  cause,
  detail,
  fix,
})

/** The end of the chain. */
export const fail = (name: Link, cause: Cause, detail: string, fix: string): Check => ({
  name,
  verdict: "fail",
  cause,
  detail,
  fix,
})
