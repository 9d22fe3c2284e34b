/** `status`: the settings in force, Vault's health, and the token that would be used. Leases nothing. */
import { DateTime, Duration, Effect } from "effect"
import type { AppConfigShape } from "../../config/AppConfig.ts"
import { TokenSource } from "../../config/TokenSource.ts"
import { showSpan } from "../../core/Span.ts"
import { readSurvey, type SurveyRow } from "../../lease/Survey.ts"
import { Vault } from "../../vault/Vault.ts"
import type { CommonArgs } from "../CommonArgs.ts"
import { print, shownTime, table } from "../Output.ts"
import { holderOf } from "./leases.ts"
import { withWorld } from "../Session.ts"
import { AppConfig } from "../../config/AppConfig.ts"

const shownSettings = (config: AppConfigShape) => ({
  vault_addr: config.vault.address,
  vault_namespace: config.vault.namespace ?? null,
  vault_aws_mount_path: config.vault.mount,
  vault_aws_role: config.vault.role,
  aws_region: config.region,
  aws_endpoint_url: config.awsEndpoint ?? null,
  lease_ttl: showSpan(config.leaseTtl),
  lease_auto_renew: config.autoRenew,
  access: config.access,
  toolsets: config.toolsets.join(","),
  accounts: Object.keys(config.accounts),
})

const tokenLine = Effect.gen(function* () {
  const vault = yield* Vault
  const { login } = (yield* AppConfig).vault
  if (login.method !== "token")
    return {
      state: "not made yet",
      detail: `a login by ${login.method} at auth/${login.mount}, when credentials are needed`,
    }
  if (login.wrapped) return { state: "wrapped", detail: "opened when credentials are needed, once" }
  const token = yield* (yield* TokenSource).token
  if (token === undefined)
    return { state: "none", detail: "no token; run `vault login` or set VAULT_AWS_MCP_VAULT_TOKEN" }
  return yield* vault.lookupSelf(token).pipe(
    Effect.map((info) => ({
      state: "alive",
      detail: `${info.type}, ${Duration.isFinite(info.ttl) ? `${showSpan(info.ttl)} left` : "does not expire"}, policies ${info.policies.join(", ")}`,
    })),
    Effect.catch((error) => Effect.succeed({ state: "not usable", detail: error.message })),
  )
})

/** What the journals know, in one line for each process; nobody is asked about it. */
const leaseLines = (rows: ReadonlyArray<SurveyRow>): ReadonlyArray<string> =>
  [...new Set(rows.map(({ left }) => left))].map((left) => {
    const own = rows.filter((row) => row.left === left)
    const open = own.filter(({ inVault }) => inVault !== "closed")
    const count = `${holderOf(left)}: ${own.length} lease${own.length === 1 ? "" : "s"}`
    if (left.life === "alive") return count
    const inVault = open.map(({ endsInVault }) => endsInVault)
    const inAws = own.flatMap(({ lease }) => lease.aws_ends_at ?? [])
    return [
      count,
      inVault.length === 0 ? "closed in Vault" : `in Vault until ${latest(inVault)} at the latest`,
      ...(inAws.length === 0 ? [] : [`honoured by AWS until ${latest(inAws)}`]),
    ].join(", ")
  })

const latest = (times: ReadonlyArray<DateTime.Utc>): string =>
  shownTime(times.reduce((one, other) => DateTime.max(one, other)))

interface Line {
  readonly state: string
  readonly detail: string
}

const look = Effect.gen(function* () {
  const config = yield* AppConfig
  const vault = yield* Vault
  const health = yield* vault.health.pipe(
    Effect.map(({ state, version }): Line => ({ state, detail: `version ${version ?? "unknown"}` })),
    Effect.catch((error) => Effect.succeed({ state: "no answer", detail: error.message })),
  )
  // Without a Vault there is nothing to ask about the token.
  const token = health.state === "no answer" ? { state: "unknown", detail: "Vault does not answer" } : yield* tokenLine
  const { rows } = yield* readSurvey
  return { settings: shownSettings(config), vault: health, token, leases: leaseLines(rows) }
})

/** Prints what is known without leasing. */
export const showStatus = Effect.fnUntraced(function* (common: CommonArgs, json: boolean) {
  const found = yield* withWorld(common, (_config, world) =>
    Effect.flatMap(world, (context) => Effect.provide(look, context)),
  )
  if (json) return yield* print(JSON.stringify(found))
  const rows = Object.entries(found.settings).map(([name, value]) => [name, value === null ? "–" : String(value)])
  yield* print(
    table([
      ...rows,
      ["vault", `${found.vault.state}, ${found.vault.detail}`],
      ["token", `${found.token.state}, ${found.token.detail}`],
      ...(found.leases.length === 0 ? [["leases", "none, as far as the journals on this machine tell"]] : []),
      ...found.leases.map((line) => ["leases", line]),
    ]),
  )
})
