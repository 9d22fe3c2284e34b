/**
 * Walks the chain from this program to AWS, link by link, and says of the first broken one what is wrong and what mends
 * it. Leases once, as a tool would, and the caller's scope gives that back.
 */
import { DateTime, Duration, Effect } from "effect"
import { AppConfig, type AppConfigShape } from "../config/AppConfig.ts"
import { TokenSource } from "../config/TokenSource.ts"
import { showSpan } from "../core/Span.ts"
import { AwsSession } from "../aws/AwsSession.ts"
import { callerIdentity } from "../aws/Sts.ts"
import { LeaseManager } from "../lease/LeaseManager.ts"
import { leaseTarget } from "../lease/Target.ts"
import { Vault } from "../vault/Vault.ts"
import type { VaultError } from "../vault/VaultError.ts"
import type { TokenInfo, VaultToken } from "../vault/VaultModel.ts"
import { type Check, fail, ok, skipped, warn } from "./Check.ts"

const LINKS = ["address", "tls", "seal", "token", "policy", "mount", "role", "credentials", "identity"] as const

/** The rest of the chain, unlooked at. */
const rest = (after: (typeof LINKS)[number], why: string): ReadonlyArray<Check> =>
  LINKS.slice(LINKS.indexOf(after) + 1).map((name) => skipped(name, why))

const broken = (name: (typeof LINKS)[number], error: { readonly message: string }): ReadonlyArray<Check> => [
  fail(name, error.message),
  ...rest(name, `${name} must work first`),
]

const tlsOf = (config: AppConfigShape): Check => {
  const { address, tls } = config.vault
  if (address.startsWith("https:")) {
    return tls.skipVerify
      ? warn(
          "tls",
          "certificates are not checked (VAULT_SKIP_VERIFY)",
          "give Vault's CA with VAULT_CACERT and unset VAULT_SKIP_VERIFY",
        )
      : ok("tls", "the certificate is good")
  }
  if (address.startsWith("unix:")) return ok("tls", "a socket of this machine")
  const local = /^http:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::|\/|$)/.test(address)
  return local
    ? ok("tls", "plain http, on this machine only")
    : warn("tls", "plain http: tokens and keys cross the network in clear", "use an https:// address")
}

const tokenDetail = (token: TokenInfo): string => {
  const life = Duration.isFinite(token.ttl) ? `${showSpan(token.ttl)} left` : "does not expire"
  return `${token.isRoot ? "root token" : `${token.type} token of ${token.displayName}`}, ${life}, policies ${token.policies.join(", ")}`
}

const tokenCheck = (token: TokenInfo): Check =>
  token.numUses > 0
    ? fail(
        "token",
        `${tokenDetail(token)}; its uses are counted (${token.numUses} left), and Vault revokes what such a token leases`,
        "use a token without num_uses",
      )
    : token.isRoot
      ? warn(
          "token",
          tokenDetail(token),
          "a root token may do everything: run with a token that has only this program's policy",
        )
      : token.type === "batch"
        ? warn("token", tokenDetail(token), "batch tokens cannot be revoked: leases end with the token only")
        : ok("token", tokenDetail(token))

const policyCheck = (may: Readonly<Record<string, ReadonlyArray<string>>>, creds: string): Check => {
  const can = (path: string, capability: string): boolean =>
    (may[path] ?? []).some((one) => one === capability || one === "root")
  if (!can(creds, "read")) {
    return fail(
      "policy",
      `the token may not read ${creds}`,
      `add to its policy: path "${creds}" { capabilities = ["read"] }`,
    )
  }
  const ownToken = can("auth/token/create", "update")
  const revoke = can("sys/leases/revoke", "update")
  if (!ownToken && !revoke) {
    return warn(
      "policy",
      "leases can be taken, but neither given back nor hung on a token of our own: they end by themselves",
      `add to its policy: path "auth/token/create" { capabilities = ["update"] }, or path "sys/leases/revoke" { capabilities = ["update"] }`,
    )
  }
  return ok(
    "policy",
    `may lease; ${ownToken ? "leases hang on a child token that is revoked at the end" : "leases are given back one by one"}`,
  )
}

