/** What Vault's status codes and error texts mean. The texts are those of recorded answers. Pure. */
import { Duration } from "effect"
import { type LeaseId, shortLeaseId } from "../core/Ids.ts"
import { oneLine } from "../core/Text.ts"
import { Sealed, Standby, Uninitialised } from "./ReachReason.ts"
import { PermissionMissing, TokenDead, TokenMissing } from "./TokenReason.ts"
import type { Trouble } from "./Trouble.ts"
import {
  AwsRefused,
  InvalidRequest,
  LeaseGone,
  LeaseNotRenewable,
  MountUnknown,
  NamespaceUnknown,
  NotFound,
  RateLimited,
  RoleUnknown,
  Server,
  type VaultReason,
} from "./VaultReason.ts"

/** What was asked, as far as words about a refusal need it. */
export interface Asked {
  readonly method: string
  /** API path below `/v1/`, as a policy writes it. */
  readonly path: string
  /** Names of the parameters that were sent. */
  readonly parameters: ReadonlyArray<string>
  readonly subject?: { readonly mount: string; readonly role: string } | undefined
  readonly lease?: LeaseId | undefined
}

/** An error answer of Vault's own: JSON with a list of errors. */
export interface ErrorAnswer {
  readonly status: number
  readonly errors: ReadonlyArray<string>
  readonly retryAfter: Duration.Duration | undefined
}

/**
 * A dead token's text against that of a missing policy; the wrapped form is a live token's (recorded, Vault 1.14). Newer
 * Vaults wrap a dead token's as well, and add that it is invalid.
 */
const DEAD =
  /^(?:permission denied|invalid token|bad token|2 errors occurred:\s*\* permission denied\s*\* (?:invalid|bad) token)$/
const DENIED = /^1 error occurred:\s*\* permission denied\s*$|preflight capability check returned 403/
const NO_ACTIVE_NODE = /no active Vault instance|node is not active|node not active but active/i
const FROM_AWS = /^Error (?:assuming role|generating STS keys|creating|putting|attaching|adding|tagging|getting) ?/i

/** `unsure`: a 403 whose text tells neither a dead token nor a missing policy. */
export type Refused = Trouble & { readonly unsure?: true }

/** The meaning of an error answer to `asked`. */
export const refusalOf = (answer: ErrorAnswer, asked: Asked, address: string): Refused => {
  const raw = answer.errors.join("\n")
  const text = oneLine(unwrapped(raw))
  if (/is sealed/i.test(text)) return idle(new Sealed({ address }), false)
  if (/not initialized/i.test(text) || answer.status === 501) return idle(new Uninitialised({ address }), false)
  if (NO_ACTIVE_NODE.test(text)) return idle(new Standby({ address, redirect: "none" }), true)
  switch (answer.status) {
    case 403:
      return denied(raw, asked)
    case 404:
      return told(notThere(text, asked))
    case 412:
      return idle(new Server({ status: 412, text }), true)
    case 429:
      return idle(limited(text, answer.retryAfter), !/lease count/i.test(text))
  }
  if (answer.status < 500 || FROM_AWS.test(text)) return told(invalid(text, asked))
  return told(new Server({ status: answer.status, text }))
}

const idle = (reason: VaultReason, transient: boolean): Trouble => ({ reason, processed: "no", transient })
const told = (reason: VaultReason): Trouble => ({ reason, processed: "yes", transient: false })

/** Errors of Go's multierror read `1 error occurred:\n\t* TEXT\n\n`. */
const unwrapped = (text: string): string => text.replace(/\d+ errors? occurred:\s*\*?\s*/g, "").trim()

const denied = (raw: string, asked: Asked): Refused => {
  if (DEAD.test(raw.trim())) return told(new TokenDead())
  if (/missing client token/i.test(raw)) return told(new TokenMissing())
  const parameters = asked.parameters.filter((name) => name !== LIST)
  const missing = told(new PermissionMissing({ path: asked.path, capability: capabilityOf(asked), parameters }))
  return DENIED.test(raw) ? missing : { ...missing, unsure: true }
}

/** The parameter that makes a list of a read, as Vault's official client asks for one. */
const LIST = "list"

/** The capability an ACL policy needs for a method. */
const capabilityOf = ({ method, parameters }: Asked): string => {
  if (method === "GET") return parameters.includes(LIST) ? "list" : "read"
  return method === "DELETE" ? "delete" : "update"
}

const notThere = (text: string, asked: Asked): VaultReason => {
  const mount = asked.subject?.mount
  if (/^namespace not found/i.test(text)) return new NamespaceUnknown()
  if (/no handler for route/i.test(text)) return new MountUnknown({ mount: mount ?? asked.path.split("/")[0] ?? "" })
  return asked.subject === undefined ? new NotFound({ path: asked.path }) : new RoleUnknown(asked.subject)
}

/** A quota without Retry-After is told without a time. */
const limited = (text: string, retryAfter: Duration.Duration | undefined): VaultReason =>
  new RateLimited({ text: text === "" ? "too many requests" : text, ...(retryAfter && { retryAfter }) })

const invalid = (text: string, asked: Asked): VaultReason => {
  if (/missing client token/i.test(text)) return new TokenMissing()
  if (asked.subject !== undefined) {
    if (/^Role ".*" not found$/i.test(text)) return new RoleUnknown(asked.subject)
    // InvalidParameter comes from the AWS client inside Vault: AWS was not asked.
    if (FROM_AWS.test(text) && !/InvalidParameter/.test(text)) return new AwsRefused({ words: awsWords(text) })
  }
  if (asked.lease !== undefined) {
    const lease = shortLeaseId(asked.lease)
    if (/not renewable|past the max TTL/i.test(text)) return new LeaseNotRenewable({ lease, text })
    if (/^(?:lease not found|lease expired|invalid lease)$|^lease is expired/i.test(text))
      return new LeaseGone({ lease })
  }
  return new InvalidRequest({ text: text === "" ? "it gave no reason" : text })
}

/** AWS's words without the trailer the AWS client adds. */
const awsWords = (text: string): string => text.replace(/\s*status code: \d+, request id: \S*/g, "").replace(/\.$/, "")
