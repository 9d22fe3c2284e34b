/** The check of leasing: what a refusal means, by its code and by the words of Vault and AWS in it. Pure. */
import { DateTime } from "effect"
import { showSpan } from "../../core/Span.ts"
import type { ActiveLease, LeaseTarget } from "../../lease/LeaseModel.ts"
import type { Cause } from "../Cause.ts"
import { type Check, fail, ok } from "../Check.ts"
import { ambiguousArn, forbiddenArn, noMount, noRole, type Right } from "./Engine.ts"
import { credsPath, noLine } from "./Policy.ts"
import { type Failure, told } from "./Told.ts"
import { letAssume } from "./TrustPolicy.ts"

/** What is known when leasing failed. */
export interface Leasing {
  readonly target: LeaseTarget
  /** The role's ARNs, where the token may read the role. */
  readonly roleArns: ReadonlyArray<string>
  /** The operator's token may read the credentials' path. */
  readonly right: Right
  /** The token that leases may: a child may have other policies. */
  readonly childRight: Right
  /** Whether a role_session_name was sent. */
  readonly sessionName: boolean
}

/** Vault gave credentials. */
export const leased = (lease: ActiveLease): Check => {
  const end = DateTime.formatIso(lease.endsAt).replace(/\.\d+Z$/, "Z")
  return ok("credentials", `${lease.kind} credentials until ${end} (${showSpan(lease.granted)})`)
}

const bad = (cause: Cause, detail: string, fix: string): Check => fail("credentials", cause, detail, fix)

/** A 403 although the policies name the path, or for a token that may not ask. */
const forbidden = ({ childRight, right, sessionName, target }: Leasing, message: string): Check => {
  const path = credsPath(target)
  if (childRight === "no" && right === "yes") {
    return bad(
      "child_policies",
      `your token may read ${path}, but the child token that leases has other policies and may not`,
      `add the path to a policy of VAULT_AWS_MCP_VAULT_CHILD_POLICIES (of the policy vault-aws-mcp under a root token):\npath "${path}" { capabilities = ["read"] }`,
    )
  }
  if (right === undefined && childRight === undefined) {
    const check = noLine("credentials", target, false)
    return {
      ...check,
      fix: `${check.fix}\nIf the line is there and forbids parameters: VAULT_AWS_MCP_SESSION_NAME=off`,
    }
  }
  if (sessionName) {
    return bad(
      "session_name_forbidden",
      `the policies allow reading ${path}, and Vault refuses it all the same: they forbid a parameter, most likely role_session_name`,
      `set VAULT_AWS_MCP_SESSION_NAME=off, or let the policy's line for ${path} take role_session_name`,
    )
  }
  return bad("parameters_forbidden", message, `let the policy's line for ${path} take the parameters ttl and role_arn`)
}

/** What Vault quotes of AWS, by what is in the words; the first that fits. */
const FROM_AWS: ReadonlyArray<
  readonly [words: RegExp, cause: Cause, fix: (leasing: Leasing, words: string) => string]
> = [
  [
    /NoCredentialProviders|EmptyStaticCreds|MissingAuthenticationToken|no valid providers|failed to refresh cached credentials|no EC2 IMDS role/i,
    "engine_without_root",
    ({ target }) => `give Vault's engine the key of its AWS user: ${rootKey(target)}`,
  ],
  [
    /Signature expired|Signature not yet current|RequestExpired|RequestTimeTooSkewed/,
    "clock_skew",
    () => "set the clock of the machine that Vault runs on (timedatectl set-ntp true)",
  ],
  [
    /InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|InvalidAccessKeyId|AuthFailure|ExpiredToken|IncompleteSignature/,
    "engine_key_refused",
    ({ target }) => `AWS does not know the key that Vault's engine has: give it a living one: ${rootKey(target)}`,
  ],
  [
    /RequestError|request send failed|no such host|connection refused|i\/o timeout|deadline exceeded/i,
    "engine_cannot_reach_aws",
    ({ target }) =>
      `let Vault reach AWS; an endpoint of its own is set by sts_endpoint and iam_endpoint of ${target.mount}/config/root`,
  ],
  [
    /RegionDisabled/,
    "aws_region_disabled",
    ({ target }) =>
      `switch STS on for that region in the account's IAM settings, or set another one: vault write ${target.mount}/config/root region=us-east-1 …`,
  ],
  [
    /MaxSessionDuration/,
    "session_too_long",
    ({ target }) =>
      `raise MaxSessionDuration of the role in AWS, or ask for less: VAULT_AWS_MCP_LEASE_TTL=1h (now ${showSpan(target.ttl)})`,
  ],
  [
    /minimum field value of 900|greater than or equal to 900/,
    "ttl_too_short",
    ({ target }) =>
      `AWS takes no less than 15 min: set VAULT_AWS_MCP_LEASE_TTL=15m or more (now ${showSpan(target.ttl)})`,
  ],
  [
    /Throttl|Rate exceeded|TooManyRequests|RequestLimitExceeded/,
    "throttled",
    () => "wait some seconds, then run doctor again",
  ],
  [
    /sts:AssumeRole|Error assuming role: AccessDenied/,
    "assume_role_refused",
    ({ roleArns, target }, words) => letAssume(words, target.roleArn ?? roleArns[0]),
  ],
  [
    /AccessDenied|not authorized/,
    "aws_denied",
    () => "allow the action that AWS names in a policy of the AWS user of Vault's engine",
  ],
]

const rootKey = ({ mount }: LeaseTarget): string =>
  `vault write ${mount}/config/root access_key=AKIA… secret_key=… region=us-east-1`

/** Refusals of Vault's engine itself, by its words. */
const fromEngine = (leasing: Leasing, message: string): Check | undefined => {
  const { roleArns, target } = leasing
  if (/unable to determine one/.test(message)) return ambiguousArn("credentials", target, roleArns)
  if (/not in allowed role arns/.test(message)) return forbiddenArn("credentials", target, roleArns)
  if (/child policies must be subset/.test(message)) {
    const fix = "let VAULT_AWS_MCP_VAULT_CHILD_POLICIES name only policies that the token has itself"
    return bad("child_policies", message, fix)
  }
  const [, way] = /through the (creds|sts) path/.exec(message) ?? []
  if (way !== undefined) {
    const other = way === "creds" ? "sts" : "creds"
    return bad("wrong_endpoint", message, `set VAULT_AWS_MCP_VAULT_AWS_CREDENTIALS=${other}`)
  }
  return undefined
}

const quoted = (leasing: Leasing, message: string): Check | undefined => {
  const found = FROM_AWS.find(([words]) => words.test(message))
  return found && bad(found[1], message, found[2](leasing, message))
}

/** Vault gave none. */
export const notLeased = (error: Failure, leasing: Leasing): Check => {
  const { code, message } = error
  switch (code) {
    case "vault_permission_missing":
      return forbidden(leasing, message)
    case "vault_role_unknown":
      return noRole("credentials", leasing.target)
    case "vault_mount_unknown":
      return noMount("credentials", leasing.target.mount)
    case "vault_aws_refused":
      return (
        quoted(leasing, message) ??
        bad("aws_denied", message, "mend what AWS names: the AWS user of Vault's engine, or the role's trust policy")
      )
    case "vault_invalid_request":
    case "vault_server_error":
      return fromEngine(leasing, message) ?? quoted(leasing, message) ?? told("credentials", error)
    default:
      return told("credentials", error)
  }
}
