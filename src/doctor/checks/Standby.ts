/** The check of a node that is not the active one: do requests get through it, and if not, where do they go. Pure. */
import type { AppConfigShape } from "../../config/AppConfig.ts"
import type { VaultError } from "../../vault/VaultError.ts"
import type { VaultHealth } from "../../vault/VaultModel.ts"
import type { Cause } from "../Cause.ts"
import { type Check, fail, ok } from "../Check.ts"
import { ADDR } from "./Reach.ts"

type Settings = AppConfigShape["vault"]

/** Why a standby did not hand a request on, by the client's name for it. */
const STANDBY: Readonly<Record<string, readonly [cause: Cause, what: string, fix: (target: string) => string]>> = {
  none: [
    "standby_no_active_node",
    "is a standby, and there is no active node",
    () => "wait for an election; if it goes on, see that a majority of the nodes is up and unsealed",
  ],
  gone: [
    "standby_target_dead",
    "is a standby that sends clients to a node which cannot be reached",
    (target) =>
      `bring up ${target}, or see that its api_addr can be reached from here; else set ${ADDR} to another node`,
  ],
  host: [
    "standby_other_host",
    "is a standby that sends clients to another host, and the token is not carried there",
    (target) => `if it is your Vault, set ${ADDR} to ${target}`,
  ],
  downgrade: [
    "standby_downgrade",
    "is a standby that sends clients from https to plain http, and the token is not carried there",
    (target) => `let api_addr of the active node (now ${target}) begin with https://`,
  ],
  again: [
    "standby_loop",
    "is a standby that sends clients to a node which sends them on again",
    () => "wait for an election; if it goes on, correct api_addr of the nodes",
  ],
  off: [
    "standby_redirects_off",
    "is a standby that sends clients to another node, and VAULT_DISABLE_REDIRECTS forbids to follow",
    (target) => `unset VAULT_DISABLE_REDIRECTS, or set ${ADDR} to ${target}`,
  ],
}

const standby = (vault: Settings, redirect: string, target: string | undefined): Check | undefined => {
  const known = STANDBY[redirect]
  if (known === undefined) return undefined
  const where = target === undefined ? "" : `: ${target}`
  return fail("active", known[0], `${vault.address} ${known[1]}${where}`, known[2](target ?? "the active node"))
}

/** Why a request with a token got lost behind the node that answered; `undefined` when it did not. */
export const strayed = ({ reason }: VaultError, health: VaultHealth, vault: Settings): Check | undefined => {
  if (reason._tag === "Standby") return standby(vault, reason.redirect, reason.target)
  if (reason._tag !== "Unreachable" || health.state === "active" || !URL.canParse(vault.address)) return undefined
  // The address that failed is not the one that was asked: a standby's redirect was followed to it.
  return reason.address === new URL(vault.address).origin ? undefined : standby(vault, "gone", reason.address)
}

/** A request with a token came through a node that is not the active one. */
export const handedOn = ({ state }: VaultHealth): Check =>
  ok("active", state === "performance-standby" ? "a performance standby" : "a standby that hands requests on")