/** Links that need a living token. */
const withToken = Effect.fnUntraced(function* (token: VaultToken) {
  const config = yield* AppConfig
  const vault = yield* Vault
  const { mount, role } = config.vault
  const creds = `${mount}/creds/${role}`
  const checks: Array<Check> = []
  const info = yield* Effect.result(vault.lookupSelf(token))
  if (info._tag === "Failure" && info.failure.reason._tag !== "PermissionMissing") return broken("token", info.failure)
  const known = info._tag === "Success" ? tokenCheck(info.success) : ok("token", "alive; it may not look itself up")
  checks.push(known)
  if (known.verdict === "fail") return [...checks, ...rest("token", "token must work first")]

  const may = yield* Effect.result(vault.capabilities(token, [creds, "auth/token/create", "sys/leases/revoke"]))
  checks.push(
    may._tag === "Success"
      ? policyCheck(may.success, creds)
      : skipped("policy", "the token may not ask what it may do"),
  )
  const engine = yield* Effect.result(vault.mount(token, mount))
  checks.push(
    engine._tag === "Failure"
      ? engine.failure.reason._tag === "PermissionMissing"
        ? skipped("mount", "the token may not see what is mounted")
        : fail("mount", engine.failure.message)
      : engine.success.type === "aws"
        ? ok("mount", `${mount} is an AWS secrets engine`)
        : fail(
            "mount",
            `${mount} is a ${engine.success.type} engine`,
            "set VAULT_AWS_MCP_VAULT_AWS_MOUNT_PATH to the AWS engine's path",
          ),
  )
  const found = yield* Effect.result(vault.role(token, mount, role))
  checks.push(roleCheck(role, found))
  return checks
})

const roleCheck = (
  role: string,
  found:
    | {
        readonly _tag: "Success"
        readonly success: { readonly credentialType: string; readonly roleArns: ReadonlyArray<string> }
      }
    | { readonly _tag: "Failure"; readonly failure: VaultError },
): Check => {
  if (found._tag === "Success") {
    const { credentialType, roleArns } = found.success
    return ok("role", `${role} gives ${credentialType}${roleArns.length === 0 ? "" : ` of ${roleArns.join(", ")}`}`)
  }
  return found.failure.reason._tag === "PermissionMissing"
    ? skipped("role", "the token may not read the role; asking for credentials tells")
    : fail("role", found.failure.message)
}

/** Leases as a tool would and asks AWS who we are. */
const upToAws = Effect.gen(function* () {
  const config = yield* AppConfig
  const manager = yield* LeaseManager
  const target = yield* Effect.fromResult(leaseTarget(config, "cli", undefined))
  const lease = yield* manager.lease(target)
  const checks = [
    ok(
      "credentials",
      `${lease.kind} credentials until ${DateTime.formatIso(lease.endsAt)} (${showSpan(lease.granted)})`,
    ),
  ]
  const identity = yield* Effect.result(callerIdentity({ principal: "cli" }))
  return [
    ...checks,
    identity._tag === "Success"
      ? ok("identity", `AWS knows us as ${identity.success.arn}`)
      : fail("identity", identity.failure.message),
  ]
}).pipe(Effect.catch((error) => Effect.succeed(broken("credentials", error))))

/** Every link, in order. Never fails: trouble is what it reports. */
export const examine: Effect.Effect<
  ReadonlyArray<Check>,
  never,
  AppConfig | TokenSource | Vault | LeaseManager | AwsSession
> = Effect.gen(function* () {
  const config = yield* AppConfig
  const vault = yield* Vault
  const source = yield* TokenSource
  const health = yield* Effect.result(vault.health)
  if (health._tag === "Failure") {
    const { failure } = health
    return failure.reason._tag === "TlsFailed"
      ? [ok("address", `${config.vault.address} answers`), ...broken("tls", failure)]
      : broken("address", failure)
  }
  const { state, version } = health.success
  const reached = [
    ok("address", `${config.vault.address} answers as Vault ${version ?? "of unknown version"}`),
    tlsOf(config),
  ]
  if (state === "sealed" || state === "uninitialised") {
    return [
      ...reached,
      fail(
        "seal",
        `Vault is ${state}`,
        state === "sealed"
          ? "an operator must unseal it: vault operator unseal"
          : "an operator must initialise it: vault operator init",
      ),
      ...rest("seal", "Vault must be unsealed first"),
    ]
  }
  const token = yield* source.token
  const sealed = [...reached, ok("seal", state === "active" ? "unsealed" : `unsealed (${state})`)]
  if (token === undefined) {
    return [
      ...sealed,
      fail(
        "token",
        "there is no Vault token",
        "run `vault login`, or set VAULT_AWS_MCP_VAULT_TOKEN or VAULT_TOKEN where this program is started",
      ),
      ...rest("token", "a token must be there first"),
    ]
  }
  const checks = [...sealed, ...(yield* withToken(token))]
  const stop = checks.find(({ verdict }) => verdict === "fail")
  if (stop !== undefined)
    return [
      ...checks.filter(({ name }) => name !== "credentials" && name !== "identity"),
      ...rest("role", `${stop.name} must work first`),
    ]
  return [...checks, ...(yield* upToAws)]
})
