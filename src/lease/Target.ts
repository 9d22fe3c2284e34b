/** From the account a caller named to the lease it needs. Pure: the configuration decides, nothing is asked. */
import { Duration, Result } from "effect"
import { settingsOf } from "../config/Agents.ts"
import type { AppConfigShape } from "../config/AppConfig.ts"
import { nearest } from "../core/Text.ts"
import { LeaseError } from "./LeaseError.ts"
import type { LeaseTarget } from "./LeaseModel.ts"

/**
 * The lease of `principal` for an account's alias, or for the top-level mount and role when none is named. An agent's
 * role stands in for the top-level one; an account's own role beats both, as it decides in which AWS account a call lands.
 */
export const leaseTarget = (
  config: AppConfigShape,
  principal: string,
  account: string | undefined,
): Result.Result<LeaseTarget, LeaseError> => {
  const configured = account === undefined ? undefined : config.accounts[account]
  if (account !== undefined && configured === undefined) return Result.fail(unknownAccount(config, account))
  return Result.succeed({
    principal,
    account,
    mount: configured?.mount ?? config.vault.mount,
    endpoint: configured?.credentials ?? config.vault.credentials,
    role: configured?.role ?? settingsOf(config.agents, principal).role ?? config.vault.role,
    roleArn: configured?.roleArn,
    namespace: config.vault.namespace,
    ttl: config.leaseTtl,
  })
}

const unknownAccount = (config: AppConfigShape, account: string): LeaseError => {
  const known = Object.keys(config.accounts)
  if (known.length === 0) {
    return new LeaseError({
      code: "account_unknown",
      what: `No accounts are configured, so "account" means nothing here: leave it out, or name accounts in the config file (VAULT_AWS_MCP_CONFIG).`,
    })
  }
  const guess = nearest(account, known)
  return new LeaseError({
    code: "account_unknown",
    what: `There is no account ${JSON.stringify(account)} in the config file; ${guess === undefined ? "" : `did you mean ${JSON.stringify(guess)}? `}Known: ${known.join(", ")}.`,
  })
}

/** What makes two targets share a lease; the alias does not count. */
export const targetKey = (target: LeaseTarget): string =>
  JSON.stringify([
    target.principal,
    target.mount.replace(/^\/+|\/+$/g, ""),
    target.endpoint,
    target.role,
    target.roleArn ?? "",
    (target.namespace ?? "").replace(/^\/+|\/+$/g, ""),
    Duration.toSeconds(target.ttl),
  ])
