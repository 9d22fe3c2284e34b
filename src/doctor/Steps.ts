/**
 * The single questions of the doctor's walk, each with what it needs of the answers before it. A step that fails fails
 * with the broken link; what an answer means is in `checks/`.
 */
import { Clock, DateTime, Effect } from "effect"
import { AppConfig } from "../config/AppConfig.ts"
import { TokenSource } from "../config/TokenSource.ts"
import type { LeaseTarget } from "../lease/LeaseModel.ts"
import { leaseTarget } from "../lease/Target.ts"
import { Vault } from "../vault/Vault.ts"
import { VaultAuth } from "../vault/VaultAuth.ts"
import type { VaultError } from "../vault/VaultError.ts"
import type { VaultHealth, VaultToken } from "../vault/VaultModel.ts"
import { type Check, type Link, ok } from "./Check.ts"
import { type Leasing, notLeased } from "./checks/Credentials.ts"
import { type Looked, inOneWord } from "./checks/Each.ts"
import { roleCheck } from "./checks/Engine.ts"
import { credsPath, mayLease, neededPaths, noLine, type Rights } from "./checks/Policy.ts"
import { reached, unreached } from "./checks/Reach.ts"
import { strayed } from "./checks/Standby.ts"
import { deadToken, loginFailed, noNamespace, noToken, tokenCheck, unseenToken, usedUpToken } from "./checks/Token.ts"
import { type Failure, told } from "./checks/Told.ts"
import { type Heard, Outside } from "./Outside.ts"

/** Who leases, in Vault's audit log and in CloudTrail. */
export const PRINCIPAL = "cli"

/** Reasons of a failed request that a look at the port itself tells more about. */
const isMute = ({ reason }: VaultError): boolean =>
  reason._tag === "Unreachable" ||
  reason._tag === "Malformed" ||
  (reason._tag === "TlsFailed" && reason.problem === "other")

/** Who listens at Vault's address, where that tells more than the failed request did. */
const heardAt = Effect.fnUntraced(function* (
  error: VaultError,
): Effect.fn.Return<Heard | "http" | undefined, never, AppConfig | Outside> {
  const { address, proxy, srvLookup } = (yield* AppConfig).vault
  if (!isMute(error) || proxy !== undefined || srvLookup || !/^https?:/.test(address)) return undefined
  const outside = yield* Outside
  const heard = yield* outside.knock(new URL(address))
  if (heard !== "listens" || !address.startsWith("https:")) return heard
  // A TLS listener of Go's answers plain HTTP, too, but with 400.
  const plain = yield* outside.ask(new URL(address.replace(/^https:/, "http:")))
  return plain._tag === "answered" && plain.status !== 400 ? "http" : heard
})

/** Vault's health, with how far its clock is before ours; else what is in the way. */
export const reach = Effect.gen(function* () {
  const { vault: settings } = yield* AppConfig
  const vault = yield* Vault
  const outcome = yield* Effect.result(vault.health)
  if (outcome._tag === "Failure") {
    const checks = unreached(outcome.failure, settings, yield* heardAt(outcome.failure))
    return { checks, health: undefined, ahead: undefined }
  }
  const health = outcome.success
  const now = yield* Clock.currentTimeMillis
  const ahead = health.serverTime === undefined ? undefined : DateTime.toEpochMillis(health.serverTime) - now
  return { checks: reached(health, settings), health, ahead }
})

/** The token to lease with, and whether this program logged in for it. */
export const tokenOf = Effect.fnUntraced(function* (health: VaultHealth) {
  const { tokenFile, vault: settings } = yield* AppConfig
  const { login } = settings
  if (login.method === "token" && !login.wrapped) {
    const token = yield* (yield* TokenSource).token
    return token === undefined ? yield* Effect.fail(noToken(tokenFile)) : { token, ours: false }
  }
  const session = yield* Effect.mapError(
    (yield* VaultAuth).session(PRINCIPAL),
    (error) => strayed(error, health, settings) ?? loginFailed(login, error),
  )
  return { token: session.token, ours: session.owned }
})

/** What the token is, and what it may do; `rights` is absent when it may not ask. */
export const lookAt = Effect.fnUntraced(function* (
  token: VaultToken,
  ours: boolean,
  health: VaultHealth,
  target: LeaseTarget,
) {
  const { vault: settings } = yield* AppConfig
  const vault = yield* Vault
  const broken = (error: VaultError, dead: Check): Check => {
    const { _tag: why } = error.reason
    if (why === "TokenDead") return dead
    if (why === "MountUnknown" || why === "NotFound") return noNamespace(settings.namespace)
    return strayed(error, health, settings) ?? told("token", error)
  }
  const unseen = Effect.succeed(undefined)
  const info = yield* vault.lookupSelf(token).pipe(
    Effect.catchReason("VaultError", "PermissionMissing", () => unseen),
    Effect.mapError((error) => broken(error, deadToken())),
  )
  const check = info === undefined ? unseenToken() : tokenCheck(info, ours)
  if (check.verdict === "fail") return yield* Effect.fail(check)
  const rights: Rights | undefined = yield* vault.capabilities(token, neededPaths(target)).pipe(
    Effect.catchReason("VaultError", "PermissionMissing", () => unseen),
    Effect.mapError((error) => broken(error, info === undefined ? usedUpToken() : deadToken())),
  )
  return { check, rights }
})

/** Why leasing failed; a refusal by policy is looked into, as the child token that leases may have other policies. */
export const whyNot = Effect.fnUntraced(function* (error: Failure, leasing: Leasing) {
  if (error.code !== "vault_permission_missing") return notLeased(error, leasing)
  const vault = yield* Vault
  const rights = yield* (yield* VaultAuth).session(leasing.target.principal).pipe(
    Effect.flatMap(({ token }) => vault.capabilities(token, neededPaths(leasing.target))),
    Effect.orElseSucceed(() => undefined),
  )
  return notLeased(error, { ...leasing, childRight: mayLease(rights, leasing.target) })
})

/** The engine's role, and its ARNs where they may be seen. */
export const roleOf = Effect.fnUntraced(function* (link: Link, token: VaultToken, target: LeaseTarget) {
  const vault = yield* Vault
  const found =
    target.endpoint === "static-creds" ? undefined : yield* Effect.result(vault.role(token, target.mount, target.role))
  return {
    check: roleCheck(link, target, found),
    roleArns: found?._tag === "Success" ? found.success.roleArns : [],
  }
})

/** Each account's policy line and role. */
export const accounts = Effect.fnUntraced(function* (token: VaultToken, seen: LeaseTarget | undefined) {
  const config = yield* AppConfig
  const vault = yield* Vault
  const targets = Object.keys(config.accounts).flatMap((account) => {
    const target = leaseTarget(config, PRINCIPAL, account)
    return target._tag === "Success" ? [{ account, target: target.success }] : []
  })
  if (targets.length === 0) return ok("accounts", "the config file names none")
  const paths = targets.map(({ target }) => credsPath(target))
  const rights = yield* Effect.orElseSucceed(vault.capabilities(token, paths), () => undefined)
  const looked = yield* Effect.forEach(
    targets,
    Effect.fnUntraced(function* ({ account, target }): Effect.fn.Return<Looked, never, Vault> {
      if (mayLease(rights, target) === "no")
        return { name: account, check: noLine("accounts", target, seen?.mount === target.mount) }
      return { name: account, check: (yield* roleOf("accounts", token, target)).check }
    }),
    { concurrency: 4 },
  )
  return inOneWord("accounts", "account", looked)
})
